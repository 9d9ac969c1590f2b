// SPDX-License-Identifier: Apache-2.0
/** Owns pooling and the spatial mean of the float reference. */

import type { WindowGeometry } from './convolution.js';

/** Walks the image positions under every window; padded positions are left out. */
function overWindows(g: WindowGeometry, channel: (from: number, to: number) => void, window: (to: number, positions: number) => void): void {
  const { input, output } = g;
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      const to = (y * output.width + x) * output.channels;
      let positions = 0;
      const [top, left] = [y * g.strideHeight - g.padding.top, x * g.strideWidth - g.padding.left];
      for (let row = Math.max(0, top); row < Math.min(input.height, top + g.kernelHeight); row++) {
        for (let column = Math.max(0, left); column < Math.min(input.width, left + g.kernelWidth); column++) {
          positions++;
          const from = (row * input.width + column) * input.channels;
          for (let c = 0; c < output.channels; c++) channel(from + c, to + c);
        }
      }
      window(to, positions);
    }
  }
}

/** Padded positions do not count in the divisor. */
export function averagePool(g: WindowGeometry, input: Float32Array): Float64Array {
  const { height, width, channels } = g.output;
  const out = new Float64Array(height * width * channels);
  overWindows(
    g,
    (from, to) => { out[to] = (out[to] as number) + (input[from] as number); },
    (to, positions) => {
      for (let c = to; c < to + channels; c++) out[c] = positions === 0 ? 0 : (out[c] as number) / positions;
    },
  );
  return out;
}

export function maxPool(g: WindowGeometry, input: Float32Array): Float64Array {
  const { height, width, channels } = g.output;
  const out = new Float64Array(height * width * channels).fill(-Infinity);
  overWindows(g, (from, to) => { out[to] = Math.max(out[to] as number, input[from] as number); }, () => undefined);
  return out;
}

/** Mean of each channel over all positions. */
export function meanOverPositions(input: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < input.length; i++) sums[i % channels] = (sums[i % channels] as number) + (input[i] as number);
  return sums.map((sum) => sum / (input.length / channels));
}
