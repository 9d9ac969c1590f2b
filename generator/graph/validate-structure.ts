// SPDX-License-Identifier: Apache-2.0
/** Owns what every kind of network must hold, integer or float: tensors that exist, one writer each, windows that are numbers; knows no operator. */

import { elementCount, formatShape, type Shape } from '../tensor/tensor.js';
import { InvalidNetworkError } from './errors.js';

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
}

/** More elements than this in one tensor is taken for a damaged file. */
const MAX_ELEMENTS = 2 ** 28;

export const isPositive = (value: number): boolean => Number.isInteger(value) && value >= 1;
const isNatural = (value: number): boolean => Number.isInteger(value) && value >= 0;

export function* checkShape({ id, shape }: Wiring['tensors'][number], at: number): Generator<string> {
  if (id !== at) yield `id ${id} at position ${at}`;
  if (!shape.every(isPositive)) yield `shape ${formatShape(shape)} has a dimension below 1`;
  else if (elementCount(shape) > MAX_ELEMENTS) yield `shape ${formatShape(shape)} has more than 2^28 elements`;
}

export function* checkBatch(shape: Shape): Generator<string> {
  if (shape[0] !== 1) yield `shape ${formatShape(shape)} has batch ${shape[0] ?? 'none'}, only 1 is supported`;
}

/** Fields of an operator that count rows and columns, by the words of a message. */
const COUNTS = {
  strideHeight: 'stride height', strideWidth: 'stride width', dilationHeight: 'dilation height', dilationWidth: 'dilation width',
  filterHeight: 'filter height', filterWidth: 'filter width', groups: 'number of groups', depthMultiplier: 'depth multiplier',
} as const;

/** Strides, windows and padding of an operator that has some. */
export function* checkWindow(op: WiredOp): Generator<string> {
  const fields = op as unknown as Readonly<Record<string, unknown>>;
  const padding = typeof fields['padding'] === 'object' ? (fields['padding'] as Readonly<Record<string, number>>) : {};
  for (const [side, value] of Object.entries(padding)) if (!isNatural(value)) yield `${side} padding is ${value}`;
  for (const [field, what] of Object.entries(COUNTS)) {
    const value = fields[field];
    if (value !== undefined && !isPositive(value as number)) yield `${what} is ${String(value)}`;
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
  network.tensors.forEach((tensor, id) => add(`tensor ${id} (${tensor.name})`, checkTensor(tensor, id)));
  for (const id of [...network.inputs, ...network.outputs]) {
    if (network.tensors[id] === undefined) problems.push(`network input or output ${id} does not exist`);
  }
  if (network.inputs.length === 0 || network.outputs.length === 0) problems.push('it has no input or no output');
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
