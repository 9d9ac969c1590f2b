// SPDX-License-Identifier: Apache-2.0
/** Owns the kernel shape constraint (SMOF): the kernels of a layer shrink to one rectangle of taps, placed where the score is. */

import { elementCount } from '../../tensor/tensor.js';
import { KernelShapeError } from '../errors.js';
import type { Constraint, WeightShape } from '../scheme.js';

/** A size; an area, whose rows and columns the score decides; or the smallest rectangle that leaves this share of the score. */
export type KernelShapeSettings = { readonly height: number; readonly width: number } | { readonly area: number } | { readonly share: number };

/** Rows and columns that stay. */
interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Every rectangle inside the kernel: smaller areas first, then more rows, then the upper left. */
function rectangles([, rows, columns]: WeightShape): Rectangle[] {
  const all: Rectangle[] = [];
  for (let height = 1; height <= rows; height++) for (let width = 1; width <= columns; width++) {
    for (let top = 0; top + height <= rows; top++) for (let left = 0; left + width <= columns; left++) all.push({ top, left, height, width });
  }
  return all.sort((a, b) => a.height * a.width - b.height * b.width || b.height - a.height || a.top - b.top || a.left - b.left);
}

const inside = ({ top, left, height, width }: Rectangle, y: number, x: number): boolean => y >= top && y < top + height && x >= left && x < left + width;

function eachTap([outChannels, rows, columns, inChannels]: WeightShape, visit: (y: number, x: number, position: number) => void): void {
  let position = 0;
  for (let o = 0; o < outChannels; o++) for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) for (let i = 0; i < inChannels; i++) visit(y, x, position++);
}

function maskOf(rectangle: Rectangle, shape: WeightShape, within?: Uint8Array): Uint8Array {
  const mask = new Uint8Array(elementCount(shape));
  eachTap(shape, (y, x, position) => { if (inside(rectangle, y, x) && within?.[position] !== 0) mask[position] = 1; });
  return mask;
}

const say = (settings: KernelShapeSettings): string => ('height' in settings ? `${settings.height}x${settings.width}` : 'area' in settings ? String(settings.area) : `auto/${settings.share}`);

/** Throws KernelShapeError. */
export function kernelShape(settings: KernelShapeSettings, where = '--prune'): Constraint {
  const positive = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const valid = 'height' in settings ? positive(settings.height) && positive(settings.width) : 'area' in settings ? positive(settings.area) : settings.share > 0 && settings.share <= 1;
  if (!valid) throw new KernelShapeError(where, say(settings));
  /** Rectangles that the settings allow in this kernel; larger settings leave the kernel as it is in that direction. */
  const allowed = (shape: WeightShape): Rectangle[] => {
    const all = rectangles(shape);
    if ('share' in settings) return all;
    if ('height' in settings) return all.filter(({ height, width }) => height === Math.min(settings.height, shape[1]) && width === Math.min(settings.width, shape[2]));
    // The largest rectangles of no more taps; without one of exactly this area, the next smaller.
    const area = Math.max(...all.map(({ height, width }) => height * width).filter((taps) => taps <= settings.area));
    return all.filter(({ height, width }) => height * width === area);
  };
  const areaOf = (shape: WeightShape): number | undefined => {
    const [first] = allowed(shape);
    return 'share' in settings || first === undefined ? undefined : first.height * first.width;
  };
  const constraint: Constraint = {
    name: 'kernel',
    text: `kernel:${say(settings)}`,
    description: 'share' in settings ? `the smallest kernel that leaves ${100 * settings.share} % of the score` : `kernels of ${say(settings)}${'area' in settings ? ' taps' : ''}, placed by score`,
    project(scores, shape, within) {
      const byTap = new Float64Array(shape[1] * shape[2]);
      eachTap(shape, (y, x, position) => {
        if (within?.[position] !== 0) byTap[y * shape[2] + x] = (byTap[y * shape[2] + x] as number) + (scores[position] as number);
      });
      const total = byTap.reduce((sum, score) => sum + score, 0);
      let best: { readonly rectangle: Rectangle; readonly score: number } | undefined;
      for (const rectangle of allowed(shape)) {
        const score = byTap.reduce((sum, one, tap) => sum + (inside(rectangle, Math.floor(tap / shape[2]), tap % shape[2]) ? one : 0), 0);
        const isSmaller = best !== undefined && rectangle.height * rectangle.width > best.rectangle.height * best.rectangle.width;
        // By area: the first area that reaches the share is the last that is looked at.
        if ('share' in settings && best !== undefined && best.score >= settings.share * total && isSmaller) break;
        if (best === undefined || score > best.score) best = { rectangle, score };
      }
      return maskOf((best as { readonly rectangle: Rectangle }).rectangle, shape, within);
    },
    allows: (mask, shape, within) => allowed(shape).some((rectangle) => maskOf(rectangle, shape, within).every((bit, p) => bit === mask[p])),
    kept(shape) {
      const area = areaOf(shape);
      return area === undefined ? undefined : shape[0] * shape[3] * area;
    },
    contain(mask, shape) {
      const holds = (rectangle: Rectangle): boolean => {
        const own = maskOf(rectangle, shape);
        return mask.every((bit, p) => bit === 0 || own[p] === 1);
      };
      const most = areaOf(shape) ?? shape[1] * shape[2];
      const fits = rectangles(shape).find((rectangle) => rectangle.height * rectangle.width <= most && (!('height' in settings) || (rectangle.height <= settings.height && rectangle.width <= settings.width)) && holds(rectangle));
      return fits === undefined ? undefined : { mask: maskOf(fits, shape), constraint: kernelShape({ height: fits.height, width: fits.width }, where) };
    },
    denseReason(shape) {
      const area = areaOf(shape) ?? 1;
      return shape[1] * shape[2] <= Math.max(1, area) ? `its kernel of ${shape[1]} x ${shape[2]} is no larger` : undefined;
    },
    exchange: (mask) => new Int32Array(mask.length).fill(-1),
    steps({ kernelHeight, kernelWidth }) {
      const area = areaOf([1, kernelHeight, kernelWidth, 1]);
      return { taps: area ?? kernelHeight * kernelWidth, slots: (size) => size, exact: area !== undefined };
    },
    storage(shape) {
      const weights = shape[0] * shape[3] * (areaOf(shape) ?? shape[1] * shape[2]);
      return { weights, weightBits: 8 * weights, indexBits: { schedule: 0 } };
    },
  };
  return constraint;
}
