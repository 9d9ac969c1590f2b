// SPDX-License-Identifier: Apache-2.0
/** Owns ONNX files as plain objects and back, so that single fields can be changed; 64-bit integers are bigints. */
import { decodeModel, encodeModel, type ModelProto } from '../../generator/import/onnx/proto.js';
import type { Tree } from './tree-mutations.js';

interface Long {
  readonly low: number;
  readonly high: number;
}
const isLong = (value: object): value is Long => 'low' in value && 'high' in value;

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (isLong(value)) return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function proto(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(proto);
  if (typeof value === 'bigint') return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false };
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, proto(inner)]));
}

export const readTree = (bytes: Uint8Array): Tree => plain(decodeModel(bytes)) as Tree;

/** Throws where the objects are no model any more. */
export const writeTree = (tree: Tree): Uint8Array => new Uint8Array(encodeModel(proto(tree) as ModelProto));
