// SPDX-License-Identifier: Apache-2.0
/** Two lanes of `--multiplier packed` take one DSP block, and an accumulator one LUT a bit. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { directDecoder } from '../../generator/blocks/index-decoder.js';
import { packedMultiplierModule } from '../../generator/blocks/packed-multiplier.js';
import { peArrayModule } from '../../generator/blocks/pe-array.js';
import { synthesize, type SynthTarget } from '../../sim/synth/index.js';
import { findTool } from '../../sim/tools/index.js';
import { emitDesign } from '../support/emit-design.js';

const yosysPath = await findTool('yosys');
const engines = [['the embedded Yosys', undefined, false], ['a native Yosys', yosysPath, yosysPath === undefined]] as const;

describe.each(engines)('packed multipliers with %s', (_name, path, skip) => {
  const options = path === undefined ? {} : { yosysPath: path };

  it.skipIf(skip).each<[8 | 2, SynthTarget]>([[8, 'xc7'], [2, 'xc7'], [8, 'ice40'], [2, 'ice40']])('are one DSP block and nothing else, weights of %i bits, %s', async (weightBits, target) => {
    const config = validateConfig({ weightBits, lanes: 2, multiplier: 'packed' });
    const { files } = emitDesign(packedMultiplierModule(config, computeParameters(config, 3, config.weightDepth)), 'dut');
    const { totals } = await synthesize(files, 'dut_packed_multiplier', target, options);
    expect(totals).toMatchObject({ dsp: 1, lut: 0, ff: 0 });
  }, 60_000);

  it.skipIf(skip)('keep the array at one DSP48E1 for two multipliers and 32 LUTs an accumulator', async () => {
    const config = validateConfig({ pes: 4, group: 8, lanes: 4, multiplier: 'packed' });
    const { files } = emitDesign(peArrayModule(config, computeParameters(config, 3, config.weightDepth), directDecoder), 'dut');
    const { blocks, totals } = await synthesize(files, 'dut_pe_array', 'xc7', options);
    expect(totals.dsp).toBe(8);
    // 32 of the accumulator, 24 of the select: an 8-to-1 multiplexer of bytes is three LUTs a bit.
    const lanes = blocks.find(({ module }) => module === 'dut_pe_lanes');
    expect((lanes?.own.lut ?? 0) / 16).toBeLessThanOrEqual(58);
  }, 60_000);
});
