// SPDX-License-Identifier: Apache-2.0
/** Holds the drain multiplexer to the size of a multiplexer, whatever the width of the sums. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { synthesize } from '../../sim/synth/index.js';
import { findTool } from '../../sim/tools/index.js';
import { coreDesign } from '../support/core-design.js';

const yosysPath = await findTool('yosys');

/** LUTs of the drain's multiplexer: 32 bits and 16 steps are 160 six-input LUTs and more where the tool sees no wider ones. */
async function lutsOf(weightBits: number): Promise<number> {
  const config = validateConfig({ pes: 16, group: 8, weightBits });
  const top = `${config.prefix}_drain_mux`;
  const path = `rtl/${top}.v`;
  const text = coreDesign(config).rtl.get(path) ?? '';
  const { totals } = await synthesize(new Map([[path, text]]), top, 'xc7', yosysPath === undefined ? {} : { yosysPath });
  return totals.lut;
}

describe('the multiplexer of the drain', () => {
  it('takes no more LUTs for narrow weights, whose sums are narrower than 32 bits', async () => {
    const [eight, two] = [await lutsOf(8), await lutsOf(2)];
    expect([eight <= 200, two <= eight], `${eight} and ${two} LUTs`).toEqual([true, true]);
  }, 600_000);
});
