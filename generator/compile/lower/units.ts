// SPDX-License-Identifier: Apache-2.0
/** Owns fusion: which operators one pass of the array computes together, and which nothing computes. */
import { isWeighted, type AddOp, type MulOp, type Network, type Op, type TableOp, type TensorId } from '../../graph/network.js';
import { inputOf, outputOf, tensorById } from '../../graph/query.js';
import { imageSize, shapesEqual } from '../../tensor/tensor.js';
import { wholeFactor } from './nearest.js';
import { isArrayAverage } from './walk.js';

export type OperandOp = AddOp | MulOp;

/** Operators that the array computes in one go. */
export interface ArrayUnit {
  readonly kind: 'array';
  /** In order; the head is the first one, or the identity when that is a table or an element-wise operator. */
  readonly ops: readonly [Op, ...Op[]];
  /** The tensor whose windows the head walks, and the one whose values it yields. */
  readonly inputId: TensorId;
  /** Rows and columns of zeros that a dropped operator puts around it. */
  readonly border: { readonly top: number; readonly left: number };
  readonly outputId: TensorId;
  readonly table: TableOp | undefined;
  readonly operand: { readonly op: OperandOp; readonly tensorId: TensorId; readonly valueIndex: 0 | 1 } | undefined;
}

export type Unit =
  | ArrayUnit
  | { readonly kind: 'host'; readonly ops: readonly [Op]; readonly outputId: TensorId }
  /** Its output lies where its inputs lie (reshape, concatenation); `dropped`: its readers read its input instead. */
  | { readonly kind: 'alias'; readonly ops: readonly [Op]; readonly outputId: TensorId; readonly dropped: boolean };

const TABLE_KINDS = new Set<Op['kind']>(['requantize', 'relu', 'leaky-relu', 'logistic', 'hard-swish']);
export const isTableOp = (op: Op): op is TableOp => TABLE_KINDS.has(op.kind);
export const isOperandOp = (op: Op): op is OperandOp => op.kind === 'add' || op.kind === 'mul';

const isImage = (network: Network, id: TensorId): boolean => {
  const { shape } = tensorById(network, id);
  return shape[0] === 1 && shape.length >= 2;
};

/** Operators that the array computes as a walk of their own: what the drain adds comes on top. */
function isHead(network: Network, op: Op): boolean {
  const images = [...op.inputs, ...op.outputs].every((id) => isImage(network, id));
  switch (op.kind) {
    case 'conv2d':
    case 'depthwise-conv2d':
    case 'fully-connected':
    case 'max-pool':
    case 'mean':
      return images;
    case 'average-pool':
      return images && isArrayAverage(network, op);
    case 'pad':
    case 'slice':
      return images && outputOf(network, op).shape.length === 4;
    case 'resize-nearest':
      return images && wholeFactor(network, op) !== undefined;
    default:
      return false;
  }
}

/** Which input of an element-wise operator may be the value: it has the output's size; the other one may be repeated. */
export function valueInput(network: Network, op: OperandOp): 0 | 1 | undefined {
  if (![...op.inputs, ...op.outputs].every((id) => isImage(network, id))) return undefined;
  const output = imageSize(outputOf(network, op).shape);
  const fits = (id: TensorId): boolean => shapesEqual(Object.values(imageSize(tensorById(network, id).shape)), Object.values(output));
  const repeats = (id: TensorId): boolean => {
    const size = imageSize(tensorById(network, id).shape);
    return (['height', 'width', 'channels'] as const).every((d) => size[d] === output[d] || size[d] === 1);
  };
  if (fits(op.inputs[0]) && repeats(op.inputs[1])) return 0;
  return fits(op.inputs[1]) && repeats(op.inputs[0]) ? 1 : undefined;
}

export interface FusionOptions {
  /** false: every operator is a pass of its own and every tensor is stored. */
  readonly fuse: boolean;
}

/** What the caller knows about tensors in memory. */
export interface MemoryRules {
  readonly isAlias: (op: Op) => boolean;
  readonly isLookedThrough: (op: Op) => boolean;
  /** The buffers cannot hold even a part of it. */
  readonly isHosted: (op: Op) => boolean;
}

