// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of TFLite tensors: activations, int8 weights, int32 biases. */

import type { ActivationTensor, Weights } from '../../graph/network.js';
import { LIMITS } from '../../graph/limits.js';
import { elementCount, formatShape } from '../../tensor/tensor.js';
import { MalformedTfliteError, UnsupportedTypeError } from './errors.js';
import type { WeightOrder } from './number-system.js';
import { TENSOR_TYPE, typeName, type TfliteTensor } from './schema.js';

export const describe = (tensor: TfliteTensor): string => `tensor ${tensor.index} (${tensor.name})`;

export function requireType(tensor: TfliteTensor, type: number, role: string): void {
  if (tensor.type !== type) throw new UnsupportedTypeError(describe(tensor), `${typeName(tensor.type)} ${role}`, typeName(type));
}

export function requireData(tensor: TfliteTensor, elementBytes: number): void {
  const expected = elementCount(tensor.shape) * elementBytes;
  if (tensor.data.length !== expected) {
    throw new MalformedTfliteError(describe(tensor), `${tensor.data.length} bytes of data`, `${expected} for shape ${formatShape(tensor.shape)}`);
  }
}

export const isUint8 = (tensor: TfliteTensor): boolean => tensor.type === TENSOR_TYPE.uint8;

/** What is subtracted from the values of a legacy uint8 tensor: q and zero point alike, so every real value stays. */
const UINT8_OFFSET = 128;

const zeroPointOf = (tensor: TfliteTensor, value: bigint): number => Number(value) - (isUint8(tensor) ? UINT8_OFFSET : 0);

/** An int8 activation with one scale and one zero point; legacy uint8 becomes int8. */
export function toActivation(tensor: TfliteTensor, id: number): ActivationTensor {
  if (!isUint8(tensor)) requireType(tensor, TENSOR_TYPE.int8, 'activation');
  const [scale, ...moreScales] = tensor.scales;
  const [zeroPoint, ...moreZeroPoints] = tensor.zeroPoints;
  if (scale === undefined || zeroPoint === undefined || moreScales.length + moreZeroPoints.length > 0) {
    throw new UnsupportedTypeError(
      describe(tensor),
      `an activation with ${tensor.scales.length} scales and ${tensor.zeroPoints.length} zero points`,
      'one scale and one zero point',
    );
  }
  return { id, name: tensor.name, shape: tensor.shape, quantization: { scale, zeroPoint: zeroPointOf(tensor, zeroPoint) } };
}

const CHANNEL_DIMENSION: Readonly<Record<WeightOrder, number>> = { 'OHWI': 0, '1HWO': 3, 'OI': 0 };

/** OHWI shape of weights in this order, and the way of their values there. Throws MalformedTfliteError for another rank. */
export function ohwiOf(tensor: TfliteTensor, order: WeightOrder): { readonly shape: Weights['shape']; reorder<T extends Int8Array | Float32Array>(source: T): T } {
  if (tensor.shape.length !== order.length || tensor.shape.some((dim) => dim < 1) || (order === '1HWO' && tensor.shape[0] !== 1)) {
    throw new MalformedTfliteError(describe(tensor), `weight shape ${formatShape(tensor.shape)}`, `dimensions ${order}`);
  }
  const [a, b, c, d] = tensor.shape as [number, number, number, number];
  const shape: Weights['shape'] = order === 'OHWI' ? [a, b, c, d] : order === '1HWO' ? [d, b, c, 1] : [a, 1, 1, b];
  return { shape, reorder: (source) => (order === '1HWO' ? hwoToOhw(source, b * c, d) : source) };
}

