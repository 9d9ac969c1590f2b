// SPDX-License-Identifier: Apache-2.0
/** The drain alone against plain arithmetic: every byte, the cycle of every write, token and change of status, in all modes. */
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { ARRAY_STAGES, derive } from '../../generator/arch/derive.js';
import { type PartialConfig, validateConfig } from '../../generator/arch/rules.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { drainModule } from '../../generator/blocks/drain.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { type DrainCommand, type DrainState, planDrain, randomCommand, randomDrain, runDrain, TO_SECOND_WRITE, TO_WRITE } from '../support/drain-bench.js';
import { emitDesign } from '../support/emit-design.js';
import { complaintsOf, GATE_TOOLS, hasTool } from '../support/lint-verilog.js';

const configOf = (part: PartialConfig): AccelConfig => validateConfig({ outDepth: 128, partialDepth: 128, ...part });

const CONFIGS: readonly PartialConfig[] = [
  { pes: 16, group: 8, requant: 1 },
  { pes: 16, group: 8, requant: 2, lanes: 3 },
  { pes: 16, group: 8, requant: 16, rounding: 'single' },
  { pes: 16, group: 8, requant: 16, lanes: 3 },
  { pes: 12, group: 8, requant: 4, lanes: 2, rounding: 'single' },
  { pes: 3, group: 8, requant: 1 },
  { pes: 20, group: 2, requant: 4 },
  { pes: 1, group: 2, lanes: 3 },
];

/** A command over all input channels, or two or three over a part each. */
function randomGroup(config: AccelConfig, random: Random): DrainCommand[] {
  const kind = random.pick([{}, { table: 1 }, { operand: 1 }, { operand: 2 }] as const);
  if (random.integer(0, 1) === 0) return [randomCommand(config, random, kind)];
  const d = derive(config);
  const tiles = random.integer(1, 2);
  const pixels = random.integer(1, Math.min(4, Math.floor(config.partialDepth / (tiles * d.drain))));
  const first = randomCommand(config, random, { tiles, pixels, partialOut: 1 });
  const middle = Array.from({ length: random.integer(0, 1) }, () => randomCommand(config, random, { tiles, pixels, partialIn: 1, partialOut: 1 }));
  return [first, ...middle, randomCommand(config, random, { tiles, pixels, partialIn: 1, ...kind })];
}

function check(config: AccelConfig, state: DrainState): void {
  const plan = planDrain(config, state);
  const found = runDrain(config, state, plan);
  const differs = plan.expected.findIndex((line, i) => found[i] !== line);
  expect(found.slice(Math.max(0, differs - 3), differs + 3)).toEqual(plan.expected.slice(Math.max(0, differs - 3), differs + 3));
  expect(found).toEqual(plan.expected);
}

