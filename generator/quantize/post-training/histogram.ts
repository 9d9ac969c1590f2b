// SPDX-License-Identifier: Apache-2.0
/** Owns the distribution of one tensor's float32 values: how many there are of each sign, exponent and leading digits. */

/** Sign, 8 bits of exponent and 7 of fraction: the values of a bin differ by 1/128 at most, whatever their size. */
const DROPPED_BITS = 16;
const BINS = 2 ** (32 - DROPPED_BITS);

export interface Histogram {
  readonly min: number;
  readonly max: number;
  /** Values that are exactly 0. */
  readonly zeros: number;
  readonly count: number;
  /** Sum of squares. */
  readonly power: number;
  /** By the leading bits of the float32. */
  readonly bins: Uint32Array;
}

export const emptyHistogram = (): Histogram => ({ min: Infinity, max: -Infinity, zeros: 0, count: 0, power: 0, bins: new Uint32Array(BINS) });

/** The histogram with more values; its bins are counted on in place. Undefined when a value is not finite. */
export function withValues(histogram: Histogram, values: Float32Array): Histogram | undefined {
  const { bins } = histogram;
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let { min, max, zeros, power } = histogram;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === 0) zeros++;
    power += value * value;
    const bin = (bits[i] as number) >>> DROPPED_BITS;
    bins[bin] = (bins[bin] as number) + 1;
  }
  if (!Number.isFinite(power)) return undefined;
  return { bins, min, max, zeros, power, count: histogram.count + values.length };
}

/** The bins that hold values: the value in the middle of each and its count. */
export function filledBins({ bins }: Histogram): { readonly value: number; readonly count: number }[] {
  const view = new DataView(new ArrayBuffer(4));
  const middle = (bin: number): number => {
    view.setUint32(0, (bin << DROPPED_BITS) | (1 << (DROPPED_BITS - 1)));
    return view.getFloat32(0);
  };
  return [...bins].flatMap((count, bin) => (count === 0 ? [] : [{ value: middle(bin), count }]));
}
