// SPDX-License-Identifier: Apache-2.0
/** Owns the program of one array run: the order of its instructions and what each of them waits for. */
import { shapesEqual } from '../tensor/tensor.js';
import { paddedRun } from './geometry.js';
import type { Command, PlannedLoad } from './commands.js';
import { emitCompute, emitLoad, emitStore, type EmitContext } from './emit-instructions.js';
import { noTokens, type Instruction } from './instruction.js';
import { assignTokens, type Dependent } from './tokens.js';

/** Output halves: a compute command waits for the store of the command this many before it. */
const OUTPUT_HALVES = 2;

/**
 * A load waits for nothing older than this many commands: waiting a little longer costs nothing and keeps
 * the number of tokens under way small.
 */
const HORIZON = 6;

/**
 * Loads of a command, then compute, then store, command after command, then END. The units run ahead of this
 * order as far as their tokens allow, so loads of the next commands overlap with compute.
 */
export function buildProgram(context: EmitContext): Instruction[] {
  const { plan } = context;
  const program: Dependent[] = [];
  const add = (instruction: Instruction, after: Iterable<number>): number => program.push({ instruction, after: new Set(after) }) - 1;
  const loadAt = new Map<PlannedLoad, number>();
  const computeAt: number[] = [];
  const storeAt: number[] = [];
  let next = 0;
  for (const command of plan.commands) {
    for (; plan.loads[next]?.command === command; next++) {
      const load = plan.loads[next] as PlannedLoad;
      const waits = load.wait >= 0 ? [computeAt[Math.max(load.wait, command.index - HORIZON)] as number] : [];
      const store = lastProducer(context, load, command);
      if (store !== undefined) waits.push(storeAt[store] as number);
      loadAt.set(load, add(emitLoad(load, context), waits));
    }
    const reads = plan.readsOf(command).map((load) => loadAt.get(load) as number);
    const freed = storeAt[command.index - OUTPUT_HALVES];
    computeAt.push(add(emitCompute(command, context), freed === undefined ? reads : [...reads, freed]));
    storeAt.push(add(emitStore(command, context), [computeAt[command.index] as number]));
  }
  add({ kind: 'end', tokens: noTokens() }, []);
  assignTokens(program);
  return program.map(({ instruction }) => instruction);
}

/** The command whose store an activation load waits for: the last one that writes rows it reads, none older than the horizon. */
function lastProducer({ plan, tensor }: EmitContext, { what }: PlannedLoad, { plan: { layer }, index }: Command): number | undefined {
  if (what.kind !== 'act') return undefined;
  const rows = paddedRun(what.rowFirst, what.rowLast - what.rowFirst + 1, layer.padding.top, layer.input.height);
  if (rows.real === 0) return undefined;
  const { address, shape } = tensor(layer.inputId);
  const producers = plan.commands.filter((command) => command.index < index && tensor(command.plan.layer.outputId).address === address);
  const first = rows.realFirst * layer.inputStep.height;
  const last = (rows.realFirst + rows.real - 1) * layer.inputStep.height;
  const writer = producers.findLast(({ band, plan: { layer: { outputId } } }) =>
    // A reshaped tensor has other rows: all of it is waited for.
    !shapesEqual(tensor(outputId).shape, shape) || (band.row <= last && band.row + band.rows > first),
  );
  if (writer === undefined) return undefined;
  return Math.max(writer.index, Math.min((producers.at(-1) as Command).index, index - HORIZON));
}
