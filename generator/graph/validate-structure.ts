// SPDX-License-Identifier: Apache-2.0
/** Owns what every kind of network must hold, integer or float: tensors that exist, one writer each, windows that are numbers; knows no operator. */

import { elementCount, formatShape, TensorShapeError, type Shape } from '../tensor/tensor.js';
import { InvalidNetworkError } from './errors.js';
import { LIMITS, limitText, shapeProblem } from './limits.js';

/** What a network looks like from here. */
interface Wiring {
  readonly name: string;
  readonly tensors: readonly { readonly id: number; readonly name: string; readonly shape: Shape }[];
  readonly ops: readonly WiredOp[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

interface WiredOp {
  readonly kind: string;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly [number];
  readonly weights?: { readonly data: { readonly length: number } };
}

/** What shape inference throws where shapes do not fit; all else is a defect. */
export const isShapeError = (error: unknown): error is Error => error instanceof RangeError || error instanceof TensorShapeError;

export const isPositive = (value: number): boolean => Number.isInteger(value) && value >= 1;
const isNatural = (value: number): boolean => Number.isInteger(value) && value >= 0;

export function* checkShape({ id, shape }: Wiring['tensors'][number], at: number): Generator<string> {
  if (id !== at) yield `id ${id} at position ${at}`;
  const problem = shapeProblem(shape);
  if (problem !== undefined) yield problem;
}

export function* checkBatch(shape: Shape): Generator<string> {
  if (shape[0] !== 1) yield `shape ${formatShape(shape)} has batch ${shape[0] ?? 'none'}, only 1 is supported`;
}

/** Fields of an operator that count rows and columns, by the words of a message. */
const COUNTS = {
  strideHeight: 'stride height', strideWidth: 'stride width', dilationHeight: 'dilation height', dilationWidth: 'dilation width',
  filterHeight: 'filter height', filterWidth: 'filter width', groups: 'number of groups', depthMultiplier: 'depth multiplier',
} as const;

/** Counts that channels bound. */
const UNLIMITED = new Set(['groups', 'depthMultiplier']);

/** Strides, windows and padding of an operator that has some. */
export function* checkWindow(op: WiredOp): Generator<string> {
  const fields = op as unknown as Readonly<Record<string, unknown>>;
  const padding = typeof fields['padding'] === 'object' ? (fields['padding'] as Readonly<Record<string, number>>) : {};
  const most = `more than ${LIMITS.windowExtent}`;
  for (const [side, value] of Object.entries(padding)) if (!isNatural(value) || value > LIMITS.windowExtent) yield `${side} padding is ${value}${value > LIMITS.windowExtent ? `, ${most}` : ''}`;
  for (const [field, what] of Object.entries(COUNTS)) {
    const value = fields[field] as number | undefined;
    if (value === undefined) continue;
    if (!isPositive(value)) yield `${what} is ${value}`;
    else if (!UNLIMITED.has(field) && value > LIMITS.windowExtent) yield `${what} is ${value}, ${most}`;
  }
  if (op.kind === 'pad') {
    const [before, after] = [fields['before'], fields['after']] as [readonly number[], readonly number[]];
    if (![...before, ...after].every(isNatural)) yield `padding ${before.join(',')} before and ${after.join(',')} after`;
  }
}

/** What an operator reads is written, what it writes is not. */
export function* checkTensorsOf(op: WiredOp, { tensors }: Wiring, known: ReadonlySet<number>): Generator<string> {
  const [output] = op.outputs;
  for (const id of op.inputs) if (!known.has(id)) yield `reads tensor ${id} before anything wrote it`;
  if (tensors[output] === undefined) yield `writes tensor ${output}, which does not exist`;
  if (known.has(output)) yield `writes tensor ${output} a second time`;
}

/** What is too much in sum. */
function* checkSize({ tensors, ops }: Wiring, constants: ReadonlySet<number>): Generator<string> {
  if (ops.length > LIMITS.operators) yield `${ops.length} operators, more than ${LIMITS.operators}`;
  if (tensors.length > LIMITS.tensors) yield `${tensors.length} tensors, more than ${LIMITS.tensors}`;
  const values = tensors.reduce((sum, { id, shape }) => sum + (constants.has(id) ? 0 : elementCount(shape)), 0);
  if (values > LIMITS.activationValues) yield `its activations have ${values} values, more than ${limitText(LIMITS.activationValues)}`;
  const weights = ops.reduce((sum, { weights: own }) => sum + (own?.data.length ?? 0), 0);
  if (weights > LIMITS.weightValues) yield `its operators have ${weights} weights, more than ${limitText(LIMITS.weightValues)}`;
}

/** Throws InvalidNetworkError that lists every contradiction. `constants`: tensors that nothing has to write. */
export function checkNetwork<N extends Wiring>(
  network: N,
  constants: readonly number[],
  checkTensor: (tensor: N['tensors'][number], at: number) => Iterable<string>,
  checkOp: (op: N['ops'][number], known: ReadonlySet<number>) => Iterable<string>,
): void {
  const problems: string[] = [];
  const add = (where: string, found: Iterable<string>): void => {
    for (const problem of found) problems.push(`${where}: ${problem}`);
  };
  for (const problem of checkSize(network, new Set(constants))) problems.push(problem);
  network.tensors.forEach((tensor, id) => add(`tensor ${id} (${tensor.name})`, checkTensor(tensor, id)));
  for (const id of [...network.inputs, ...network.outputs]) {
    if (network.tensors[id] === undefined) problems.push(`network input or output ${id} does not exist`);
  }
  if (network.inputs.length === 0 || network.outputs.length === 0) problems.push('it has no input or no output');
  if (new Set(network.inputs).size < network.inputs.length) problems.push('an input is listed twice');
  for (const id of [...network.inputs, ...network.outputs]) if (constants.includes(id)) problems.push(`network input or output ${id} is a constant`);
  const known = new Set<number>([...network.inputs, ...constants]);
  const names = new Set<string>();
  for (const op of network.ops) {
    if (names.has(op.name)) problems.push(`${op.name}: the name is used twice`);
    names.add(op.name);
    add(op.name, checkOp(op, known));
    known.add(op.outputs[0]);
  }
  for (const id of network.outputs) if (!known.has(id)) problems.push(`network output ${id} is never written`);
  if (problems.length > 0) throw new InvalidNetworkError(network.name, problems);
}
