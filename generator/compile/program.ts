// SPDX-License-Identifier: Apache-2.0
/** Owns the program of one array run: the order of its instructions and what each of them waits for. */
import type { Command } from './commands.js';
import type { EmitContext } from './emit-context.js';
import { emitCompute, emitStores } from './emit-instructions.js';
import { emitLoad } from './emit-loads.js';
import { noTokens, type Instruction, type LoadActInstruction, type StoreInstruction } from './instruction.js';
import type { PlannedLoad } from './load-collector.js';
import { assignTokens, type Dependent } from './tokens.js';

/** Output halves: a command that writes waits for the store of the writing command this many before it. */
const OUTPUT_HALVES = 2;

/**
 * A load waits for nothing older than this many commands: waiting a little longer costs nothing and keeps
 * the number of tokens under way small.
 */
const HORIZON = 6;

/**
 * Loads of a command, then compute, then its stores, command after command, then END. The units run ahead of this
 * order as far as their tokens allow, so loads of the next commands overlap with compute.
 */
export function buildProgram(context: EmitContext): Instruction[] {
  const { plan, config } = context;
  const program: Dependent[] = [];
  const add = (instruction: Instruction, after: Iterable<number>): number => program.push({ instruction, after: new Set(after) }) - 1;
  const loadAt = new Map<PlannedLoad, number>();
  const computeAt: number[] = [];
  /** Last store of every command that has one. */
  const stored: StoredBytes[] = [];
  let next = 0;
  for (const command of plan.commands) {
    for (; plan.loads[next]?.command === command; next++) {
      const load = plan.loads[next] as PlannedLoad;
      const instruction = emitLoad(load, context);
      const waits = load.wait >= 0 ? [computeAt[Math.max(load.wait, command.index - HORIZON)] as number] : [];
      const store = instruction.kind === 'loadAct' ? lastProducer(instruction, stored, command, config.group) : undefined;
      if (store !== undefined) waits.push(store);
      loadAt.set(load, add(instruction, waits));
    }
    const reads = plan.readsOf(command).map((load) => loadAt.get(load) as number);
    const stores = emitStores(command, context);
    const freed = stores.length > 0 ? stored.at(-OUTPUT_HALVES)?.at : undefined;
    const compute = add(emitCompute(command, context), freed === undefined || stored.length < OUTPUT_HALVES ? reads : [...reads, freed]);
    computeAt.push(compute);
    stores.forEach((store, i) => {
      const at = add(store, i === 0 ? [compute] : []);
      if (i === stores.length - 1) stored.push({ at, command: command.index, ranges: stores.map((each) => bytesOf(each, config.group)) });
    });
  }
  add({ kind: 'end', tokens: noTokens() }, []);
  assignTokens(program);
  return program.map(({ instruction }) => instruction);
}

type Range = readonly [from: number, to: number];

/** Where the stores of a command write, and the last of them. */
interface StoredBytes {
  readonly at: number;
  readonly command: number;
  readonly ranges: readonly Range[];
}

/** From the first byte to behind the last one. */
const bytesOf = ({ fields: f }: StoreInstruction | LoadActInstruction, group: number): Range => {
  const rows = 'padTop' in f ? f.rows - f.padTop - f.padBottom : f.rows;
  return [f.address, rows <= 0 || f.segments === 0 ? f.address : f.address + (rows - 1) * f.rowStride + (f.segments - 1) * f.segmentStride + f.segmentWords * group];
};

/** The store that a load of activations waits for: the last one that writes bytes it reads, none older than the horizon. */
function lastProducer(load: LoadActInstruction, stored: readonly StoredBytes[], { index }: Command, group: number): number | undefined {
  const [from, to] = bytesOf(load, group);
  if (from >= to) return undefined;
  const writer = stored.findLastIndex(({ ranges }) => ranges.some(([first, end]) => first < to && from < end));
  if (writer < 0) return undefined;
  const recent = stored.findLastIndex(({ command }) => command <= index - HORIZON);
  return (stored[Math.max(writer, recent)] as StoredBytes).at;
}

