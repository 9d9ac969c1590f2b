// SPDX-License-Identifier: Apache-2.0
/** Owns the check that a float network is consistent and finite; reports every problem it finds, not the first. */

import { checkBatch, checkNetwork, checkShape, checkTensorsOf, checkWindow, isPositive, isShapeError } from '../graph/validate-structure.js';
import { elementCount, formatShape, shapesEqual } from '../tensor/tensor.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatTensor } from './network.js';
import { inferFloatOutputShape } from './shapes.js';

function* checkValues(what: string, values: Float32Array): Generator<string> {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) yield `${what} ${bad} is ${values[bad] as number}, not a finite number`;
}

function* checkTensor(tensor: FloatTensor, at: number): Generator<string> {
  const { shape, constant } = tensor;
  yield* checkShape(tensor, at);
  if (constant === undefined) yield* checkBatch(shape);
  else {
    if (constant.length !== elementCount(shape)) yield `${constant.length} values for shape ${formatShape(shape)}`;
    yield* checkValues('value', constant);
  }
}

function* checkNumbers(op: FloatOp): Generator<string> {
  yield* checkWindow(op);
  if ('activationMin' in op && !(op.activationMin <= op.activationMax)) yield `clamp ${op.activationMin}..${op.activationMax} is no range`;
  if (op.kind === 'softmax' && !(Number.isFinite(op.beta) && op.beta > 0)) yield `beta ${op.beta} is not a positive number`;
  if (op.kind === 'leaky-relu' && !Number.isFinite(op.alpha)) yield `alpha ${op.alpha} is not a finite number`;
  if (op.kind === 'pad' && Number.isNaN(op.value)) yield 'padding value NaN';
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
  yield* checkTensorsOf(op, network, known);
  const inputs = op.inputs.flatMap((id) => network.tensors[id] ?? []);
  if (numbers.length > 0 || output === undefined || inputs.length !== op.inputs.length) return;
  const mayBeConstant = op.kind === 'add' || op.kind === 'mul';
  const constants = inputs.filter(({ constant }) => constant !== undefined).length;
  if (constants === inputs.length || (constants > 0 && !mayBeConstant)) yield 'an input is a constant';
  try {
    const inferred = inferFloatOutputShape(op, inputs.map((tensor) => tensor.shape), output.shape);
    if (!shapesEqual(inferred, output.shape)) yield `gives ${formatShape(inferred)}, its output tensor says ${formatShape(output.shape)}`;
  } catch (error) {
    if (!isShapeError(error)) throw error;
    yield error.message;
  }
}

/** Throws InvalidNetworkError that lists every contradiction; returns the network otherwise. */
export function validateFloatNetwork(network: FloatNetwork): FloatNetwork {
  const constants = network.tensors.filter(({ constant }) => constant !== undefined).map(({ id }) => id);
  checkNetwork(network, constants, checkTensor, (op, known) => checkOp(op, network, known));
  return network;
}
