// SPDX-License-Identifier: Apache-2.0
/** Owns bias correction: the mean error that quantization leaves in each output channel is taken off its bias. */

import { runFloatOp } from '../../float/execute.js';
import { isFloatWeighted, NO_REAL_CLAMP, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import type { Quantization, TensorId } from '../../graph/network.js';
import { quantizeReal } from '../activation-range.js';
import { quantizeWeights } from './quantize-weights.js';

/** Real values after quantization to int8 and back. */
function rounded(values: Float32Array, quantization: Quantization): Float32Array {
  const { scale, zeroPoint } = quantization;
  return values.map((value) => (Math.min(127, Math.max(-128, quantizeReal(value, quantization))) - zeroPoint) * scale);
}

/** The same operator with the real values of its quantized weights. */
function withRoundedWeights(op: FloatWeightedOp, inputScale: number, weightBits: number): FloatWeightedOp {
  const { weights: { data, scales } } = quantizeWeights(op, inputScale, weightBits);
  const perChannel = data.length / scales.length;
  return { ...op, weights: { ...op.weights, data: Float32Array.from(data, (q, i) => q * (scales[Math.floor(i / perChannel)] as number)) } };
}

/** The same operator without a clamp: errors are measured before it. */
const unclamped = (op: FloatWeightedOp): FloatWeightedOp => ({ ...op, ...NO_REAL_CLAMP });

/** One input on its way through the network: real values, and those of the quantized network. */
interface Pair {
  readonly real: Map<TensorId, Float32Array>;
  readonly quantized: Map<TensorId, Float32Array>;
}

/**
 * Layer by layer, on the quantized outputs of the layers before: bias[c] += mean of (real output - quantized output) in channel c,
 * before the clamp. `quantization` gives every activation's, `weightBits` the width of weights. The network is folded.
 */
export function correctBiases(network: FloatNetwork, quantization: (id: TensorId) => Quantization, inputs: readonly Float32Array[], weightBits = 8): FloatNetwork {
  const [inputId] = network.inputs;
  if (inputId === undefined || inputs.length === 0) return network;
  const pairs = inputs.map((input): Pair => ({ real: new Map([[inputId, input]]), quantized: new Map([[inputId, rounded(input, quantization(inputId))]]) }));
  const lastUse = new Map(network.ops.flatMap((op, i) => op.inputs.map((id) => [id, i] as const)));
  const run = (op: FloatOp, values: ReadonlyMap<TensorId, Float32Array>): Float32Array => {
    const operands = op.inputs.map((id) => ({ shape: floatTensorById(network, id).shape, data: values.get(id) as Float32Array }));
    return runFloatOp(op, operands, floatTensorById(network, op.outputs[0]).shape);
  };
  const ops = network.ops.map((op, at) => {
    const [output] = op.outputs;
    const corrected = isFloatWeighted(op) ? corrections(op, quantization(op.inputs[0]).scale, weightBits, pairs, run) : op;
    const quantized = isFloatWeighted(corrected) ? withRoundedWeights(corrected, quantization(op.inputs[0]).scale, weightBits) : corrected;
    for (const pair of pairs) {
      pair.real.set(output, run(op, pair.real));
      pair.quantized.set(output, rounded(run(quantized, pair.quantized), quantization(output)));
      for (const id of op.inputs) {
        if (lastUse.get(id) !== at) continue;
        pair.real.delete(id);
        pair.quantized.delete(id);
      }
    }
    return corrected;
  });
  return { ...network, ops };
}

type Run = (op: FloatOp, values: ReadonlyMap<TensorId, Float32Array>) => Float32Array;

function corrections(op: FloatWeightedOp, inputScale: number, weightBits: number, pairs: readonly Pair[], run: Run): FloatWeightedOp {
  const channels = op.bias.length;
  const [real, quantized] = [unclamped(op), unclamped(withRoundedWeights(op, inputScale, weightBits))];
  const sums = new Float64Array(channels);
  let count = 0;
  for (const pair of pairs) {
    const [wanted, found] = [run(real, pair.real), run(quantized, pair.quantized)];
    for (let i = 0; i < wanted.length; i++) sums[i % channels] = (sums[i % channels] as number) + (wanted[i] as number) - (found[i] as number);
    count += wanted.length / channels;
  }
  return { ...op, bias: op.bias.map((bias, c) => bias + (sums[c] as number) / count) };
}
