// SPDX-License-Identifier: Apache-2.0
/** Owns which configurations and commands the cycle law is measured on. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import type { Random } from '../../generator/core/random.js';
import { commandCycles, hasSecondPass, LAW_KINDS, type LawCommand } from './law-bench.js';

const SIZES = { weightDepth: 512, actDepth: 128, schedDepth: 4096, outDepth: 1024, partialDepth: 1024 } as const;

const config = (shape: PartialConfig): AccelConfig => validateConfig({ ...SIZES, ...shape });

/** Several P, G, L, n every decoder and width of a weight: D from 1 to 16. */
export const LAW_CONFIGS: readonly AccelConfig[] = [
  config({ pes: 16, group: 8 }),
  config({ pes: 4, group: 4, requant: 1 }),
  config({ pes: 8, group: 16, lanes: 2, requant: 1 }),
  config({ pes: 12, group: 8, lanes: 3, requant: 2, index: 'bitmap' }),
  config({ pes: 8, group: 8, lanes: 2, requant: 2, index: 'pattern', patternBits: 4, weightBits: 4 }),
  config({ pes: 16, group: 8, requant: 4, weightBits: 2, multiplier: 'lut' }),
  config({ pes: 16, group: 8, requant: 16 }),
  config({ pes: 16, group: 4, lanes: 4, requant: 2, bus: 128 }),
  config({ pes: 32, group: 16, lanes: 1, requant: 4, index: 'bitmap' }),
  config({ pes: 32, group: 8, lanes: 2, requant: 2, bus: 256 }),
  config({ pes: 3, group: 16, lanes: 5 }),
  config({ pes: 24, group: 4, requant: 8, index: 'bitmap', bus: 32 }),
];

/** Most groups in a schedule of the sweep. */
const MAX_GROUPS = 20;

/** `groups` groups of K steps. */
const uniform = (keep: number, groups: number): number[] => Array.from({ length: groups }, () => keep);

/** As many groups of K as fit into `steps`, then the rest as a tail group. */
function withSum(keep: number, steps: number): number[] {
  const counts = uniform(keep, Math.floor(steps / keep));
  return steps % keep === 0 ? counts : [...counts, steps % keep];
}

/**
 * Lone commands: every K, sparse and for K = G also dense, sums of one group, of D - 1, D, D + 1 and beyond,
 * with random N and tiles; then for every other kind of drain sums around D, or around 2 D with a second pass.
 */
export function loneCommands(accel: AccelConfig, random: Random): LawCommand[] {
  const { drain } = derive(accel);
  const commands: LawCommand[] = [];
  const add = (command: Pick<LawCommand, 'kind' | 'counts' | 'dense'>): void => {
    if (command.counts.length > MAX_GROUPS) return;
    const most = Math.min(3, Math.floor(accel.weightDepth / command.counts.reduce((a, b) => a + b, 0)));
    commands.push({ ...command, pixels: random.integer(1, 6), tiles: random.integer(1, most) });
  };
  const legal = (sums: readonly number[]): Set<number> => new Set(sums.filter((steps) => steps >= 1));
  for (let keep = 1; keep <= accel.group; keep++) {
    for (const steps of legal([keep, drain - 1, drain, drain + 1, drain + 2 * keep + 1])) {
      for (const dense of keep === accel.group ? [false, true] : [false]) add({ kind: 'plain', counts: withSum(keep, steps), dense });
    }
  }
  for (const kind of LAW_KINDS.filter((each) => each !== 'plain')) {
    const isSecond = kind === 'add' || kind === 'mul';
    for (const steps of legal(isSecond ? [1, 2 * drain - 1, 2 * drain, 2 * drain + 1] : [drain - 1, drain + 1])) {
      add({ kind, counts: withSum(random.integer(Math.ceil(steps / MAX_GROUPS), accel.group), steps), dense: random.next() < 0.5 });
    }
  }
  return commands;
}

/** Address, header, check, start and first entry of a command, beside its payload. */
const RECEIVE_OVERHEAD = 8;
/**
 * Cycles of a command that hide the reception of the next one. Behind another command the law holds from
 * here on; a shorter command takes at most this long.
 */
export const receiveCycles = (accel: AccelConfig): number => derive(accel).computeLength + RECEIVE_OVERHEAD;

/**
 * Sequences of commands that are long enough to hide the reception of the next: in turn without a second pass, all with
 * one, and mixed.
 */
export function sequences(accel: AccelConfig, lone: readonly LawCommand[], count: number, random: Random): LawCommand[][] {
  const derived = derive(accel);
  const choices = [lone.filter((command) => !hasSecondPass(command)), lone.filter(hasSecondPass), lone];
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: random.integer(2, 6) }, () => {
      const command = random.pick(choices[i % choices.length] as LawCommand[]);
      const pixels = command.pixels * Math.ceil(receiveCycles(accel) / commandCycles(command, derived));
      return { ...command, pixels };
    }),
  );
}
