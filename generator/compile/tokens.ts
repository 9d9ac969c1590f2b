// SPDX-License-Identifier: Apache-2.0
/** Owns the lowering of dependencies to tokens: every wait becomes one push and one pop, in order, within the queues' capacity. */
import { TOKEN_CAPACITY } from '../arch/instructions.js';
import { DefectError } from '../core/errors.js';
import type { Instruction } from './instruction.js';

export type Unit = 'load' | 'compute' | 'store';

export const unitOf = (instruction: Instruction): Unit | undefined =>
  instruction.kind === 'end' ? undefined : instruction.kind === 'loadAct' || instruction.kind === 'loadStream' ? 'load' : instruction.kind;

type Flag = keyof Instruction['tokens'];

/** One token queue: who pushes with which flag, who pops with which. */
export interface TokenQueue {
  readonly name: string;
  readonly producer: Unit;
  readonly push: Flag;
  readonly consumer: Unit;
  readonly pop: Flag;
}

export const TOKEN_QUEUES: readonly TokenQueue[] = [
  { name: 'compute->load', producer: 'compute', push: 'pushA', consumer: 'load', pop: 'popA' },
  { name: 'store->load', producer: 'store', push: 'pushB', consumer: 'load', pop: 'popB' },
  { name: 'load->compute', producer: 'load', push: 'pushA', consumer: 'compute', pop: 'popA' },
  { name: 'store->compute', producer: 'store', push: 'pushA', consumer: 'compute', pop: 'popB' },
  { name: 'compute->store', producer: 'compute', push: 'pushB', consumer: 'store', pop: 'popA' },
];

/** An instruction and the earlier instructions (positions in the list) that must be finished before it starts. */
export interface Dependent {
  readonly instruction: Instruction;
  readonly after: Set<number>;
}

/** Positions of the last instruction of each unit that is known to be finished. */
type Clock = Record<Unit, number>;

/**
 * Sets the token flags. A token is spent only on an order that others do not imply. Dependencies are added where a
 * producer could otherwise run so far ahead that a queue overflows.
 */
export function assignTokens(program: readonly Dependent[]): void {
  for (let round = 0; round < 1000; round++) {
    const clocks = lower(program);
    if (!limitQueues(program, clocks)) return;
  }
  throw new DefectError('assignTokens', 'the token queues do not settle');
}

/** Sets flags from the dependencies; returns what is known to be finished when each instruction starts. */
function lower(program: readonly Dependent[]): Clock[] {
  for (const { instruction } of program) Object.assign(instruction.tokens, { popA: false, popB: false, pushA: false, pushB: false });
  const clocks: Clock[] = [];
  const last: Clock = { load: -1, compute: -1, store: -1 };
  /** Per queue, the producer of the last token that was popped. */
  const popped = new Map(TOKEN_QUEUES.map((queue) => [queue.name, -1]));
  program.forEach(({ instruction, after }, at) => {
    const unit = unitOf(instruction);
    if (unit === undefined) return;
    const clock = { ...(clocks[last[unit]] ?? { load: -1, compute: -1, store: -1 }) };
    clock[unit] = last[unit];
    // The latest first: what it waited for need not be waited for again.
    for (const need of [...after].sort((a, b) => b - a)) {
      const from = unitOf((program[need] as Dependent).instruction);
      if (from === undefined || need >= at) throw new DefectError('assignTokens', `instruction ${at} depends on ${need}`);
      if (clock[from] >= need) continue;
      const queue = TOKEN_QUEUES.find((candidate) => candidate.producer === from && candidate.consumer === unit);
      if (queue === undefined) throw new DefectError('assignTokens', `no token from ${from} to ${unit}`);
      const tokens = (program[need] as Dependent).instruction.tokens;
      if ((popped.get(queue.name) as number) >= need || tokens[queue.push]) throw new DefectError('assignTokens', `${queue.name} out of order`);
      if (instruction.tokens[queue.pop]) throw new DefectError('assignTokens', `${at} pops ${queue.name} twice`);
      tokens[queue.push] = true;
      instruction.tokens[queue.pop] = true;
      popped.set(queue.name, need);
      const known = clocks[need] as Clock;
      for (const each of ['load', 'compute', 'store'] as const) clock[each] = Math.max(clock[each], known[each]);
      clock[from] = Math.max(clock[from], need);
    }
    clocks[at] = clock;
    last[unit] = at;
  });
  return clocks;
}

/** Adds dependencies so that a push never finds its queue full, whatever the units' speeds; true when any was added. */
function limitQueues(program: readonly Dependent[], clocks: readonly Clock[]): boolean {
  let added = false;
  for (const queue of TOKEN_QUEUES) {
    const positions = (unit: Unit, flag: Flag): number[] =>
      program.flatMap(({ instruction }, at) => (unitOf(instruction) === unit && instruction.tokens[flag] ? [at] : []));
    const pushes = positions(queue.producer, queue.push);
    const pops = positions(queue.consumer, queue.pop);
    pushes.forEach((push, i) => {
      const pop = pops[i - TOKEN_CAPACITY];
      if (pop === undefined || (clocks[push] as Clock)[queue.consumer] >= pop) return;
      if (pop > push) throw new DefectError('assignTokens', `${queue.name} holds more than ${TOKEN_CAPACITY} tokens in program order`);
      // No token runs from load to store: the compute command that the store waits for waits instead.
      const waiting = queue.name === 'store->load' ? computeBefore(program, push) : push;
      if ((program[waiting] as Dependent).after.has(pop)) return;
      (program[waiting] as Dependent).after.add(pop);
      added = true;
    });
  }
  return added;
}

function computeBefore(program: readonly Dependent[], store: number): number {
  for (let at = store; at >= 0; at--) if (program[at]?.instruction.kind === 'compute') return at;
  throw new DefectError('assignTokens', 'a store without a compute command');
}
