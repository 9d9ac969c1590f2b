// SPDX-License-Identifier: Apache-2.0
/** Owns the scale of a channel's weights when they have few levels: the one of least squared error. */

/**
 * The scale s that minimizes the sum of (w - s * q)^2 over all s and integers q of -most .. most; 0 when all weights are 0.
 * Exact: as s falls, the magnitude of q of one weight after the other rises by 1, from k - 1 to k at s = |w| / (k - 1/2). For the
 * integers between two such points the best scale is A / B with A = sum |q w| and B = sum q^2, and takes A^2 / B off the error.
 */
export function leastSquaresScale(weights: Float32Array, most: number): number {
  const rises: { readonly scale: number; readonly weight: number; readonly level: number }[] = [];
  for (const signed of weights) {
    const weight = Math.abs(signed);
    if (weight > 0) for (let level = 1; level <= most; level++) rises.push({ scale: weight / (level - 0.5), weight, level });
  }
  rises.sort((a, b) => b.scale - a.scale);
  let [sum, squares, best, scale] = [0, 0, 0, 0];
  rises.forEach((rise, i) => {
    sum += rise.weight;
    squares += 2 * rise.level - 1;
    const gain = (sum * sum) / squares;
    // Weights that rise at one scale rise together.
    if (rises[i + 1]?.scale === rise.scale || gain <= best) return;
    [best, scale] = [gain, sum / squares];
  });
  return scale;
}
