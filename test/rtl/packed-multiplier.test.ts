// SPDX-License-Identifier: Apache-2.0
/** The packed multiplier over every pair of activations: portable, and as the iCE40 cell in the model that Yosys brings. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { packedMultiplierModule } from '../../generator/blocks/packed-multiplier.js';
import { findTool } from '../../sim/tools/index.js';
import { hasTool } from '../support/lint-verilog.js';
import { hexLines, runTestbench, type Testbench } from './run-testbench.js';

const yosys = await findTool('yosys');
const iceCells = join(dirname(yosys ?? ''), '../share/yosys/ice40/cells_sim.v');

/** Both ends, what is next to them and to 0, and some between. */
const WEIGHTS = { 8: [-128, -127, -1, 0, 1, 85, 127], 4: [-8, -7, -1, 0, 3, 7], 2: [-2, -1, 0, 1] } as const;
const WIDTHS = [8, 4, 2] as const;

function run(weightBits: (typeof WIDTHS)[number], options: Partial<Testbench> = {}): string[] {
  const config = validateConfig({ weightBits, lanes: 2, multiplier: 'packed' });
  const weights = WEIGHTS[weightBits];
  return runTestbench({
    dut: packedMultiplierModule(config, computeParameters(config, 3, config.weightDepth)),
    testbench: 'packed_multiplier_tb',
    parameters: { WEIGHT_W: weightBits, COUNT: weights.length },
    data: { 'weights.hex': hexLines(weights.map((weight) => BigInt.asUintN(weightBits, BigInt(weight)))) },
    ...options,
  });
}

const allRight = (weightBits: (typeof WIDTHS)[number]): string[] => [
  `${65536 * WEIGHTS[weightBits].length} pairs, 0 wrong`,
  'unknown high 1: high product x, -77', 'unknown low 1: 77, low product x',
  'unknown high -1: high product x, 77', 'unknown low -1: -77, low product x',
];

describe.skipIf(!hasTool('iverilog'))('the packed multiplier', () => {
  it.each(WIDTHS)('gives both products of every pair of activations, weights of %i bits', (weightBits) => {
    expect(run(weightBits)).toEqual(allRight(weightBits));
  }, 60_000);

  it.skipIf(!existsSync(iceCells)).each(WIDTHS)('gives them as SB_MAC16 of iCE40 UltraPlus too, weights of %i bits', (weightBits) => {
    expect(run(weightBits, { defines: ['GEN_ACCEL_ICE40', 'NO_ICE40_DEFAULT_ASSIGNMENTS'], libraries: [iceCells] })).toEqual(allRight(weightBits));
  }, 60_000);
});
