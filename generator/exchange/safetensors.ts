// SPDX-License-Identifier: Apache-2.0
/** Owns the safetensors format, as it is written: eight bytes of length, a JSON header, the tensors without gaps. */

import { DefectError } from '../core/errors.js';
import { elementCount, type Shape } from '../tensor/tensor.js';

/** A tensor of one byte an element. BOOL holds 0 and 1. */
export interface ByteTensor {
  readonly type: 'BOOL' | 'U8';
  readonly shape: Shape;
  /** Row-major. */
  readonly data: Uint8Array;
}

/** The data begins at a multiple of this, so that a reader may map it as it lies. */
const ALIGNMENT = 8;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The bytes of a file with these tensors, in the order of their names: the same tensors, the same bytes.
 * `metadata` becomes `__metadata__`. Throws DefectError when data and shape differ, or for the one name that the format keeps.
 */
export function writeSafetensors(tensors: ReadonlyMap<string, ByteTensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  const sorted = [...tensors].sort(([a], [b]) => compare(a, b));
  let end = 0;
  for (const [name, { type, shape, data }] of sorted) {
    if (name === '__metadata__') throw new DefectError('writeSafetensors', 'a tensor named __metadata__');
    if (data.length !== elementCount(shape)) throw new DefectError('writeSafetensors', `${data.length} bytes of ${name} for shape ${shape.join('x')}`);
    header[name] = { dtype: type, shape, data_offsets: [end, end + data.length] };
    end += data.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + text.length) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + end).fill(0x20, 0, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  let at = start;
  for (const [, { data }] of sorted) {
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}
