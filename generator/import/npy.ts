// SPDX-License-Identifier: Apache-2.0
/** Owns NumPy's .npy format, versions 1 and 2: header and little-endian int8, uint8 or float32 data. */

import { GenAccelError } from '../core/errors.js';
import type { Shape } from '../tensor/tensor.js';

export interface NpyArray {
  readonly shape: Shape;
  readonly type: 'int8' | 'uint8' | 'float32';
  readonly data: Int8Array | Uint8Array | Float32Array;
}

/** The bytes are not a .npy file, or one of a form that is not read. */
export class NpyFormatError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_NPY_FORMAT', 'input', {
      where,
      found,
      expected,
      remedy: "Save it with numpy.save as int8, uint8 or float32 in C order: np.save(path, np.ascontiguousarray(x, 'int8')).",
    });
  }
}

const MAGIC = '\x93NUMPY';

/** NumPy's descr -> type; one-byte types have no byte order. */
const TYPES: Readonly<Record<string, NpyArray['type']>> = { '|i1': 'int8', '|u1': 'uint8', '<f4': 'float32' };

/** Header text and where the data starts. */
function readHeader(bytes: Uint8Array, where: string): { readonly header: string; readonly dataStart: number } {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 6) !== MAGIC) throw new NpyFormatError(where, 'no NumPy magic at the start', JSON.stringify(MAGIC));
  const version = bytes[6];
  if (version !== 1 && version !== 2) throw new NpyFormatError(where, `format version ${version ?? 'missing'}`, '1 or 2');
  const prefix = version === 1 ? 10 : 12;
  if (bytes.length < prefix) throw new NpyFormatError(where, `${bytes.length} bytes`, `at least ${prefix}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (prefix + length > bytes.length) throw new NpyFormatError(where, `a header of ${length} bytes in a file of ${bytes.length}`, 'a whole file');
  return { header: new TextDecoder('latin1').decode(bytes.subarray(prefix, prefix + length)), dataStart: prefix + length };
}

/** Reads a whole .npy file. Throws NpyFormatError. */
export function parseNpy(bytes: Uint8Array, where = '.npy'): NpyArray {
  const { header, dataStart } = readHeader(bytes, where);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const dims = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || dims === undefined) {
    throw new NpyFormatError(where, `header ${JSON.stringify(header.trim().slice(0, 80))}`, "a dictionary with 'descr', 'fortran_order' and 'shape'");
  }
  const type = TYPES[descr];
  if (type === undefined) throw new NpyFormatError(where, `type ${descr}`, Object.keys(TYPES).join(', '));
  if (order === 'True') throw new NpyFormatError(where, 'Fortran order', 'C order');
  const shape = dims.split(',').map((dim) => dim.trim()).filter((dim) => dim !== '').map(Number);
  const count = shape.reduce((product, dim) => product * dim, 1);
  const elementBytes = type === 'float32' ? 4 : 1;
  if (bytes.length - dataStart !== count * elementBytes) {
    throw new NpyFormatError(where, `${bytes.length - dataStart} bytes of data`, `${count * elementBytes} for shape (${shape.join(', ')}) of ${type}`);
  }
  // A copy with a buffer of its own: a Buffer of Node's may be a part of another one, and its `slice` does not copy.
  const data = Uint8Array.from(bytes.subarray(dataStart)).buffer;
  return { shape, type, data: type === 'int8' ? new Int8Array(data) : type === 'uint8' ? new Uint8Array(data) : readFloats(data, count) };
}

function readFloats(buffer: ArrayBuffer, count: number): Float32Array {
  const view = new DataView(buffer);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}
