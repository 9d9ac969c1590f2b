// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of one program run: joins the units, and turns what they did into the core's counters. */
import { encodeInstruction, type ComputeInstruction, type Instruction, type InstructionKind, type StoreInstruction } from '../compile/instruction.js';
import { unitOf, type Unit } from '../compile/tokens.js';
import { ComputeUnit, type ComputeTiming } from './compute.js';
import { Front, type ProgramWords } from './fetch.js';
import { LoadUnit, type LoadInstruction, type LoadTiming } from './load.js';
import { CommandQueue, ReadChannel, runProcesses, TokenQueue } from './machine.js';
import { ScheduleBuffer, type CommandWork } from './schedule.js';
import { StoreUnit, type StoreTiming } from './store.js';
import type { Units } from './units.js';

/** Bytes from BASE: the program itself, and the streams that it loads. */
export interface ProgramInput {
  readonly instructions: readonly Instruction[];
  readonly programAddress: number;
  readonly image: Uint8Array;
}

export interface ProgramTiming {
  /** From START to the end that the host sees. */
  readonly cycles: number;
  readonly beatsRead: number;
  readonly beatsWritten: number;
  /** Beats of the program itself, what is read ahead behind it included. */
  readonly beatsFetched: number;
  /** By position in the program; a sparse array would cost more than undefined. */
  readonly loads: ReadonlyMap<number, LoadTiming>;
  readonly computes: ReadonlyMap<number, ComputeTiming>;
  readonly stores: ReadonlyMap<number, StoreTiming>;
  readonly storeBusy: readonly { readonly from: number; readonly to: number }[];
}

/** From the first cycle with everything done to the end of counting. */
const DONE_TO_END = 8;
/** From the END that dispatch sees and everything done to the stop. */
const DONE_TO_STOP = 3;

export function timeProgram({ instructions, programAddress, image }: ProgramInput, units: Units): ProgramTiming {
  const schedule = new ScheduleBuffer(units, image);
  const lengths = new Map<InstructionKind, number>();
  const program: ProgramWords[] = [];
  const commands = {
    load: [] as { instruction: LoadInstruction; words: number; at: number }[],
    compute: [] as { instruction: ComputeInstruction; words: number; work: CommandWork; at: number }[],
    store: [] as { instruction: StoreInstruction; words: number; at: number }[],
  };
  instructions.forEach((instruction, at) => {
    const words = lengths.get(instruction.kind) ?? encodeInstruction(instruction).length;
    lengths.set(instruction.kind, words);
    program.push({ words, unit: unitOf(instruction) });
    const work = schedule.execute(instruction);
    if (instruction.kind === 'compute') commands.compute.push({ instruction, words, at, work: work as CommandWork });
    else if (instruction.kind === 'store') commands.store.push({ instruction, words, at });
    else if (instruction.kind !== 'end') commands.load.push({ instruction, words, at });
  });

  const reads = new ReadChannel(units.memory);
  const queues: Record<Unit, CommandQueue> = { load: new CommandQueue(), compute: new CommandQueue(), store: new CommandQueue() };
  const tokens = {
    loadToCompute: new TokenQueue(), computeToLoad: new TokenQueue(), computeToStore: new TokenQueue(), storeToCompute: new TokenQueue(), storeToLoad: new TokenQueue(),
  };
  const front = new Front(units.derived.busBytes, programAddress, units.fetchBurst, reads);
  const load = new LoadUnit(units, queues.load, tokens, reads);
  const compute = new ComputeUnit(units, queues.compute, tokens);
  const store = new StoreUnit(units, queues.store, tokens);
  runProcesses(
    {
      dispatch: front.dispatch(program, queues), load: load.run(commands.load), compute: compute.run(commands.compute), store: store.run(commands.store),
      fetch: front.fetch(),
    },
    reads, ['fetch'],
  );

  const done = Math.max(front.ended, load.idle, compute.idle, store.idle);
  // Words that were read ahead must have come before the core stops.
  const stop = Math.max(done + DONE_TO_STOP, reads.lastBeat + 1);
  const loadBeats = load.timings.reduce((sum, { beats }) => sum + beats, 0);
  const byPosition = <T>(list: readonly { readonly at: number }[], timings: readonly T[]): ReadonlyMap<number, T> =>
    new Map(list.map(({ at }, i) => [at, timings[i] as T]));
  return {
    cycles: stop - DONE_TO_STOP + DONE_TO_END,
    beatsRead: reads.beats,
    beatsWritten: store.beats,
    beatsFetched: reads.beats - loadBeats,
    loads: byPosition(commands.load, load.timings),
    computes: byPosition(commands.compute, compute.timings),
    stores: byPosition(commands.store, store.timings),
    storeBusy: store.busy,
  };
}