describe.skipIf(!hasTool('iverilog'))('the drain', () => {
  it.each(CONFIGS.map((part, n) => [part, n] as const))('writes, cycle for cycle, what plain arithmetic says for random commands of every mode: %o', (part, n) => {
    const config = configOf(part);
    for (const seed of [500 + n, 600 + n]) {
      const random = createRandom(seed);
      check(config, randomDrain(config, random, Array.from({ length: 12 }, () => randomGroup(config, random)).flat()));
    }
  });

  it.each(CONFIGS.map((part, n) => [part, n] as const))('takes commands of one kind without a gap, as short as they can be: %o', (part, n) => {
    const config = configOf(part);
    const least = derive(config).drain;
    for (const kinds of [[{}, { table: 1 }], [{ operand: 1 }, { operand: 2 }]] as const) {
      const random = createRandom(700 + n);
      const commands = Array.from({ length: 24 }, (_, i) => {
        const slot = (i % 3 === 2 ? random.integer(0, 3) : 0) + ('operand' in kinds[0] ? 2 : 1) * least;
        return randomCommand(config, random, { ...random.pick<Partial<DrainCommand>>(kinds), slot, gap: 0, pixels: i % 5 === 0 ? 3 : 1, tiles: 1, lead: 9 });
      });
      check(config, randomDrain(config, random, commands));
    }
  });

  it('adds a partial sum that was written four steps before', () => {
    const config = configOf({ pes: 4, group: 4, requant: 4 });
    const random = createRandom(5);
    const of = (fixed: Partial<DrainCommand>): DrainCommand => randomCommand(config, random, { tiles: 1, pixels: 4, slot: 1, gap: 0, lead: 6, ...fixed });
    check(config, randomDrain(config, random, [of({ partialOut: 1 }), of({ partialIn: 1, partialOut: 1 }), of({ partialIn: 1, partialOut: 1 }), of({ partialIn: 1, table: 1 })]));
  });

  it('has its last write as many cycles behind the last step of the array as derive says', () => {
    for (const part of CONFIGS) {
      const config = configOf(part);
      const d = derive(config);
      // FILL counts from the first cycle of a command: the array has ARRAY_STAGES - 1 cycles between last step and capture.
      const random = createRandom(9);
      for (const [operand, fill] of [[0, d.fill], [1, d.fillSecond]] as const) {
        const least = operand === 0 ? d.drain : 2 * d.drain;
        const command = randomCommand(config, random, { operand, slot: least, pixels: 3, tiles: 1, gap: 0, channels: config.pes });
        const state = randomDrain(config, random, [command]);
        const plan = planDrain(config, state);
        check(config, state);
        const { begin, end } = plan.spans[0]!;
        expect(end - (begin - ARRAY_STAGES + 1) + 1).toBe(2 * least + 1 + fill);
        expect(end - begin).toBe(2 * least + (operand === 0 ? d.drain + TO_WRITE : 2 * d.drain - 1 + TO_SECOND_WRITE));
      }
    }
  });

  const faults: readonly (readonly [string, Partial<DrainCommand>])[] = [
    ['a partial sum beyond the buffer', { partialOut: 1, tiles: 2, pixels: 5 }],
    ['a parameter word beyond the buffer', { paramBase: 500 }],
    ['a parameter word of a first chunk beyond the buffer', { paramBase: 500, partialOut: 1 }],
    ['a second parameter word beyond the buffer', { operand: 1, operandParam: 512 }],
    ['an output word beyond the buffer', { outBase: 127 }],
  ];
  it.each(faults)('reports %s at its step, once, and writes nothing more', (_, fixed) => {
    const config = configOf({ pes: 16, group: 8, requant: 1 });
    const random = createRandom(11);
    const good = randomCommand(config, random, { tiles: 1, ...(fixed.operand === undefined ? {} : { operand: 2 }) });
    const bad = randomCommand(config, random, { tiles: 2, pixels: 2, channels: 32, ...fixed });
    const state = randomDrain(config, random, [good, bad]);
    expect(planDrain(config, state).expected.filter((line) => line.includes('err'))).toHaveLength(1);
    check(config, state);
  });

  it('does not mind an output place beyond the buffer in a command that writes none', () => {
    const config = configOf({ pes: 16, group: 8, requant: 1 });
    const random = createRandom(12);
    const state = randomDrain(config, random, [randomCommand(config, random, { outBase: 127, pixels: 4, partialOut: 1, tiles: 1 })]);
    expect(planDrain(config, state).expected.filter((line) => /err|write/.test(line))).toEqual([]);
    check(config, state);
  });
});

describe('the emitted drain', () => {
  for (const tool of GATE_TOOLS) {
    it.skipIf(!hasTool(tool)).each([CONFIGS[1]!, { ...CONFIGS[2], partialDepth: 65536 }, CONFIGS[7]!])(`has nothing for ${tool} to complain about: %o`, (part) => {
      const config = configOf(part);
      const { files } = emitDesign(drainModule(config, computeParameters(config, 3, config.weightDepth)), 'dut');
      expect(complaintsOf(tool, files, 'dut_drain')).toBe('');
    });
  }
});
