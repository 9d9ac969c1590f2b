// SPDX-License-Identifier: Apache-2.0
/** Owns lines: paths of straight and curved pieces as text, and the points that they become. + - * / alone, so that every machine draws the same. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points joined by straight lines; a single one is a dot. */
export type Line = readonly Point[];

const CURVE_PIECES = 8;
/** Control points of a quarter of an ellipse, by cubic curves. */
const QUARTER = 0.5523;

const between = (a: Point, b: Point, t: number): Point => ({ x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t });

/** The points of a Bezier curve of any degree behind its first, by de Casteljau. */
function curve(control: readonly Point[]): Point[] {
  return Array.from({ length: CURVE_PIECES }, (_, i) => {
    let points = control;
    while (points.length > 1) points = points.slice(1).map((point, k) => between(points[k] as Point, point, (i + 1) / CURVE_PIECES));
    return points[0] as Point;
  });
}

function ellipse(cx: number, cy: number, rx: number, ry: number): Point[] {
  const at = (x: number, y: number): Point => ({ x: cx + rx * x, y: cy + ry * y });
  const quarters: readonly (readonly Point[])[] = [
    [at(0, -1), at(QUARTER, -1), at(1, -QUARTER), at(1, 0)],
    [at(1, 0), at(1, QUARTER), at(QUARTER, 1), at(0, 1)],
    [at(0, 1), at(-QUARTER, 1), at(-1, QUARTER), at(-1, 0)],
    [at(-1, 0), at(-1, -QUARTER), at(-QUARTER, -1), at(0, -1)],
  ];
  return [at(0, -1), ...quarters.flatMap(curve)];
}

/**
 * Lines of a path: `M x y` begins one, `L x y` goes straight, `C x1 y1 x2 y2 x y` in a cubic curve, `Z` back to its beginning,
 * `O cx cy rx ry` is an ellipse of its own, `D x y` a dot. `y` goes down.
 */
export function parsePath(path: string): Line[] {
  const words = path.trim().split(/\s+/);
  const lines: Point[][] = [];
  let at = 0;
  const number = (): number => {
    const value = Number(words[at++]);
    if (!Number.isFinite(value)) throw new RangeError(`word ${at - 1} of path ${JSON.stringify(path)} is no number`);
    return value;
  };
  const point = (): Point => ({ x: number(), y: number() });
  const last = (): Point[] => {
    const line = lines.at(-1);
    if (line === undefined) throw new RangeError(`path ${JSON.stringify(path)} does not begin with M`);
    return line;
  };
  while (at < words.length) {
    const command = words[at++];
    if (command === 'M' || command === 'D') lines.push([point()]);
    else if (command === 'L') last().push(point());
    else if (command === 'C') last().push(...curve([last().at(-1) as Point, point(), point(), point()]));
    else if (command === 'Z') last().push(last()[0] as Point);
    else if (command === 'O') lines.push(ellipse(number(), number(), number(), number()));
    else throw new RangeError(`word ${at - 1} of path ${JSON.stringify(path)} is ${JSON.stringify(command)}; expected M, L, C, Z, O or D`);
  }
  return lines;
}
