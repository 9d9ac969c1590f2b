// SPDX-License-Identifier: Apache-2.0
/** Random legal programs, every field drawn anew: the core and the functional interpreter leave the same memory or both refuse. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, withCore } from '../support/axi-bench.js';
import { interpret } from '../support/interpreter.js';
import { PROGRAM } from '../support/random-program/memory.js';
import { randomProgram } from '../support/random-program/program.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;

/** Clusters and words of a beat: 2 and 2; 8 and 8; 1 and a quarter; 4 and 1; 2 and 4; 1 and 1; 1 and a quarter; 1 and 2; 1 and a half; 1 and 32; 1 and 4; 8 and 2. */
const SHAPES = [
  ['8 PEs, groups of 4, two lanes', { partialDepth: 64 }],
  ['several output banks, bitmap indices, a wide bus, single rounding', { pes: 16, group: 2, requant: 16, index: 'bitmap', bus: 128, outDepth: 128, partialDepth: 16, rounding: 'single' }],
  ['a 32-bit bus and groups of 16', { pes: 6, group: 16, lanes: 3, bus: 32, requant: 2, weightDepth: 256, partialDepth: 32 }],
  ['one requantizer for 16 PEs', { pes: 16, group: 4, lanes: 1, bus: 32, requant: 1, partialDepth: 256, rounding: 'single' }],
  ['beats wider than the clusters', { pes: 8, group: 4, lanes: 3, bus: 128, requant: 8, partialDepth: 16, index: 'bitmap', multiplier: 'lut' }],
  ['a table of 16 patterns', { pes: 8, group: 8, lanes: 2, requant: 2, partialDepth: 32, index: 'pattern', patternBits: 4 }],
  ['a table of patterns of 16 positions', { pes: 12, group: 16, lanes: 1, bus: 32, requant: 4, partialDepth: 32, index: 'pattern' }],
  ['weights of 4 bits in LUTs', { pes: 12, group: 4, weightBits: 4, multiplier: 'lut', partialDepth: 64 }],
  ['weights of 2 bits, patterns, a 32-bit bus', { pes: 6, group: 8, weightBits: 2, index: 'pattern', bus: 32, requant: 2, partialDepth: 64 }],
  ['one PE on a wide bus', { pes: 1, group: 2, lanes: 1, bus: 512, partialDepth: 16 }],
  ['four lanes on a wide bus', { pes: 12, group: 8, lanes: 4, bus: 256, partialDepth: 64 }],
  ['a drain of more words than a beat', { pes: 32, group: 4, requant: 32, bus: 64, partialDepth: 16 }],
] as const;

describe.skipIf(!hasVerilator)('random legal programs', () => {
  it.each(SHAPES)('do the same on the core as on the interpreter: %s', async (_name, shape) => {
    const config = axiConfig(shape);
    const runs = regress ? 3000 : 60;
    const random = createRandom(61);
    let [done, refused] = [0, 0];
    await withCore(config, 'verilator', async ({ host, session }) => {
      for (let i = 0; i < runs; i++) {
        const { memory, program } = randomProgram(config, random);
        const text = `program ${i} of seed 61: ${JSON.stringify(program)}`;
        const result = await host.runProgram({ base: BASE, programOffset: PROGRAM, images: [{ offset: 0, bytes: memory }], timeoutCycles: 500_000 });
        let refusal: string | undefined;
        try {
          interpret(memory, PROGRAM, config);
        } catch (error) {
          refusal = (error as Error).message;
        }
        expect(`${result.status} ${result.error ?? ''}`, `${refusal ?? 'no refusal'}; ${text}`).toBe(refusal === undefined ? 'done ' : 'error outOfRange');
        if (refusal === undefined) {
          done++;
          expect(await session.compareMemory(memory, BASE), text).toBeUndefined();
        } else refused++;
      }
      expect(await busProblems(session)).toEqual([]);
    }, { stall: 15, jitter: 12, reorder: 1 });
    console.log(`random programs, ${config.name}: ${done} leave the interpreter's memory, ${refused} are refused by both`);
    expect(done).toBeGreaterThan(runs / 2);
  }, 3_600_000);
});
