// SPDX-License-Identifier: Apache-2.0
/** Makes float networks for tests: the real values behind an int8 network, and single operators. */

import type { FloatNetwork, FloatOp, FloatTensor } from '../../generator/float/network.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import type { Network, Op, Quantization } from '../../generator/graph/network.js';
import { isWeighted } from '../../generator/graph/network.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { elementCount, type Shape } from '../../generator/tensor/tensor.js';
import type { RawTensor } from './tflite-writer.js';

/** Real values of int8 ones. */
export const dequantize = (values: ArrayLike<number>, { scale, zeroPoint }: Quantization): Float32Array =>
  Float32Array.from({ length: values.length }, (_, i) => ((values[i] as number) - zeroPoint) * scale);

/** The float network that an int8 network approximates; clamps are where int8 has them. */
export function realNetwork(network: Network): FloatNetwork {
  const of = (id: number): Quantization => network.tensors[id]!.quantization;
  const real = (op: Op): FloatOp => {
    const output = of(op.outputs[0]);
    const clamp = 'activationMin' in op ? { activationMin: (op.activationMin - output.zeroPoint) * output.scale, activationMax: (op.activationMax - output.zeroPoint) * output.scale } : {};
    if (isWeighted(op)) {
      const { data, scales, shape, name, zeroPoint } = op.weights;
      const scaleOf = (channel: number): number => scales[scales.length === 1 ? 0 : channel]!;
      const values = Float32Array.from(data, (q, i) => (q - zeroPoint) * scaleOf(Math.floor(i / (data.length / shape[0]))));
      return { ...op, ...clamp, weights: { name, layout: 'OHWI', shape, data: values }, bias: Float32Array.from(op.bias, (q, c) => q * of(op.inputs[0]).scale * scaleOf(c)) };
    }
    if (op.kind === 'requantize') return { kind: 'relu', name: op.name, inputs: op.inputs, outputs: op.outputs, activationMin: -Infinity, activationMax: Infinity };
    if (op.kind === 'pad') return { ...op, value: (op.value - output.zeroPoint) * output.scale };
    return { ...op, ...clamp } as FloatOp;
  };
  return validateFloatNetwork({
    name: network.name,
    tensors: network.tensors.map(({ id, name, shape }) => ({ id, name, shape })),
    ops: network.ops.map(real),
    inputs: network.inputs,
    outputs: network.outputs,
  });
}

/** Normally distributed enough for weights and activations. */
export const randomValues = (random: Random, count: number, spread = 1): Float32Array =>
  Float32Array.from({ length: count }, () => spread * (random.next() + random.next() + random.next() - 1.5));

/** What a test says of an operator: kind and fields; names, inputs and outputs follow from the chain. */
export type FloatOpRequest = { readonly kind: FloatOp['kind']; readonly shape: Shape; readonly constant?: { readonly shape: Shape; readonly values: readonly number[] } } & Readonly<Record<string, unknown>>;

/** A chain of operators, each on the output of the one before; `constant` becomes the second operand. `shape` is the operator's output. */
export function floatChain(input: Shape, requests: readonly FloatOpRequest[]): FloatNetwork {
  const tensors: FloatTensor[] = [{ id: 0, name: 'input', shape: input }];
  let last = 0;
  const ops = requests.map(({ shape, constant, ...fields }, i): FloatOp => {
    const inputs = [last];
    if (constant !== undefined) inputs.push(tensors.push({ id: tensors.length, name: `constant_${i}`, shape: constant.shape, constant: Float32Array.from(constant.values) }) - 1);
    last = tensors.push({ id: tensors.length, name: `tensor_${i}`, shape }) - 1;
    const clamp = ['relu', 'add', 'mul', 'conv2d', 'depthwise-conv2d', 'fully-connected', 'average-pool', 'max-pool'].includes(fields.kind) ? { activationMin: -Infinity, activationMax: Infinity } : {};
    return { name: `op_${i}`, inputs, outputs: [last], ...clamp, ...fields } as unknown as FloatOp;
  });
  return validateFloatNetwork({ name: 'chain', tensors, ops, inputs: [0], outputs: [last] });
}

/** Fields of a convolution with random weights: stride 1, SAME padding for odd kernels. */
export function randomConv(random: Random, inChannels: number, outChannels: number, kernel = 3): Record<string, unknown> {
  const shape = [outChannels, kernel, kernel, inChannels];
  const side = (kernel - 1) / 2;
  return {
    weights: { name: 'weights', layout: 'OHWI', shape, data: randomValues(random, elementCount(shape), 0.3) },
    bias: randomValues(random, outChannels, 0.2),
    padding: { top: side, left: side, bottom: side, right: side },
    strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, groups: 1,
  };
}

export const seeded = createRandom;

/** An edit that makes a float file of an int8 one: real activations and weights, biases as plain numbers. */
export function asFloat(tensor: RawTensor): RawTensor {
  const isBias = tensor.name.endsWith('/bias');
  if (tensor.type !== 9 && !isBias) return tensor;
  const perChannel = tensor.scales.length > 1;
  const at = (i: number): number => {
    if (isBias) return new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset).getInt32(4 * i, true) / 64;
    const channels = tensor.scales.length;
    const inner = elementCount(tensor.shape.slice(tensor.dimension + 1));
    return (((tensor.bytes[i]! << 24) >> 24) - tensor.zeroPoints[0]!) * tensor.scales[perChannel ? Math.floor(i / inner) % channels : 0]!;
  };
  const count = isBias ? tensor.bytes.length / 4 : tensor.bytes.length;
  const view = new DataView(new ArrayBuffer(4 * count));
  for (let i = 0; i < count; i++) view.setFloat32(4 * i, at(i), true);
  return { ...tensor, type: 0, bytes: new Uint8Array(view.buffer), scales: [], zeroPoints: [] };
}
