// SPDX-License-Identifier: Apache-2.0
/** Owns the check that a float network is consistent and finite; reports every problem it finds, not the first. */

import { InvalidNetworkError } from '../graph/errors.js';
import { elementCount, formatShape, shapesEqual } from '../tensor/tensor.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatTensor } from './network.js';
import { inferFloatOutputShape } from './shapes.js';

/** More elements than this in one tensor is taken for a damaged file. */
const MAX_ELEMENTS = 2 ** 28;

const isPositive = (value: number): boolean => Number.isInteger(value) && value >= 1;
const isNatural = (value: number): boolean => Number.isInteger(value) && value >= 0;

function* checkValues(what: string, values: Float32Array): Generator<string> {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) yield `${what} ${bad} is ${values[bad] as number}, not a finite number`;
}

function* checkTensor({ id, shape, constant }: FloatTensor, at: number): Generator<string> {
  if (id !== at) yield `id ${id} at position ${at}`;
  if (!shape.every(isPositive)) yield `shape ${formatShape(shape)} has a dimension below 1`;
  else if (elementCount(shape) > MAX_ELEMENTS) yield `shape ${formatShape(shape)} has more than 2^28 elements`;
  if (constant === undefined) {
    if (shape[0] !== 1) yield `shape ${formatShape(shape)} has batch ${shape[0] ?? 'none'}, only 1 is supported`;
  } else {
    if (constant.length !== elementCount(shape)) yield `${constant.length} values for shape ${formatShape(shape)}`;
    yield* checkValues('value', constant);
  }
}

function* checkNumbers(op: FloatOp): Generator<string> {
  const natural: Record<string, number> = 'padding' in op ? { ...op.padding } : {};
  const positive: Record<string, number> = {};
  if ('strideHeight' in op) Object.assign(positive, { 'stride height': op.strideHeight, 'stride width': op.strideWidth });
  if ('dilationHeight' in op) Object.assign(positive, { 'dilation height': op.dilationHeight, 'dilation width': op.dilationWidth });
  if ('filterHeight' in op) Object.assign(positive, { 'filter height': op.filterHeight, 'filter width': op.filterWidth });
  if ('groups' in op) Object.assign(positive, { 'number of groups': op.groups });
  if ('depthMultiplier' in op) Object.assign(positive, { 'depth multiplier': op.depthMultiplier });
  for (const [what, value] of Object.entries(natural)) if (!isNatural(value)) yield `${what} padding is ${value}`;
  for (const [what, value] of Object.entries(positive)) if (!isPositive(value)) yield `${what} is ${value}`;
  if ('activationMin' in op && !(op.activationMin <= op.activationMax)) yield `clamp ${op.activationMin}..${op.activationMax} is no range`;
  if (op.kind === 'softmax' && !(Number.isFinite(op.beta) && op.beta > 0)) yield `beta ${op.beta} is not a positive number`;
  if (op.kind === 'leaky-relu' && !Number.isFinite(op.alpha)) yield `alpha ${op.alpha} is not a finite number`;
  if (op.kind === 'pad' && Number.isNaN(op.value)) yield 'padding value NaN';
  if (op.kind === 'pad' && ![...op.before, ...op.after].every(isNatural)) yield `padding ${op.before.join(',')} before and ${op.after.join(',')} after`;
  if (op.kind === 'batch-norm') {
    for (const what of ['scale', 'offset', 'mean', 'variance'] as const) yield* checkValues(what, op[what]);
    const bad = op.variance.find((variance) => !(variance + op.epsilon > 0));
    if (bad !== undefined) yield `variance ${bad} + epsilon ${op.epsilon} is not positive`;
  }
  if (isFloatWeighted(op)) {
    const { weights: { shape, data }, bias } = op;
    if (!shape.every(isPositive)) yield `weight shape ${formatShape(shape)} has a dimension below 1`;
    if (data.length !== elementCount(shape)) yield `${data.length} weights for shape ${formatShape(shape)}`;
    if (bias.length !== shape[0]) yield `${bias.length} biases for ${shape[0]} output channels`;
    yield* checkValues('weight', data);
    yield* checkValues('bias', bias);
  }
}

function* checkOp(op: FloatOp, network: FloatNetwork, known: ReadonlySet<number>): Generator<string> {
  const numbers = [...checkNumbers(op)];
  yield* numbers;
  const output = network.tensors[op.outputs[0]];
  for (const id of op.inputs) if (!known.has(id)) yield `reads tensor ${id} before anything wrote it`;
  if (output === undefined) yield `writes tensor ${op.outputs[0]}, which does not exist`;
  if (known.has(op.outputs[0])) yield `writes tensor ${op.outputs[0]} a second time`;
  const inputs = op.inputs.flatMap((id) => network.tensors[id] ?? []);
  if (numbers.length > 0 || output === undefined || inputs.length !== op.inputs.length) return;
  const mayBeConstant = op.kind === 'add' || op.kind === 'mul';
  const constants = inputs.filter(({ constant }) => constant !== undefined).length;
  if (constants === inputs.length || (constants > 0 && !mayBeConstant)) yield 'an input is a constant';
  try {
    const inferred = inferFloatOutputShape(op, inputs.map((tensor) => tensor.shape), output.shape);
    if (!shapesEqual(inferred, output.shape)) yield `gives ${formatShape(inferred)}, its output tensor says ${formatShape(output.shape)}`;
  } catch (error) {
    yield (error as Error).message;
  }
}

/** Throws InvalidNetworkError that lists every contradiction; returns the network otherwise. */
export function validateFloatNetwork(network: FloatNetwork): FloatNetwork {
  const problems: string[] = [];
  const add = (where: string, found: Iterable<string>): void => {
    for (const problem of found) problems.push(`${where}: ${problem}`);
  };
  network.tensors.forEach((tensor, id) => add(`tensor ${id} (${tensor.name})`, checkTensor(tensor, id)));
  for (const id of [...network.inputs, ...network.outputs]) {
    if (network.tensors[id] === undefined) problems.push(`network input or output ${id} does not exist`);
  }
  if (network.inputs.length === 0 || network.outputs.length === 0) problems.push('it has no input or no output');
  const known = new Set<number>(network.inputs);
  for (const { id, constant } of network.tensors) if (constant !== undefined) known.add(id);
  const names = new Set<string>();
  for (const op of network.ops) {
    if (names.has(op.name)) problems.push(`${op.name}: the name is used twice`);
    names.add(op.name);
    add(op.name, checkOp(op, network, known));
    known.add(op.outputs[0]);
  }
  for (const id of network.outputs) if (!known.has(id)) problems.push(`network output ${id} is never written`);
  if (problems.length > 0) throw new InvalidNetworkError(network.name, problems);
  return network;
}
