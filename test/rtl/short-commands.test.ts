// SPDX-License-Identifier: Apache-2.0
/** Commands of few cycles close behind one another: each drains with its own fields, partial sums are written before they are read. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { createRandom } from '../../generator/core/random.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, withCore } from '../support/axi-bench.js';
import { interpret } from '../support/interpreter.js';
import { buildSmall, OUT, type SmallProgram } from '../support/small-program.js';

const hasVerilator = (await findTool('verilator')) !== undefined;

type Commands = SmallProgram['commands'];

describe.skipIf(!hasVerilator)('short commands', () => {
  it.each([1, 2, 4])('drain with their own fields, and find the partial sums of the one before, with %i drain cycles', async (drain) => {
    const config = axiConfig({ pes: 8, group: 4, requant: 8 / drain, partialDepth: 32 });
    expect(derive(config).drain).toBe(drain);
    const random = createRandom(7);
    // Entries of one step from 5 on; the other commands are long enough for the next ones to be received.
    const schedule = Array.from({ length: 32 }, (_, i) => ({ offset: 3 * i, countMinusOne: i >= 5 && i <= 8 ? 0 : 3 }));
    const weights = Array.from({ length: 128 }, () => Array.from({ length: config.pes }, () => random.integer(-9, 9)));
    const act = Array.from({ length: 4 * config.actDepth }, () => random.integer(-9, 9));
    const parameters = Array.from({ length: 16 }, () => ({ multiplier: random.integer(2 ** 30, 2 ** 31 - 1), rightShift: 6, bias: random.integer(-99, 99) }));
    await withCore(config, 'verilator', async ({ host, session }) => {
      for (const pixels of [1, 2, 3]) {
        for (const entries of [1, 2]) {
          const walk = { pixels, outWidth: 9, columnStep: 1 };
          const long = { ...walk, schedLength: 32 };
          const short = { ...walk, schedLength: entries, schedBase: 5 };
          const plain: Commands = [long, { ...short, outBase: 8, outZeroPoint: 3 }, long, { ...short, outBase: 16, clampMin: 0 }, { ...short, outBase: 24 }];
          const partial: Commands = [
            { ...long, partialOut: 1 }, { ...long, partialIn: 1, partialOut: 1 }, { ...short, partialIn: 1, partialOut: 1 }, { ...long, partialIn: 1, partialOut: 1 },
            { ...short, partialIn: 1 },
          ];
          for (const commands of [plain, partial]) {
            const { memory, programOffset } = buildSmall({ config, schedule, weights, act, parameters, commands });
            const result = await host.runProgram({ base: BASE, programOffset, images: [{ offset: 0, bytes: memory }], timeoutCycles: 50_000 });
            expect(result.status).toBe('done');
            interpret(memory, programOffset, config);
            // Words of the half that no command wrote are garbage.
            for (const { outBase = 0 } of commands) {
              const [from, to] = [OUT + 4 * outBase, OUT + 4 * (outBase + 2 * pixels)];
              expect(await session.compareMemory(memory.subarray(from, to), BASE + from), `${pixels} pixels, ${entries} entries, words from ${outBase}`).toBeUndefined();
            }
          }
        }
      }
    });
  });
});
