// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the way from a float network with stated scales (QDQ) to integers: the operators of TFLite's int8 arithmetic with the model's
 * scales and zero points. Differs from onnxruntime in rounding alone: sums are requantized by an integer multiplier.
 */

import { DefectError } from '../../core/errors.js';
import { foldAffines } from '../../float/fold/fold-affines.js';
import { fuseActivations } from '../../float/fold/fuse-activations.js';
import { isFloatWeighted, NO_REAL_CLAMP, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../../float/network.js';
import { validateFloatNetwork } from '../../float/validate.js';
import type { Clamp, Network, Op, Quantization, TensorId, Weights } from '../../graph/network.js';
import { validateNetwork } from '../../graph/validate.js';
import { quantizeReal } from '../../quantize/activation-range.js';
import { quantizeWeights } from '../../quantize/post-training/quantize-weights.js';
import type { BuiltNetwork } from './built-network.js';
import { UnsupportedOnnxQuantizationError } from './errors.js';
import { completeScales } from './scales.js';
import type { Grid } from './values.js';

/** Folds what no QuantizeLinear stands between. */
function folded({ network, quantizations }: BuiltNetwork): FloatNetwork {
  // A tensor with a scale counts as an output: nothing is fused across it.
  const stated = network.tensors.filter(({ name, constant }) => constant === undefined && quantizations.has(name)).map(({ id }) => id);
  const count = network.outputs.length;
  const after = fuseActivations(foldAffines({ ...network, outputs: [...network.outputs, ...stated] }));
  return validateFloatNetwork({ ...after, outputs: after.outputs.slice(0, count) });
}

const roundAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value)) + 0;

/** How far weights / scale may be from an integer, for float32 rounding. */
const GRID_SLACK = 0.01;

/** Steps of the bias in a step of the output, where weights leave the scale open. */
const BIAS_STEPS = 256;
/** Biases stay below this, so that an accumulator that starts there has room. */
const LARGEST_BIAS = 2 ** 28;

/** By output channel, or one for all; what is folded into the weights is folded into them. */
function scalesOf({ weights: { steps, data, shape }, bias }: FloatWeightedOp, { scales }: Grid, zeroPoint: number, inputScale: number, outputScale: number): readonly number[] {
  const [channels] = shape;
  const perChannel = data.length / channels;
  const folded = steps?.map((step) => Math.fround(Math.abs(step))) ?? scales;
  const stated = (channel: number): number => folded[folded.length === 1 ? 0 : channel] as number;
  // Weights of 0 have any scale: the bias takes one of its own where it has no whole steps.
  const own = Array.from(bias, (real, channel) => {
    const scale = stated(channel);
    if (zeroPoint !== 0) return scale === 0 ? 1 : scale;
    if (scale !== 0 && (Number.isInteger(real / (inputScale * scale)) || data.subarray(channel * perChannel, (channel + 1) * perChannel).some((weight) => weight !== 0))) return scale;
    return Math.fround(Math.max(outputScale / BIAS_STEPS, Math.abs(real) / LARGEST_BIAS) / inputScale);
  });
  return new Set(own).size === 1 ? own.slice(0, 1) : own;
}

/** The int8 values that the weights had in the file; uint8 becomes int8 by q - 128. `place` is for errors. */
function integerWeights(op: FloatWeightedOp, grid: Grid | undefined, inputScale: number, outputScale: number, place: string): Weights {
  const { weights: { name, layout, shape, data } } = op;
  if (grid === undefined) throw new UnsupportedOnnxQuantizationError(place, 'weights without DequantizeLinear, or with scales along another dimension than the output channels', 'int8 weights through DequantizeLinear');
  const shift = grid.isUnsigned ? 128 : 0;
  const zeroPoints = new Set(grid.zeroPoints.map((zeroPoint) => zeroPoint - shift));
  const [zeroPoint = 0] = zeroPoints;
  const scales = scalesOf(op, grid, zeroPoint, inputScale, outputScale);
  if (zeroPoints.size > 1 || (zeroPoint !== 0 && scales.length > 1)) {
    throw new UnsupportedOnnxQuantizationError(place, `weights with a scale per channel and zero points ${[...zeroPoints].slice(0, 4).join(', ')}`, 'zero point 0');
  }
  const perChannel = data.length / shape[0];
  const values = Int8Array.from({ length: data.length }, (_, i) => {
    const real = data[i] as number;
    const quotient = real / (scales[scales.length === 1 ? 0 : Math.floor(i / perChannel)] as number);
    const q = roundAway(quotient) + zeroPoint;
    if (Math.abs(quotient - roundAway(quotient)) > GRID_SLACK || q < -128 || q > 127) {
      throw new UnsupportedOnnxQuantizationError(place, `weight ${i} is ${quotient} steps`, 'whole steps: an operator after it is folded into the weights');
    }
    return q;
  });
  return { name, layout, shape, data: values, scales, zeroPoint };
}

