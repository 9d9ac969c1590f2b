// SPDX-License-Identifier: Apache-2.0
/** Reads the int32 arrays of a NumPy .npz archive: a zip of .npy files, stored or deflated. */
import { inflateRawSync } from 'node:zlib';

const LOCAL_FILE = 0x04034b50;

/** Values by name. */
export function npzArrays(bytes: Uint8Array): Map<string, Int32Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const arrays = new Map<string, Int32Array>();
  for (let at = 0; at + 30 <= bytes.length && view.getUint32(at, true) === LOCAL_FILE;) {
    const [method, size, nameLength, extraLength] = [view.getUint16(at + 8, true), view.getUint32(at + 18, true), view.getUint16(at + 26, true), view.getUint16(at + 28, true)];
    const name = new TextDecoder().decode(bytes.subarray(at + 30, at + 30 + nameLength)).replace(/\.npy$/, '');
    const start = at + 30 + nameLength + extraLength;
    const body = bytes.subarray(start, start + size);
    const npy = method === 0 ? body : new Uint8Array(inflateRawSync(body));
    const header = 10 + ((npy[8] as number) | ((npy[9] as number) << 8));
    if (!new TextDecoder().decode(npy.subarray(10, header)).includes("'<i4'")) throw new Error(`${name} is no int32 array`);
    arrays.set(name, new Int32Array(npy.slice(header).buffer));
    at = start + size;
  }
  return arrays;
}
