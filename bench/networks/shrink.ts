// SPDX-License-Identifier: Apache-2.0
/** Owns making a picture smaller: each pixel is the mean of the cell of the larger picture that it covers. */

export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** NHWC. */
  readonly data: Uint8Array;
}

/** The picture in `side` x `side` pixels. */
export function shrink({ height, width, channels, data }: Picture, side: number): Uint8Array {
  const edge = (at: number, size: number): number => Math.floor((at * size) / side);
  return Uint8Array.from({ length: side * side * channels }, (_, i) => {
    const [y, x, c] = [Math.floor(i / (side * channels)), Math.floor(i / channels) % side, i % channels];
    let [sum, count] = [0, 0];
    for (let row = edge(y, height); row < edge(y + 1, height); row++) {
      for (let column = edge(x, width); column < edge(x + 1, width); column++) {
        sum += data[(row * width + column) * channels + c] as number;
        count++;
      }
    }
    return Math.round(sum / count);
  });
}
