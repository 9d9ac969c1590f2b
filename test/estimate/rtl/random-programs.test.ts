// SPDX-License-Identifier: Apache-2.0
/** Random legal programs on the generated core: the cycle model counts every class of cycles and every beat as the core does, to the cycle. */
import { describe, expect, it } from 'vitest';
import type { PartialConfig } from '../../../generator/arch/rules.js';
import { createRandom } from '../../../generator/core/random.js';
import { classify } from '../../../generator/estimate/classes.js';
import { timeProgram } from '../../../generator/estimate/program.js';
import { describeUnits } from '../../../generator/estimate/units.js';
import { findTool } from '../../../sim/tools/index.js';
import { axiConfig, BASE, withCore } from '../../support/axi-bench.js';
import { PROGRAM } from '../../support/random-program/memory.js';
import { randomProgram } from '../../support/random-program/program.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;

/** Two passes with one drain cycle and with 16; beats of several words and words of several beats. */
const SHAPES: readonly [string, PartialConfig][] = [
  ['one drain cycle, a wide bus', { pes: 16, group: 2, requant: 16, index: 'bitmap', bus: 128, outDepth: 128, partialDepth: 16 }],
  ['one requantizer for 16 PEs, a narrow bus', { pes: 16, group: 4, lanes: 1, bus: 32, requant: 1, partialDepth: 256 }],
  ['beats of four words, four lanes', { pes: 12, group: 8, lanes: 4, bus: 256, partialDepth: 64 }],
  ['beats of 16 words', { pes: 8, group: 4, lanes: 3, bus: 512, requant: 8, partialDepth: 16, outDepth: 128, actDepth: 256 }],
  ['a drain of more words than a beat', { pes: 32, group: 4, requant: 32, bus: 64, partialDepth: 16 }],
  ['a table of patterns, weights of 4 bits', { pes: 16, group: 8, lanes: 2, requant: 2, partialDepth: 64, index: 'pattern', patternBits: 4, weightBits: 4 }],
];

describe.skipIf(!hasVerilator)('random legal programs', () => {
  it.each(SHAPES)('take the cycles of the model: %s', async (_name, shape) => {
    const config = axiConfig(shape);
    const memory = { readLatency: 20, writeLatency: 20 };
    const runs = regress ? 1000 : 40;
    const random = createRandom(62);
    let done = 0;
    await withCore(config, 'verilator', async ({ host }) => {
      for (let i = 0; i < runs; i++) {
        const { memory: image, program } = randomProgram(config, random);
        const { status, counters } = await host.runProgram({ base: BASE, programOffset: PROGRAM, images: [{ offset: 0, bytes: image }], timeoutCycles: 500_000 });
        if (status !== 'done') continue;
        done++;
        const timing = timeProgram({ instructions: program, programAddress: PROGRAM, image }, describeUnits(config, memory));
        const stretches = classify([...timing.computes.values()], timing.cycles, timing.storeBusy);
        const sum = (name: 'compute' | 'drain' | 'load' | 'store' | 'dispatch'): number => stretches.reduce((total, stretch) => total + stretch[name], 0);
        const { CYCLES, CYCLES_COMPUTE, CYCLES_DRAIN, CYCLES_LOAD, CYCLES_STORE, CYCLES_DISPATCH, BEATS_READ, BEATS_WRITTEN } = counters;
        expect(
          { cycles: timing.cycles, compute: sum('compute'), drain: sum('drain'), load: sum('load'), store: sum('store'), dispatch: sum('dispatch'), read: timing.beatsRead, written: timing.beatsWritten },
          `program ${i} of seed 62: ${JSON.stringify(program)}`,
        ).toEqual({ cycles: CYCLES, compute: CYCLES_COMPUTE, drain: CYCLES_DRAIN, load: CYCLES_LOAD, store: CYCLES_STORE, dispatch: CYCLES_DISPATCH, read: BEATS_READ, written: BEATS_WRITTEN });
      }
    });
    console.log(`random programs, ${config.name}: ${done} of ${runs} end well, all as the model says`);
    expect(done).toBeGreaterThan(runs / 2);
  }, 1_200_000);
});
