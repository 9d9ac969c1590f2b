// SPDX-License-Identifier: Apache-2.0
/** Owns post-training quantization: a float network and calibration inputs in, an int8 network out. */

import { DefectError } from '../../core/errors.js';
import { foldNetwork } from '../../float/fold/fold-network.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../../float/network.js';
import type { Clamp, Network, Op, Quantization } from '../../graph/network.js';
import { validateNetwork } from '../../graph/validate.js';
import { quantizeReal } from '../activation-range.js';
import { activationScales } from './activation-scales.js';
import { correctBiases } from './bias-correction.js';
import { calibrate } from './calibrate.js';
import { UnquantizableError } from './errors.js';
import { quantizeWeights } from './quantize-weights.js';
import { separateProbabilities } from './separate-probabilities.js';

/** Bias correction runs every layer on this many of the first inputs; more change the biases little. */
const BIAS_INPUTS = 64;

export interface QuantizeOptions {
  /** Width of a weight, 8, 4 or 2: symmetric, so -127 .. 127, -7 .. 7 or -1 .. 1 (default 8). */
  readonly weightBits?: number;
}

/**
 * Folds the network, calibrates its activations on the inputs and quantizes it to TFLite's int8 arithmetic: symmetric weights per
 * output channel, int32 biases, activations with one scale and zero point each. The same inputs give the same network.
 * Throws UnquantizableError, CalibrationError, TensorShapeError, InvalidNetworkError.
 */
export function quantizeNetwork(network: FloatNetwork, inputs: readonly Float32Array[], { weightBits = 8 }: QuantizeOptions = {}): Network {
  // 1. Fewer operators, and only such as int8 has.
  const folded = separateProbabilities(foldNetwork(network));
  requireInt8Forms(folded);
  // 2. What values there are, and what scale each tensor takes for them.
  const scales = activationScales(folded, calibrate(folded, inputs));
  const quantization = (id: number): Quantization => {
    const found = scales[id];
    if (found === undefined) throw new DefectError('quantizeNetwork', `tensor ${id} has no scale`);
    return found;
  };
  // 3. What rounding shifts on average, the biases shift back.
  const corrected = correctBiases(folded, quantization, inputs.slice(0, BIAS_INPUTS), weightBits);
  // 4. The same operators in integers.
  return validateNetwork({
    name: corrected.name,
    synthetic: false,
    tensors: corrected.tensors.map(({ id, name, shape }) => ({ id, name, shape, quantization: quantization(id) })),
    ops: corrected.ops.map((op) => quantizeOp(op, quantization, weightBits)),
    inputs: corrected.inputs,
    outputs: corrected.outputs,
  });
}

/** What folding left and no integer operator stands for. */
function requireInt8Forms({ ops, tensors }: FloatNetwork): void {
  for (const op of ops) {
    if (op.inputs.some((id) => tensors[id]?.constant !== undefined)) {
      const output = tensors[op.outputs[0]]?.name ?? '';
      throw new UnquantizableError(op.name, `a constant operand, for tensor ${JSON.stringify(output)}, that differs within a channel or makes the other operand larger`, 'one value, or one per channel');
    }
  }
}

/** The real clamp on the output's scale; an infinite end is the end of int8. */
function quantizeClamp({ activationMin, activationMax }: Clamp, output: Quantization): Clamp {
  const at = (value: number): number => Math.min(127, Math.max(-128, value === Infinity ? 127 : value === -Infinity ? -128 : quantizeReal(value, output)));
  return { activationMin: at(activationMin), activationMax: at(activationMax) };
}

function quantizeOp(op: FloatOp, quantization: (id: number) => Quantization, weightBits: number): Op {
  const output = quantization(op.outputs[0]);
  if (isFloatWeighted(op)) return { ...op, ...quantizeWeights(op, quantization(op.inputs[0]).scale, weightBits), ...quantizeClamp(op, output) };
  switch (op.kind) {
    case 'batch-norm':
      throw new DefectError('quantizeOp', `${op.name} was not folded`);
    case 'relu': {
      const { kind, name, inputs, outputs } = op;
      const clamp = quantizeClamp(op, output);
      const isCopy = clamp.activationMin === -128 && clamp.activationMax === 127;
      return isCopy ? { kind: 'requantize', name, inputs, outputs } : { kind, name, inputs, outputs, ...clamp };
    }
    case 'add':
    case 'mul':
    case 'average-pool':
    case 'max-pool':
      return { ...op, ...quantizeClamp(op, output) };
    case 'pad':
      return { ...op, value: Math.min(127, Math.max(-128, Number.isFinite(op.value) ? quantizeReal(op.value, output) : Math.sign(op.value) * 128)) };
    default:
      return op;
  }
}
