// SPDX-License-Identifier: Apache-2.0
/** Owns sums of products in float64: matrices of rows that lie one after the other, multiplied row by row. */

/**
 * out[i * stride + j] += a_i . b_j for rows of `length` values; with `lower`, only blocks with j <= i + 1 (for a = b). Two rows and four
 * columns at once: each value that is read is used more than once.
 */
export function addProducts(
  a: Float64Array, aRows: number, b: Float64Array, bRows: number, length: number, out: Float64Array, stride: number, lower = false,
): void {
  for (let i = 0; i < aRows; i += 2) {
    const i1 = Math.min(i + 1, aRows - 1);
    const [a0, a1] = [i * length, i1 * length];
    const end = lower ? Math.min(bRows, i + 2) : bRows;
    for (let j = 0; j < end; j += 4) {
      const [j1, j2, j3] = [Math.min(j + 1, bRows - 1), Math.min(j + 2, bRows - 1), Math.min(j + 3, bRows - 1)];
      const [b0, b1, b2, b3] = [j * length, j1 * length, j2 * length, j3 * length];
      let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let k = 0; k < length; k++) {
        const x = a[a0 + k] as number;
        const y = a[a1 + k] as number;
        const p = b[b0 + k] as number;
        const q = b[b1 + k] as number;
        const r = b[b2 + k] as number;
        const s = b[b3 + k] as number;
        s00 += x * p;
        s01 += x * q;
        s02 += x * r;
        s03 += x * s;
        s10 += y * p;
        s11 += y * q;
        s12 += y * r;
        s13 += y * s;
      }
      const add = (row: number, column: number, sum: number): void => { out[row * stride + column] = (out[row * stride + column] as number) + sum; };
      add(i, j, s00);
      if (j1 > j) add(i, j1, s01);
      if (j2 > j1) add(i, j2, s02);
      if (j3 > j2) add(i, j3, s03);
      if (i1 === i) continue;
      add(i1, j, s10);
      if (j1 > j) add(i1, j1, s11);
      if (j2 > j1) add(i1, j2, s12);
      if (j3 > j2) add(i1, j3, s13);
    }
  }
}
