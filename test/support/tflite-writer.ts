// SPDX-License-Identifier: Apache-2.0
/** Writes a network as a TFLite file, so that the importer is tested without any outside model. */

import { Builder } from 'flatbuffers';
import type { Network, Op, OpKind } from '../../generator/graph/network.js';
import type { Shape } from '../../generator/tensor/tensor.js';

const CODES: Readonly<Record<OpKind, number>> = {
  'add': 0, 'average-pool': 1, 'conv2d': 3, 'depthwise-conv2d': 4, 'fully-connected': 9, 'max-pool': 17, 'reshape': 22, 'softmax': 25,
  'mul': 18, 'mean': 40, 'requantize': 114, 'relu': 19, 'leaky-relu': 98, 'logistic': 14, 'hard-swish': 117, 'concatenation': 2, 'pad': 60,
  'transpose': 39, 'slice': 45, 'resize-nearest': 97,
};

const OPTIONS: Readonly<Record<OpKind, number>> = {
  'add': 11, 'average-pool': 5, 'conv2d': 1, 'depthwise-conv2d': 2, 'fully-connected': 8, 'max-pool': 5, 'reshape': 17, 'softmax': 9,
  'mul': 21, 'mean': 27, 'requantize': 0, 'relu': 0, 'leaky-relu': 75, 'logistic': 0, 'hard-swish': 0, 'concatenation': 10, 'pad': 43,
  'transpose': 26, 'slice': 32, 'resize-nearest': 74,
};

export interface RawTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly dimension: number;
}

/** Edits of the file that are not possible in a Network. */
export interface WriterOverrides {
  readonly code?: (op: Op) => number;
  readonly activation?: (op: Op) => number;
  readonly tensor?: (tensor: RawTensor) => RawTensor;
  /** The operator's input indices: activations, then constants. */
  readonly inputs?: (op: Op, indices: readonly number[]) => readonly number[];
}

/** A constant of 32-bit integers. */
function integers(op: Op, what: string, values: readonly number[], shape: Shape = [values.length]): RawTensor {
  return { name: `${op.name}/${what}`, shape, type: 2, bytes: new Uint8Array(Int32Array.from(values).buffer), scales: [], zeroPoints: [], dimension: 0 };
}

/** Constants that say where values go. */
function amounts(network: Network, op: Op): RawTensor[] {
  const shape = network.tensors[op.outputs[0]]?.shape ?? [];
  switch (op.kind) {
    case 'mean':
      return [integers(op, 'axes', [1, 2])];
    case 'transpose':
      return [integers(op, 'permutation', op.permutation)];
    case 'resize-nearest':
      return [integers(op, 'size', shape.slice(1, 3))];
    case 'pad': {
      const value = { name: `${op.name}/value`, shape: [], type: 9, bytes: Uint8Array.of(op.value), scales: [1], zeroPoints: [0], dimension: 0 };
      return [integers(op, 'paddings', op.before.flatMap((before, d) => [before, op.after[d] ?? 0]), [op.before.length, 2]), value];
    }
    case 'slice': {
      const end = op.begin.map((begin, d) => begin + ((shape[d] ?? 1) - 1) * (op.strides[d] ?? 1) + 1);
      return [integers(op, 'begin', op.begin), integers(op, 'end', end), integers(op, 'strides', op.strides)];
    }
    default:
      return [];
  }
}

function constants(network: Network, op: Op): RawTensor[] {
  if (!('weights' in op)) return amounts(network, op);
  const { weights, bias } = op;
  const [o, h, w, i] = weights.shape;
  const depthwise = op.kind === 'depthwise-conv2d';
  const taps = h * w;
  const data = depthwise ? Int8Array.from(weights.data, (_, at) => weights.data[(at % o) * taps + Math.floor(at / o)] as number) : weights.data;
  const shape = depthwise ? [1, h, w, o] : op.kind === 'fully-connected' ? [o, i] : [o, h, w, i];
  const biasBytes = new DataView(new ArrayBuffer(4 * bias.length));
  bias.forEach((value, at) => biasBytes.setInt32(4 * at, value, true));
  return [
    { name: weights.name, shape, type: 9, bytes: new Uint8Array(data), scales: weights.scales, zeroPoints: weights.scales.map(() => weights.zeroPoint), dimension: depthwise ? 3 : 0 },
    { name: `${op.name}/bias`, shape: [o], type: 2, bytes: new Uint8Array(biasBytes.buffer), scales: [], zeroPoints: [], dimension: 0 },
  ];
}

const paddingCode = (op: Op): number => ('padding' in op && Object.values(op.padding).some((n) => n > 0) ? 0 : 1);

function writeOptions(b: Builder, op: Op, activation: number): number {
  const fields: [index: number, value: number][] = [];
  const int8: [index: number, value: number][] = [];
  switch (op.kind) {
    case 'conv2d':
      int8.push([0, paddingCode(op)], [3, activation]);
      fields.push([1, op.strideWidth], [2, op.strideHeight], [4, op.dilationWidth], [5, op.dilationHeight]);
      break;
    case 'depthwise-conv2d':
      int8.push([0, paddingCode(op)], [4, activation]);
      fields.push([1, op.strideWidth], [2, op.strideHeight], [3, op.depthMultiplier], [5, op.dilationWidth], [6, op.dilationHeight]);
      break;
    case 'average-pool':
    case 'max-pool':
      int8.push([0, paddingCode(op)], [5, activation]);
      fields.push([1, op.strideWidth], [2, op.strideHeight], [3, op.filterWidth], [4, op.filterHeight]);
      break;
    case 'fully-connected':
    case 'add':
    case 'mul':
      int8.push([0, activation]);
      break;
    case 'concatenation':
      fields.push([0, op.axis]);
      break;
    case 'resize-nearest':
      int8.push([0, Number(op.alignCorners)], [1, Number(op.halfPixelCenters)]);
      break;
    default:
  }
  b.startObject(8);
  for (const [index, value] of fields) b.addFieldInt32(index, value, -1);
  for (const [index, value] of int8) b.addFieldInt8(index, value, -1);
  if (op.kind === 'leaky-relu') b.addFieldFloat32(0, op.alpha, -1);
  if (op.kind === 'softmax') b.addFieldFloat32(0, op.beta, -1);
  return b.endObject();
}

