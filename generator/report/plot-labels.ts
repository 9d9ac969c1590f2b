// SPDX-License-Identifier: Apache-2.0
/** Owns the places of labels beside points: none over another, over a mark or over the edge. */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface LabelRequest {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface PlacedLabel {
  readonly box: Box;
  /** The box is so far off that a line has to lead to it. */
  readonly leader: boolean;
}

/** Of sans-serif in a size of 10; wide enough for capitals and digits. */
export const LABEL = { size: 10, advance: 5.8, height: 12 } as const;
const MARK = 6;
/** Labels this close need no line. */
const NEAR = 9;

/** Sixteen directions, right and left first; no trigonometry, so that every machine draws the same. */
const DIRECTIONS: readonly (readonly [x: number, y: number])[] = [
  [1, 0], [-1, 0], [0.92, -0.38], [0.92, 0.38], [-0.92, -0.38], [-0.92, 0.38], [0.71, -0.71], [0.71, 0.71], [-0.71, -0.71], [-0.71, 0.71], [0.38, -0.92], [0.38, 0.92], [-0.38, -0.92], [-0.38, 0.92], [0, -1], [0, 1],
];
const RADII = [9, 16, 24, 34, 46, 60, 76, 94, 114, 136, 160, 190, 225, 265, 310];

const overlap = (a: Box, b: Box): number => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/** The box whose nearest side is `radius` away in a direction. */
function boxAt({ x, y, text }: LabelRequest, [dx, dy]: readonly [number, number], radius: number): Box {
  const width = LABEL.advance * text.length + 2;
  const [px, py] = [x + dx * radius, y + dy * radius];
  const left = dx > 0.3 ? px : dx < -0.3 ? px - width : px - width / 2;
  const top = dy > 0.8 ? py : dy < -0.8 ? py - LABEL.height : py - LABEL.height / 2;
  return { left, top, right: left + width, bottom: top + LABEL.height };
}

/** Squared distance from a point to a box. */
function distance(x: number, y: number, box: Box): number {
  const [dx, dy] = [Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom)];
  return dx * dx + dy * dy;
}

/** Marks elsewhere that the box is nearer to than to its own: it would be read as theirs. */
const misleading = (box: Box, { x, y }: LabelRequest, all: readonly LabelRequest[]): number =>
  all.filter((other) => (Math.abs(other.x - x) > 2 || Math.abs(other.y - y) > 2) && distance(other.x, other.y, box) <= distance(x, y, box)).length;

/** Whether the straight line between two points enters a box, looked at in steps. */
function crosses(x1: number, y1: number, x2: number, y2: number, box: Box): boolean {
  for (let i = 1; i < 16; i++) {
    const [x, y] = [x1 + ((x2 - x1) * i) / 16, y1 + ((y2 - y1) * i) / 16];
    if (x > box.left && x < box.right && y > box.top && y < box.bottom) return true;
  }
  return false;
}

/** In the order of the requests: near places first; where all are taken, the one that covers least. */
export function placeLabels(requests: readonly LabelRequest[], bounds: Box): PlacedLabel[] {
  const marks = requests.map(({ x, y }): Box => ({ left: x - MARK, top: y - MARK, right: x + MARK, bottom: y + MARK }));
  const placed: PlacedLabel[] = [];
  for (const request of requests) {
    let best: PlacedLabel | undefined;
    let bestCost = Infinity;
    search: for (const radius of RADII) {
      for (const direction of DIRECTIONS) {
        const box = boxAt(request, direction, radius);
        if (box.left < bounds.left || box.right > bounds.right || box.top < bounds.top || box.bottom > bounds.bottom) continue;
        const leader = radius > NEAR;
        const [tx, ty] = [Math.min(Math.max(request.x, box.left), box.right), Math.min(Math.max(request.y, box.top), box.bottom)];
        let cost = 40 * misleading(box, request, requests);
        for (const mark of marks) cost += overlap(box, mark);
        for (const other of placed) cost += overlap(box, other.box) + (leader && crosses(request.x, request.y, tx, ty, other.box) ? 30 : 0);
        if (cost < bestCost) [best, bestCost] = [{ box, leader }, cost];
        if (cost === 0) break search;
      }
    }
    placed.push(best ?? { box: boxAt(request, [1, 0], 9), leader: false });
  }
  return placed;
}
