// SPDX-License-Identifier: Apache-2.0
/** Owns the check that a network is consistent; reports every problem it finds, not the first. */

import { elementCount, formatShape, shapesEqual } from '../tensor/tensor.js';
import { isWeighted, type ActivationTensor, type Network, type Op, type OpKind, type Quantization, type WeightedOp } from './network.js';
import { inferOutputShape } from './shapes.js';
import { checkBatch, checkNetwork, checkShape, checkTensorsOf, checkWindow, isPositive, isShapeError } from './validate-structure.js';

const isInt8 = (value: number): boolean => Number.isInteger(value) && value >= -128 && value <= 127;
const isScale = (value: number): boolean => Number.isFinite(value) && value > 0;

function* checkQuantization({ scale, zeroPoint }: Quantization): Generator<string> {
  if (!isScale(scale)) yield `scale ${scale} is not a positive number`;
  if (!isInt8(zeroPoint)) yield `zero point ${zeroPoint} is not in -128..127`;
}

function* checkTensor(tensor: ActivationTensor, at: number): Generator<string> {
  yield* checkShape(tensor, at);
  yield* checkBatch(tensor.shape);
  yield* checkQuantization(tensor.quantization);
}

function* checkWeights({ weights, bias }: WeightedOp): Generator<string> {
  const [outChannels] = weights.shape;
  if (!weights.shape.every(isPositive)) yield `weight shape ${formatShape(weights.shape)} has a dimension below 1`;
  if (weights.data.length !== elementCount(weights.shape)) {
    yield `${weights.data.length} weights for shape ${formatShape(weights.shape)}`;
  }
  if (bias.length !== outChannels) yield `${bias.length} biases for ${outChannels} output channels`;
  if (weights.scales.length !== 1 && weights.scales.length !== outChannels) {
    yield `${weights.scales.length} weight scales for ${outChannels} output channels`;
  }
  const bad = weights.scales.find((scale) => !isScale(scale));
  if (bad !== undefined) yield `weight scale ${bad} is not a positive number`;
  if (!isInt8(weights.zeroPoint)) yield `weight zero point ${weights.zeroPoint} is not in -128..127`;
}

function* checkNumbers(op: Op): Generator<string> {
  yield* checkWindow(op);
  if ('activationMin' in op) {
    const { activationMin: low, activationMax: high } = op;
    if (!isInt8(low) || !isInt8(high) || low > high) yield `clamp ${low}..${high} is not a range within -128..127`;
  }
  if (op.kind === 'softmax' && !isScale(op.beta)) yield `beta ${op.beta} is not a positive number`;
  if (op.kind === 'leaky-relu' && !Number.isFinite(op.alpha)) yield `alpha ${op.alpha} is not a finite number`;
  if (op.kind === 'pad' && !isInt8(op.value)) yield `padding value ${op.value} is not in -128..127`;
}

/** Operators that hand numbers through: TFLite gives all their tensors one scale. */
const PASS_THROUGH: ReadonlySet<OpKind> = new Set<OpKind>([
  'average-pool', 'max-pool', 'reshape', 'concatenation', 'pad', 'transpose', 'slice', 'resize-nearest',
]);

/** Softmax and logistic give probabilities in steps of 1/256. */
const PROBABILITY: ReadonlySet<OpKind> = new Set<OpKind>(['softmax', 'logistic']);

function* checkQuantizations(op: Op, inputs: readonly ActivationTensor[], output: ActivationTensor): Generator<string> {
  const { scale, zeroPoint } = output.quantization;
  for (const { quantization: input } of PASS_THROUGH.has(op.kind) ? inputs : []) {
    if (input.scale !== scale || input.zeroPoint !== zeroPoint) {
      yield `input scale ${input.scale} zero point ${input.zeroPoint} differs from output scale ${scale} zero point ${zeroPoint}`;
    }
  }
  if (PROBABILITY.has(op.kind) && (scale !== 1 / 256 || zeroPoint !== -128)) {
    yield `output scale ${scale} zero point ${zeroPoint}, not 1/256 and -128`;
  }
}

function* checkOp(op: Op, network: Network, known: ReadonlySet<number>): Generator<string> {
  const inputs = op.inputs.map((id) => network.tensors[id]);
  const output = network.tensors[op.outputs[0]];
  const before = [...checkNumbers(op), ...(isWeighted(op) ? checkWeights(op) : [])];
  yield* before;
  yield* checkTensorsOf(op, network, known);
  if (before.length > 0 || output === undefined) return;
  const present = inputs.filter((tensor) => tensor !== undefined);
  if (present.length !== inputs.length || present[0] === undefined) return;
  yield* checkQuantizations(op, present, output);
  try {
    const inferred = inferOutputShape(op, present.map((tensor) => tensor.shape), output.shape);
    if (!shapesEqual(inferred, output.shape)) {
      yield `gives ${formatShape(inferred)}, its output tensor says ${formatShape(output.shape)}`;
    }
  } catch (error) {
    if (!isShapeError(error)) throw error;
    yield error.message;
  }
}

/** Throws InvalidNetworkError that lists every contradiction; returns the network otherwise. */
export function validateNetwork(network: Network): Network {
  checkNetwork(network, [], checkTensor, (op, known) => checkOp(op, network, known));
  return network;
}