function offsets(b: Builder, values: readonly number[]): number {
  b.startVector(4, values.length, 4);
  for (const value of values.toReversed()) b.addOffset(value);
  return b.endVector();
}

function int32s(b: Builder, values: readonly number[]): number {
  b.startVector(4, values.length, 4);
  for (const value of values.toReversed()) b.addInt32(value);
  return b.endVector();
}

function writeTensor(b: Builder, tensor: RawTensor, buffer: number): number {
  b.startVector(4, tensor.scales.length, 4);
  for (const scale of tensor.scales.toReversed()) b.addFloat32(scale);
  const scales = b.endVector();
  b.startVector(8, tensor.zeroPoints.length, 8);
  for (const zeroPoint of tensor.zeroPoints.toReversed()) b.addInt64(BigInt(zeroPoint));
  const zeroPoints = b.endVector();
  b.startObject(7);
  b.addFieldOffset(2, scales, 0);
  b.addFieldOffset(3, zeroPoints, 0);
  b.addFieldInt32(6, tensor.dimension, 0);
  const quantization = b.endObject();
  const shape = int32s(b, tensor.shape);
  const name = b.createString(tensor.name);
  b.startObject(8);
  b.addFieldOffset(0, shape, 0);
  b.addFieldInt8(1, tensor.type, 0);
  b.addFieldInt32(2, buffer, 0);
  b.addFieldOffset(3, name, 0);
  b.addFieldOffset(4, quantization, 0);
  return b.endObject();
}

/** An edit that makes a legacy uint8 file with the same real values: every int8 becomes q + 128. */
export const asUint8 = (tensor: RawTensor): RawTensor =>
  tensor.type !== 9 ? tensor : { ...tensor, type: 3, bytes: tensor.bytes.map((byte) => byte ^ 0x80), zeroPoints: tensor.zeroPoints.map((zeroPoint) => zeroPoint + 128) };

/** The network as TFLite bytes: activations first, then weights and biases. */
export function writeTflite(network: Network, overrides: WriterOverrides = {}): Uint8Array {
  const b = new Builder(1024);
  const edit = overrides.tensor ?? ((tensor: RawTensor): RawTensor => tensor);
  const raw: RawTensor[] = network.tensors.map(({ name, shape, quantization }) =>
    ({ name, shape, type: 9, bytes: new Uint8Array(0), scales: [quantization.scale], zeroPoints: [quantization.zeroPoint], dimension: 0 }));
  const inputs = network.ops.map((op) => {
    const first = raw.length;
    const added = constants(network, op);
    raw.push(...added);
    const indices = [...op.inputs, ...added.map((_, i) => first + i)];
    return overrides.inputs?.(op, indices) ?? indices;
  });
  const edited = raw.map(edit);
  const buffers = [new Uint8Array(0), ...edited.map((tensor) => tensor.bytes)].map((bytes) => {
    b.startVector(1, bytes.length, 1);
    for (const byte of bytes.toReversed()) b.addInt8((byte << 24) >> 24);
    const data = b.endVector();
    b.startObject(1);
    if (bytes.length > 0) b.addFieldOffset(0, data, 0);
    return b.endObject();
  });
  const tensors = edited.map((tensor, i) => writeTensor(b, tensor, i + 1));
  const codeOf = overrides.code ?? ((op: Op): number => CODES[op.kind]);
  const codes = [...new Set(network.ops.map(codeOf))];
  const codeTables = codes.map((code) => {
    b.startObject(4);
    b.addFieldInt8(0, Math.min(code, 127), 0);
    b.addFieldInt32(3, code, 0);
    return b.endObject();
  });
  const operators = network.ops.map((op, i) => {
    const activation = overrides.activation?.(op) ?? 0;
    const options = writeOptions(b, op, activation);
    const ins = int32s(b, inputs[i] as number[]);
    const outs = int32s(b, op.outputs);
    b.startObject(5);
    b.addFieldInt32(0, codes.indexOf(codeOf(op)), 0);
    b.addFieldOffset(1, ins, 0);
    b.addFieldOffset(2, outs, 0);
    b.addFieldInt8(3, OPTIONS[op.kind], 0);
    b.addFieldOffset(4, options, 0);
    return b.endObject();
  });
  const [tensorVector, operatorVector] = [offsets(b, tensors), offsets(b, operators)];
  const [ins, outs] = [int32s(b, network.inputs), int32s(b, network.outputs)];
  b.startObject(5);
  b.addFieldOffset(0, tensorVector, 0);
  b.addFieldOffset(1, ins, 0);
  b.addFieldOffset(2, outs, 0);
  b.addFieldOffset(3, operatorVector, 0);
  const subgraph = b.endObject();
  const [codeVector, subgraphVector, bufferVector] = [offsets(b, codeTables), offsets(b, [subgraph]), offsets(b, buffers)];
  b.startObject(8);
  b.addFieldInt32(0, 3, 0);
  b.addFieldOffset(1, codeVector, 0);
  b.addFieldOffset(2, subgraphVector, 0);
  b.addFieldOffset(4, bufferVector, 0);
  b.finish(b.endObject(), 'TFL3');
  return b.asUint8Array().slice();
}
