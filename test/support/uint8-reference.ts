// SPDX-License-Identifier: Apache-2.0
/**
 * Owns a second implementation of TFLite's legacy uint8 kernels, straight from a file's tensors: unsigned values,
 * BigInt rescaling, real padding. It shares nothing with the golden model but the reader of the file.
 */

import type { TfliteModel, TfliteOperator, TfliteTensor } from '../../generator/import/tflite/schema.js';

/** floor(log2) by comparison, and the multiplier as a BigInt. */
function fixedPoint(real: number): readonly [multiplier: bigint, shift: number] {
  let exponent = 0;
  while (real * 2 ** -exponent >= 1) exponent++;
  while (real * 2 ** -exponent < 0.5) exponent--;
  const multiplier = Math.round(real * 2 ** -exponent * 2 ** 31);
  return multiplier === 2 ** 31 ? [1n << 30n, exponent + 1] : [BigInt(multiplier), exponent];
}

/** Rounds twice, as gemmlowp does: a product's high half, then a right shift, ties away from zero. */
function rescale(value: number, multiplier: bigint, shift: number): number {
  const product = BigInt(value) * multiplier;
  const high = (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
  const half = 1n << BigInt(Math.max(0, -shift)) >> 1n;
  const divisor = 1n << BigInt(-shift);
  return Number(high >= 0n ? (high + half) / divisor : -((-high + half) / divisor));
}

const zero = (tensor: TfliteTensor): number => Number(tensor.zeroPoints[0] ?? 0n);

/** First tap of SAME padding: half of what ceil(input / stride) windows need beyond the input. */
const sameStart = (input: number, output: number, kernel: number, stride: number): number =>
  Math.floor(Math.max(0, (output - 1) * stride + kernel - input) / 2);

interface Window {
  readonly stride: number;
  readonly isSame: boolean;
}

const windowOf = ({ options }: TfliteOperator): Window => ({ stride: options!.int32(2, 'stride_h'), isSame: options!.int8(0, 'padding') === 0 });

function convolve(model: TfliteModel, operator: TfliteOperator, input: Uint8Array): Uint8Array {
  const isDepthwise = operator.name === 'DEPTHWISE_CONV_2D';
  const [from, weights, biases] = operator.inputs.map((index) => model.tensors[index]!) as [TfliteTensor, TfliteTensor, TfliteTensor];
  const to = model.tensors[operator.outputs[0]!]!;
  const { stride, isSame } = windowOf(operator);
  const [, height, width, inChannels] = from.shape as [number, number, number, number];
  const [, outHeight, outWidth, outChannels] = to.shape as [number, number, number, number];
  const [, kernelHeight, kernelWidth] = weights.shape as [number, number, number];
  const top = isSame ? sameStart(height, outHeight, kernelHeight, stride) : 0;
  const left = isSame ? sameStart(width, outWidth, kernelWidth, stride) : 0;
  const bias = new Int32Array(biases.data.slice().buffer);
  const [multiplier, shift] = fixedPoint(Math.fround(from.scales[0]! * weights.scales[0]!) / to.scales[0]!);
  const activation = operator.options!.int8(isDepthwise ? 4 : 3, 'activation');
  const most = activation === 3 ? Math.min(255, zero(to) + Math.round(Math.fround(6 / to.scales[0]!))) : 255;
  const [zeroIn, zeroWeight] = [zero(from), zero(weights)];
  const out = new Uint8Array(outHeight * outWidth * outChannels);
  for (let y = 0; y < outHeight; y++) for (let x = 0; x < outWidth; x++) for (let o = 0; o < outChannels; o++) {
    let sum = bias[o]!;
    for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
      const [row, column] = [y * stride + ky - top, x * stride + kx - left];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      const pixel = (row * width + column) * inChannels;
      if (isDepthwise) sum += (input[pixel + o]! - zeroIn) * (weights.data[(ky * kernelWidth + kx) * outChannels + o]! - zeroWeight);
      else for (let c = 0; c < inChannels; c++) sum += (input[pixel + c]! - zeroIn) * (weights.data[((o * kernelHeight + ky) * kernelWidth + kx) * inChannels + c]! - zeroWeight);
    }
    const value = rescale(sum, multiplier, shift) + zero(to);
    // Both activations of such files, none and ReLU6, end at or above 0.
    out[(y * outWidth + x) * outChannels + o] = Math.min(most, Math.max(activation === 0 ? 0 : zero(to), value));
  }
  return out;
}

/** Over the whole image. */
function averagePool(channels: number, input: Uint8Array): Uint8Array {
  const pixels = input.length / channels;
  return Uint8Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < input.length; i += channels) sum += input[i]!;
    return Math.trunc((sum + Math.trunc(pixels / 2)) / pixels);
  });
}

/** The output of every operator before the softmax, in order. */
export function runUint8(model: TfliteModel, image: Uint8Array): Uint8Array[] {
  const outputs: Uint8Array[] = [];
  let data = image;
  for (const operator of model.operators) {
    if (operator.name === 'SOFTMAX') break;
    if (operator.name === 'AVERAGE_POOL_2D') data = averagePool(model.tensors[operator.outputs[0]!]!.shape[3]!, data);
    else if (operator.name !== 'RESHAPE') data = convolve(model, operator, data);
    outputs.push(data);
  }
  return outputs;
}