function integerBias(op: FloatWeightedOp, inputScale: number, scales: readonly number[], place: string): Int32Array {
  return Int32Array.from(op.bias, (real, o) => {
    const q = roundAway(real / (inputScale * (scales[scales.length === 1 ? 0 : o] as number)));
    if (!(Math.abs(q) < 2 ** 31)) throw new UnsupportedOnnxQuantizationError(place, `bias ${o} is ${q} steps`, 'an int32 bias');
    return q;
  });
}

function integerClamp({ activationMin, activationMax }: Clamp, output: Quantization): Clamp {
  const at = (value: number): number => Math.min(127, Math.max(-128, value === Infinity ? 127 : value === -Infinity ? -128 : quantizeReal(value, output)));
  return { activationMin: at(activationMin), activationMax: at(activationMax) };
}

/** Larger numbers stand for no number at all, as before a maximum. */
const LARGEST_FILLING = 1e30;

function integerFilling(value: number, output: Quantization, place: string): number {
  if (Math.abs(value) > LARGEST_FILLING) return value > 0 ? 127 : -128;
  const q = quantizeReal(value, output);
  if (q < -128 || q > 127) throw new UnsupportedOnnxQuantizationError(place, `padding with ${value}, which is ${q} on a scale of -128..127`, 'QuantizeLinear behind it, with a scale that holds this value');
  return q;
}

/** One weight per channel, as a constant factor gives them, is exact in int8: the scales are the weights. */
const isExact = ({ weights: { data, shape } }: FloatWeightedOp): boolean => data.length === shape[0];

function integerOp(op: FloatOp, quantization: (id: TensorId) => Quantization, grid: Grid | undefined, place: string): Op {
  const output = quantization(op.outputs[0]);
  if (isFloatWeighted(op)) {
    const { scale } = quantization(op.inputs[0]);
    if (grid === undefined && isExact(op)) return { ...op, ...quantizeWeights(op, scale), ...integerClamp(op, output) };
    const weights = integerWeights(op, grid, scale, output.scale, place);
    return { ...op, weights, bias: integerBias(op, scale, weights.scales, place), ...integerClamp(op, output) };
  }
  switch (op.kind) {
    case 'batch-norm':
      throw new DefectError('integerOp', `${op.name} was not folded`);
    case 'relu': {
      const { kind, name, inputs, outputs } = op;
      const clamp = integerClamp(op, output);
      return clamp.activationMin === -128 && clamp.activationMax === 127 && op.activationMin === NO_REAL_CLAMP.activationMin ? { kind: 'requantize', name, inputs, outputs } : { kind, name, inputs, outputs, ...clamp };
    }
    case 'add':
    case 'mul':
    case 'average-pool':
    case 'max-pool':
      return { ...op, ...integerClamp(op, output) };
    case 'pad':
      return { ...op, value: integerFilling(op.value, output, place) };
    default:
      return op;
  }
}

/** Throws UnsupportedOnnxQuantizationError or InvalidNetworkError. */
export function quantizedNetwork(built: BuiltNetwork): Network {
  const { places } = built;
  const { network, scales, grids } = completeScales({ ...built, network: folded(built) });
  const placeOf = ({ name, outputs }: FloatOp): string => places.get(network.tensors[outputs[0]]?.name ?? '') ?? name;
  const constant = network.ops.find(({ inputs }) => inputs.some((id) => network.tensors[id]?.constant !== undefined));
  if (constant !== undefined) throw new UnsupportedOnnxQuantizationError(placeOf(constant), 'a constant operand that differs within a channel or makes the other operand larger', 'one value, or one per channel');
  const quantization = (id: TensorId): Quantization => scales[id] as Quantization;
  return validateNetwork({
    name: network.name,
    synthetic: false,
    tensors: network.tensors.map(({ id, name, shape }) => ({ id, name, shape, quantization: quantization(id) })),
    ops: network.ops.map((op) => integerOp(op, quantization, grids.get(op.name) ?? built.grids.get(op.name), placeOf(op))),
    inputs: network.inputs,
    outputs: network.outputs,
  });
}