/** Cuts the network into units; every operator belongs to exactly one. */
export function planUnits(network: Network, { isAlias, isLookedThrough, isHosted }: MemoryRules, { fuse }: FusionOptions): Unit[] {
  const readers = new Map<TensorId, Op[]>();
  for (const op of network.ops) for (const id of new Set(op.inputs)) readers.set(id, [...(readers.get(id) ?? []), op]);
  const taken = new Set<Op>();

  /** The only reader of a tensor that nobody else sees. */
  const onlyReader = (id: TensorId): Op | undefined => {
    const [reader, ...others] = readers.get(id) ?? [];
    return fuse && others.length === 0 && !network.outputs.includes(id) && reader !== undefined && !taken.has(reader) ? reader : undefined;
  };
  const drainOf = (id: TensorId): Pick<ArrayUnit, 'table' | 'operand'> => {
    const next = onlyReader(id);
    if (next !== undefined && isTableOp(next)) return { table: next, operand: undefined };
    if (next === undefined || !isOperandOp(next) || next.inputs[0] === next.inputs[1]) return { table: undefined, operand: undefined };
    return { table: undefined, operand: operandOf(next, id) };
  };
  const operandOf = (op: OperandOp, id: TensorId): ArrayUnit['operand'] => {
    const index = op.inputs[0] === id ? 0 : 1;
    const possible = valueInput(network, op);
    // With equal sizes either input may be the value.
    const sameSize = op.inputs.every((each) => shapesEqual(tensorById(network, each).shape, outputOf(network, op).shape));
    return possible === index || sameSize ? { op, tensorId: op.inputs[1 - index] as TensorId, valueIndex: index } : undefined;
  };
  /** The tensor in memory that holds an operator's input. */
  const sourceOf = (id: TensorId): Pick<ArrayUnit, 'inputId' | 'border'> => {
    const source = network.ops.find((op) => op.outputs[0] === id);
    if (source === undefined || !isLookedThrough(source)) return { inputId: id, border: { top: 0, left: 0 } };
    const [, top = 0, left = 0] = source.kind === 'pad' ? source.before : [];
    return { inputId: source.inputs[0], border: { top, left } };
  };
  const unit = (ops: readonly [Op, ...Op[]], source: TensorId, drain: Pick<ArrayUnit, 'table' | 'operand'>): ArrayUnit => {
    for (const op of ops) taken.add(op);
    return { kind: 'array', ops, ...sourceOf(source), outputId: (ops.at(-1) as Op).outputs[0], ...drain };
  };

  return network.ops.flatMap((op): Unit[] => {
    if (taken.has(op)) return [];
    const [id] = op.outputs;
    if (isLookedThrough(op)) return [{ kind: 'alias', ops: [op], outputId: id, dropped: true }];
    if (isAlias(op)) return [{ kind: 'alias', ops: [op], outputId: id, dropped: false }];
    if (isHead(network, op) && !isHosted(op)) {
      const drain = canFuse(op) ? drainOf(id) : { table: undefined, operand: undefined };
      const more = drain.table ?? drain.operand?.op;
      return [unit(more === undefined ? [op] : [op, more], op.inputs[0], drain)];
    }
    if (isTableOp(op) && isImage(network, op.inputs[0])) return [unit([op], op.inputs[0], { table: op, operand: undefined })];
    const index = isOperandOp(op) ? valueInput(network, op) : undefined;
    if (isOperandOp(op) && index !== undefined) {
      return [unit([op], op.inputs[index], { table: undefined, operand: { op, tensorId: op.inputs[1 - index] as TensorId, valueIndex: index } })];
    }
    return [{ kind: 'host', ops: [op], outputId: id }];
  });
}

/** Passes whose output is one raster in one place. */
const canFuse = (op: Op): boolean => isWeighted(op) || op.kind === 'mean' || op.kind === 'max-pool';

/** What a unit reads. */
export const unitInputs = (unit: Unit): readonly TensorId[] =>
  unit.kind !== 'array' ? unit.ops[0].inputs : [unit.inputId, ...(unit.operand === undefined ? [] : [unit.operand.tensorId])];

/** Whether output channel c of the pass reads only the word that holds channel c. */
export function isChannelwise(network: Network, { ops: [head] }: ArrayUnit): boolean {
  switch (head.kind) {
    case 'conv2d':
    case 'fully-connected':
      return false;
    case 'depthwise-conv2d':
      return head.depthMultiplier === 1;
    case 'pad':
      return head.before.at(-1) === 0 && head.after.at(-1) === 0;
    case 'slice':
      return head.begin.at(-1) === 0 && head.strides.at(-1) === 1 && inputOf(network, head).shape.at(-1) === outputOf(network, head).shape.at(-1);
    default:
      return true;
  }
}
