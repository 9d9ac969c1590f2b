// SPDX-License-Identifier: Apache-2.0
/** Owns the program of one array run: the order of its instructions and what each of them waits for. */
import type { Command } from './commands.js';
import type { EmitContext } from './emit-context.js';
import { emitCompute, emitStores } from './emit-instructions.js';
import { emitLoad } from './emit-loads.js';
import { noTokens, type Instruction, type LoadActInstruction, type StoreInstruction } from './instruction.js';
import type { PlannedLoad } from './load-collector.js';
import { assignTokens, type Dependent } from './tokens.js';

/**
 * A load waits for nothing older than this many commands: waiting a little longer costs nothing and keeps
 * the number of tokens under way small.
 */
const HORIZON = 6;

/**
 * Loads of a command, then compute, then its stores, command after command, then END. The units run ahead of this
 * order as far as their tokens allow, so loads of the next commands overlap with compute.
 */
export function buildProgram(context: EmitContext): Program {
  const { plan, config } = context;
  const program: (Dependent & { readonly layer: string | undefined })[] = [];
  const add = (instruction: Instruction, layer: string | undefined, after: Iterable<number>): number => program.push({ instruction, layer, after: new Set(after) }) - 1;
  const loadAt = new Map<PlannedLoad, number>();
  const computeAt: number[] = [];
  /** Last store of every command that has one. */
  const stored: StoredBytes[] = [];
  let next = 0;
  for (const command of plan.commands) {
    const { name } = command.plan.layer;
    for (; plan.loads[next]?.command === command; next++) {
      const load = plan.loads[next] as PlannedLoad;
      const instruction = emitLoad(load, context);
      const waits = load.wait >= 0 ? [computeAt[Math.max(load.wait, command.index - HORIZON)] as number] : [];
      const store = instruction.kind === 'loadAct' ? lastProducer(instruction, stored, command, config.group) : undefined;
      if (store !== undefined) waits.push(store);
      loadAt.set(load, add(instruction, name, waits));
    }
    const reads = plan.readsOf(command).map((load) => loadAt.get(load) as number);
    const stores = emitStores(command, context);
    const freed = stores.length > 0 ? stored.findLast((earlier) => sharesOutput(earlier.command, command))?.at : undefined;
    const compute = add(emitCompute(command, context), name, freed === undefined ? reads : [...reads, freed]);
    computeAt.push(compute);
    stores.forEach((store, i) => {
      const at = add(store, name, i === 0 ? [compute] : []);
      if (i === stores.length - 1) stored.push({ at, command, places: stores.map((each) => bytesOf(each, config.group)) });
    });
  }
  add({ kind: 'end', tokens: noTokens() }, undefined, []);
  assignTokens(program);
  return { instructions: program.map(({ instruction }) => instruction), layers: program.map(({ layer }) => layer) };
}

/** Instructions in order, and the pass that each works for; END works for none. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly layers: readonly (string | undefined)[];
}

/** Bytes that an instruction reads or writes: rows of segments. */
interface Bytes {
  readonly from: number;
  readonly to: number;
  /** Bytes of a segment, and a stride that all segments are multiples of apart; 0: there is one segment. */
  readonly length: number;
  readonly stride: number;
}

/** Where the stores of a command write, and the last of them. */
interface StoredBytes {
  readonly at: number;
  readonly command: Command;
  readonly places: readonly Bytes[];
}

/** Whether two commands write the same words of the output buffer: the later one waits for the store of the earlier one. */
const sharesOutput = (a: Command, b: Command): boolean => a.outHalf === b.outHalf && a.outRange.from < b.outRange.to && b.outRange.from < a.outRange.to;

function bytesOf({ fields: f }: StoreInstruction | LoadActInstruction, group: number): Bytes {
  const rows = 'padTop' in f ? f.rows - f.padTop - f.padBottom : f.rows;
  const length = rows <= 0 ? 0 : f.segmentWords * group;
  const to = length === 0 ? f.address : f.address + (rows - 1) * f.rowStride + (f.segments - 1) * f.segmentStride + length;
  const steps = [...(rows > 1 ? [f.rowStride] : []), ...(f.segments > 1 ? [f.segmentStride] : [])];
  return { from: f.address, to, length, stride: steps.reduce(commonDivisor, 0) };
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** Whether two may share a byte; parts of pixels beside each other do not. */
function overlap(a: Bytes, b: Bytes): boolean {
  if (a.from >= b.to || b.from >= a.to) return false;
  const stride = commonDivisor(a.stride, b.stride);
  if (stride === 0) return true;
  const gap = (((b.from - a.from) % stride) + stride) % stride;
  return gap < a.length || gap + b.length > stride;
}

/** The store that a load of activations waits for: the last one that writes bytes it reads, none older than the horizon. */
function lastProducer(load: LoadActInstruction, stored: readonly StoredBytes[], { index }: Command, group: number): number | undefined {
  const read = bytesOf(load, group);
  if (read.length === 0) return undefined;
  const writer = stored.findLastIndex(({ places }) => places.some((place) => overlap(read, place)));
  if (writer < 0) return undefined;
  const recent = stored.findLastIndex(({ command }) => command.index <= index - HORIZON);
  return (stored[Math.max(writer, recent)] as StoredBytes).at;
}

