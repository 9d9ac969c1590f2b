// SPDX-License-Identifier: Apache-2.0
/** Owns what a pixel of 0..255 means to a network, and how real values become its int8 input. */

import type { Quantization } from '../graph/network.js';
import { quantizeReal } from '../quantize/activation-range.js';

/**
 * `value`: the real number x. `unit`: x / 255. `signed`: x / 127.5 - 1.
 * For int8 networks alone: `shift`: the int8 value x - 128, whatever its scale says; `bytes`: the byte as int8, 128..255 negative.
 */
export const REAL_PIXELS = ['value', 'unit', 'signed'] as const;
export const INT8_PIXELS = ['shift', 'bytes'] as const;
export type RealPixels = (typeof REAL_PIXELS)[number];
export type PixelMeaning = RealPixels | (typeof INT8_PIXELS)[number];

/** The pixels fill the int8 range: what quantized image networks expect, for their inputs span the scaled range 0..255. */
export const DEFAULT_INT8_PIXELS = 'shift';
export const DEFAULT_REAL_PIXELS = 'value';

const REAL: Readonly<Record<RealPixels, (x: number) => number>> = {
  value: (x) => x,
  unit: (x) => x / 255,
  signed: (x) => x / 127.5 - 1,
};

export const isRealPixels = (meaning: PixelMeaning): meaning is RealPixels => meaning in REAL;

/** A network reads (value - mean) / deviation; both hold one number, or one for each channel. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export const NO_NORMALIZATION: Normalization = { mean: [0], deviation: [1] };

/** Channels innermost; computed in float64 and rounded once. */
export function pixelsToReal(pixels: Uint8Array, meaning: RealPixels, { mean, deviation }: Normalization = NO_NORMALIZATION): Float32Array {
  const real = REAL[meaning];
  return Float32Array.from(pixels, (x, i) => (real(x) - (mean[i % mean.length] as number)) / (deviation[i % deviation.length] as number));
}

/** Red, green, blue as blue, green, red. */
export const reversedChannels = (pixels: Uint8Array, channels: number): Uint8Array => pixels.map((_, i) => pixels[i - 2 * (i % channels) + channels - 1] as number);

/** Nearest int8, halves away from zero, saturated. */
export const realToInt8 = (values: ArrayLike<number>, input: Quantization): Int8Array =>
  Int8Array.from({ length: values.length }, (_, i) => Math.min(127, Math.max(-128, quantizeReal(values[i] as number, input))));

/** What pixels mean in int8 alone is not normalized. */
export function pixelsToInt8(pixels: Uint8Array, meaning: PixelMeaning, input: Quantization, normalization?: Normalization): Int8Array {
  if (isRealPixels(meaning)) return realToInt8(pixelsToReal(pixels, meaning, normalization), input);
  return meaning === 'bytes' ? new Int8Array(pixels) : Int8Array.from(pixels, (x) => x - 128);
}
