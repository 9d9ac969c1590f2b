// SPDX-License-Identifier: Apache-2.0
/** Writes small .npy files of float32 for tests. */

/** The bytes of an array of this shape; `value` of each element in row-major order. */
export function npyOf(shape: readonly number[], value: (i: number) => number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const head = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`;
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i));
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, head.length & 255, head.length >> 8]), Buffer.from(head), Buffer.from(values.buffer)]);
}
