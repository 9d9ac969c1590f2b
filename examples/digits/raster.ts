// SPDX-License-Identifier: Apache-2.0
/** Owns drawing of lines into a grey image: how much of the pen covers each pixel. + - * / and square roots alone. */
import type { Line, Point } from './paths.js';

/** Row-major shares of 0..1. */
export type Cover = Float64Array;

/** Square of the distance from p to the line from a to b. */
function squaredDistance(p: Point, a: Point, b: Point): number {
  const [dx, dy, px, py] = [b.x - a.x, b.y - a.y, p.x - a.x, p.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
  const [ex, ey] = [px - along * dx, py - along * dy];
  return ex * ex + ey * ey;
}

/** From pixels to a plane where the pen is a circle of radius 1, and how many pixels 1 is there. */
export interface Pen {
  readonly radius: number;
  /** Thickness across over thickness along. */
  readonly aspect: number;
  /** Tangent of half the pen's angle. */
  readonly halfTangent: number;
}

/** Draws over `cover`: every pixel gets the larger share. `side` pixels a row; a pixel's centre is at half. */
export function draw(cover: Cover, side: number, lines: readonly Line[], { radius, aspect, halfTangent: t }: Pen): void {
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)];
  const [along, across] = [1 / radius, 1 / (radius * aspect)];
  const toPen = ({ x, y }: Point): Point => ({ x: (cos * x + sin * y) * along, y: (cos * y - sin * x) * across });
  const turned = lines.map((line) => line.map(toPen));
  // Half a pixel of the thinner direction is what an edge is softened by.
  const soft = 0.5 * (along + across);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const p = toPen({ x: x + 0.5, y: y + 0.5 });
      let least = Infinity;
      for (const line of turned) {
        if (line.length === 1) least = Math.min(least, squaredDistance(p, line[0] as Point, line[0] as Point));
        for (let i = 1; i < line.length; i++) least = Math.min(least, squaredDistance(p, line[i - 1] as Point, line[i] as Point));
      }
      const share = Math.min(1, Math.max(0, 0.5 + (1 - Math.sqrt(least)) / soft));
      const at = y * side + x;
      cover[at] = Math.max(cover[at] as number, share);
    }
  }
}

/** Each pixel the mean of its neighbours by 1 2 1, both ways; the border repeats. */
export function blurred(values: Float64Array, side: number): Float64Array {
  const at = (from: Float64Array, y: number, x: number): number => from[Math.min(side - 1, Math.max(0, y)) * side + Math.min(side - 1, Math.max(0, x))] as number;
  const rows = values.map((_, i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    return (at(values, y, x - 1) + 2 * at(values, y, x) + at(values, y, x + 1)) / 4;
  });
  return rows.map((_, i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    return (at(rows, y - 1, x) + 2 * at(rows, y, x) + at(rows, y + 1, x)) / 4;
  });
}