/** int8 or legacy uint8 weights, brought to int8 OHWI; one zero point for all of them, 0 where scales are per channel. */
export function toWeights(tensor: TfliteTensor, order: WeightOrder): Weights {
  if (!isUint8(tensor)) requireType(tensor, TENSOR_TYPE.int8, 'weights');
  const { shape, reorder } = ohwiOf(tensor, order);
  requireData(tensor, 1);
  const zeroPoints = (tensor.zeroPoints.length === 0 ? [0n] : tensor.zeroPoints).map((value) => zeroPointOf(tensor, value));
  const nonZero = zeroPoints.find((value) => value !== 0);
  if (nonZero !== undefined && tensor.scales.length > 1) {
    throw new UnsupportedTypeError(describe(tensor), `weights per channel with zero point ${nonZero}`, 'zero point 0 where weights have one scale per channel');
  }
  if (tensor.scales.length !== 1) {
    const dimension = CHANNEL_DIMENSION[order];
    if (tensor.scales.length !== shape[0] || tensor.quantizedDimension !== dimension) {
      throw new UnsupportedTypeError(
        describe(tensor),
        `${tensor.scales.length} weight scales along dimension ${tensor.quantizedDimension}`,
        `1, or ${shape[0]} along dimension ${dimension}`,
      );
    }
  }
  // `from` would list all values first.
  const source = new Int8Array(tensor.data);
  if (isUint8(tensor)) for (let i = 0; i < source.length; i++) source[i] = (source[i] as number) - UINT8_OFFSET;
  return { name: tensor.name, layout: 'OHWI', shape, data: reorder(source), scales: tensor.scales, zeroPoint: nonZero ?? 0 };
}

function hwoToOhw<T extends Int8Array | Float32Array>(source: T, taps: number, outChannels: number): T {
  const data = source.slice() as T;
  for (let tap = 0; tap < taps; tap++) {
    for (let channel = 0; channel < outChannels; channel++) data[channel * taps + tap] = source[tap * outChannels + channel] as number;
  }
  return data;
}

/** A number for each side of each dimension. */
const MAX_INTEGERS = 2 * LIMITS.rank;

/** The numbers of a constant int32 or int64 tensor: axes, permutations, amounts. */
export function toIntegers(tensor: TfliteTensor): number[] {
  const elementBytes = tensor.type === TENSOR_TYPE.int64 ? 8 : 4;
  if (elementBytes === 4) requireType(tensor, TENSOR_TYPE.int32, 'constant');
  requireData(tensor, elementBytes);
  const count = elementCount(tensor.shape);
  if (count > MAX_INTEGERS) throw new MalformedTfliteError(describe(tensor), `${count} numbers`, `at most ${MAX_INTEGERS}`);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Array.from({ length: count }, (_, i) => {
    if (elementBytes === 4) return view.getInt32(4 * i, true);
    const value = view.getBigInt64(8 * i, true);
    if (BigInt.asIntN(32, value) !== value) throw new MalformedTfliteError(describe(tensor), `value ${value}`, 'a number of 32 bits');
    return Number(value);
  });
}

/** Dimensions of a tensor of this rank; negative ones count from the end. */
export const axesOf = (tensor: TfliteTensor, rank: number): number[] => toIntegers(tensor).map((axis) => (axis < 0 ? axis + rank : axis));

/** The one value of a constant int8 or legacy uint8 tensor. */
export function int8Scalar(tensor: TfliteTensor): number {
  if (!isUint8(tensor)) requireType(tensor, TENSOR_TYPE.int8, 'constant');
  requireData(tensor, 1);
  if (tensor.data.length !== 1) throw new MalformedTfliteError(describe(tensor), `${tensor.data.length} values`, '1');
  return isUint8(tensor) ? (tensor.data[0] as number) - UINT8_OFFSET : ((tensor.data[0] as number) << 24) >> 24;
}

export function checkBiasCount(tensor: TfliteTensor, outChannels: number): void {
  if (elementCount(tensor.shape) === outChannels) return;
  throw new MalformedTfliteError(describe(tensor), `${elementCount(tensor.shape)} biases`, `${outChannels}, one per output channel`);
}

/** An int32 bias; a missing one is zeros. */
export function toBias(tensor: TfliteTensor | undefined, outChannels: number): Int32Array {
  if (tensor === undefined) return new Int32Array(outChannels);
  requireType(tensor, TENSOR_TYPE.int32, 'bias');
  requireData(tensor, 4);
  checkBiasCount(tensor, outChannels);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Int32Array.from({ length: outChannels }, (_, i) => view.getInt32(4 * i, true));
}
