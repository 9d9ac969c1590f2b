// SPDX-License-Identifier: Apache-2.0
/** Owns constant tensors: element types, and the values of a TensorProto. */

import { LimitError, LIMITS, limitText } from '../../graph/limits.js';
import { elementCount, formatShape, type Shape } from '../../tensor/tensor.js';
import { MalformedOnnxError, quoted, UnsupportedOnnxTypeError } from './errors.js';
import { ExternalData } from './external-data.js';
import { toNumber, type TensorProto } from './proto.js';

/** Element types by their names; numbers as in TensorProto.DataType. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 10: 'float16', 11: 'float64', 12: 'uint32', 13: 'uint64',
  14: 'complex64', 15: 'complex128', 16: 'bfloat16', 17: 'float8e4m3fn', 18: 'float8e4m3fnuz', 19: 'float8e5m2', 20: 'float8e5m2fnuz', 21: 'uint4', 22: 'int4', 23: 'float4e2m1',
};

export const typeName = (type: number): string => TYPE_NAMES[type] ?? `type ${type}`;

/** Types whose values are read; 64-bit integers as numbers. float16 becomes float32. */
export type ElementType = 'float32' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'int64' | 'bool' | 'float64' | 'uint32' | 'uint64';

export type Values = Float32Array | Float64Array | Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array | Uint32Array;

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
  readonly data: Values;
}

const ARRAYS = {
  float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, int32: Int32Array, uint32: Uint32Array,
  bool: Uint8Array, int64: Float64Array, uint64: Float64Array,
} as const;

const BYTES: Readonly<Record<ElementType | 'float16', number>> = {
  float32: 4, float64: 8, uint8: 1, int8: 1, uint16: 2, int16: 2, int32: 4, uint32: 4, bool: 1, int64: 8, uint64: 8, float16: 2,
};

const isRead = (name: string): name is ElementType | 'float16' => name in BYTES;

/** Values of a type, wrapped to its range as a cast does. */
export function valuesOf(type: ElementType, source: ArrayLike<number>): Values {
  return type === 'bool' ? Uint8Array.from(source, (value) => (value === 0 ? 0 : 1)) : ARRAYS[type].from(source);
}

export const tensorOf = (name: string, type: ElementType, shape: Shape, source: ArrayLike<number>): OnnxTensor => ({ name, type, shape, data: valuesOf(type, source) });

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction === 0 ? Infinity : NaN) : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

function fromBytes(type: ElementType | 'float16', count: number, bytes: Uint8Array): Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = BYTES[type];
  const read: Readonly<Record<ElementType | 'float16', (at: number) => number>> = {
    float32: (at) => view.getFloat32(at, true), float64: (at) => view.getFloat64(at, true), float16: (at) => halfToNumber(view.getUint16(at, true)),
    uint8: (at) => view.getUint8(at), bool: (at) => (view.getUint8(at) === 0 ? 0 : 1), int8: (at) => view.getInt8(at),
    uint16: (at) => view.getUint16(at, true), int16: (at) => view.getInt16(at, true), int32: (at) => view.getInt32(at, true), uint32: (at) => view.getUint32(at, true),
    int64: (at) => Number(view.getBigInt64(at, true)), uint64: (at) => Number(view.getBigUint64(at, true)),
  };
  const values = new ARRAYS[type === 'float16' ? 'float32' : type](count);
  for (let i = 0; i < count; i++) values[i] = read[type](i * size);
  return values;
}

/** The field that holds the values of a type when there are no raw bytes. */
function fromFields(proto: TensorProto, type: ElementType | 'float16'): ArrayLike<number> {
  switch (type) {
    case 'float32':
      return proto.float_data ?? [];
    case 'float64':
      return proto.double_data ?? [];
    case 'int64':
      return (proto.int64_data ?? []).map(toNumber);
    case 'uint32':
    case 'uint64':
      return (proto.uint64_data ?? []).map(toNumber);
    case 'float16':
      return (proto.int32_data ?? []).map(halfToNumber);
    default:
      return proto.int32_data ?? [];
  }
}

/** Throws MalformedOnnxError, UnsupportedOnnxTypeError, OnnxExternalDataError or LimitError. */
export function readTensor(proto: TensorProto, where: string, external = new ExternalData()): OnnxTensor {
  const name = proto.name ?? '';
  const place = `${where}${name === '' ? '' : ` ${quoted(name)}`}`;
  const type = typeName(proto.data_type ?? 0);
  if (!isRead(type)) throw new UnsupportedOnnxTypeError(place, `values of ${type}`, 'float32, float16, float64 or integers of 8 to 64 bits');
  const shape = (proto.dims ?? []).map(toNumber);
  const count = elementCount(shape);
  if (shape.length > LIMITS.rank) throw new LimitError(`ONNX ${place}`, `${shape.length} dimensions`, `at most ${LIMITS.rank}`);
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) throw new MalformedOnnxError(place, `shape ${formatShape(shape)}`, 'sizes from 0 to 2^53');
  if (count > LIMITS.weightValues) throw new LimitError(`ONNX ${place}`, `shape ${formatShape(shape)}`, `at most ${limitText(LIMITS.weightValues)} values`);
  const bytes = proto.data_location === 1 ? external.read(proto, count * BYTES[type]) : proto.raw_data;
  const hasBytes = bytes !== undefined && (proto.data_location === 1 || bytes.length > 0);
  if (hasBytes && bytes.length !== count * BYTES[type]) throw new MalformedOnnxError(place, `${bytes.length} bytes of data`, `${count * BYTES[type]} for ${formatShape(shape)} of ${type}`);
  const fields = hasBytes ? [] : fromFields(proto, type);
  if (!hasBytes && fields.length !== count) throw new MalformedOnnxError(place, `${fields.length} values`, `${count} for ${formatShape(shape)}`);
  const element = type === 'float16' ? 'float32' : type;
  return { name, type: element, shape, data: hasBytes ? fromBytes(type, count, bytes) : valuesOf(element, fields) };
}
