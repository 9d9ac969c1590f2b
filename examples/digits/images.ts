// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the images of digits: every one follows from its split and its number alone, on every machine the same.
 * A digit in one of the fonts, in some pose and thickness, on a ground that slopes, with clutter, blur and noise.
 */
import { createRandom, type Random } from '../../generator/core/random.js';
import { FONTS } from './fonts.js';
import type { Line, Point } from './paths.js';
import { blurred, draw, type Cover } from './raster.js';

/** Rows and columns. */
export const SIDE = 28;

export const SPLITS = ['train', 'calibration', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export interface DigitImage {
  readonly label: number;
  readonly font: string;
  /** SIDE x SIDE, 0..255. */
  readonly pixels: Uint8Array;
}

/** A stream of its own for every image: neighbouring numbers have nothing in common. */
function randomOf(split: Split, index: number): Random {
  let seed = Math.imul(SPLITS.indexOf(split) + 1, 0x10000000) ^ index;
  seed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  seed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  return createRandom(seed ^ (seed >>> 16));
}

const uniform = (random: Random, low: number, high: number): number => low + (high - low) * random.next();
/** About normal, within -1..1. */
const bell = (random: Random): number => (random.next() + random.next() + random.next()) / 1.5 - 1;

/** Turns, leans, scales and shifts the box of a digit (60 x 100, its centre at 30, 50) into the image. */
function pose(random: Random, lean: number, size: number, centre: Point): (point: Point) => Point {
  const t = 0.24 * bell(random);
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)];
  const shear = lean + 0.45 * bell(random);
  const tall = size / 100;
  const wide = tall * uniform(random, 0.7, 1.3);
  return ({ x, y }) => {
    const [u, v] = [(x - 30 - shear * (y - 50)) * wide, (y - 50) * tall];
    return { x: centre.x + cos * u - sin * v, y: centre.y + sin * u + cos * v };
  };
}

/** A digit's lines in the image, a little uneven. */
function digitLines(random: Random, label: number, size: number, centre: Point): { readonly font: (typeof FONTS)[number]; readonly lines: Line[] } {
  const font = random.pick(FONTS);
  const place = pose(random, font.lean, size, centre);
  // A slow wave bends all lines alike, so that joints stay joints.
  const [ax, ay, bx, by] = [8 * bell(random), 8 * bell(random), 8 * bell(random), 8 * bell(random)];
  const bent = ({ x, y }: Point): Point => {
    const [u, v] = [(x - 30) / 30, (y - 50) / 50];
    return { x: x + ax * v * (1 - v * v) * 2 + bx * u * v, y: y + ay * u * (1 - u * u) * 2 + by * u * v };
  };
  return { font, lines: (font.digits[label] as readonly Line[]).map((line) => line.map((point) => place(bent(point)))) };
}

/** What lies around a digit: short strokes, and the edge of a neighbour. */
function clutter(random: Random, cover: Cover): void {
  for (let count = random.integer(0, 5); count > 0; count--) {
    const [x, y] = [uniform(random, 0, SIDE), uniform(random, 0, SIDE)];
    const line = [{ x, y }, { x: x + 9 * bell(random), y: y + 9 * bell(random) }];
    draw(cover, SIDE, [line], { radius: uniform(random, 0.4, 1), aspect: 1, halfTangent: 0 });
  }
  if (random.next() < 0.45) {
    const isLeft = random.next() < 0.5;
    const centre = { x: isLeft ? uniform(random, -5, -2) : SIDE + uniform(random, 2, 5), y: SIDE / 2 + 4 * bell(random) };
    const { lines } = digitLines(random, random.integer(0, 9), uniform(random, 16, 24), centre);
    draw(cover, SIDE, lines, { radius: uniform(random, 0.7, 1.5), aspect: 1, halfTangent: 0 });
  }
}

const toByte = (value: number): number => Math.min(255, Math.max(0, Math.floor(value + 0.5)));

/** Image `index` of a split, from 0 on; its label is the last digit of its number. */
export function digitImage(split: Split, index: number): DigitImage {
  const random = randomOf(split, index);
  const label = index % 10;
  const size = uniform(random, 12, 23);
  const free = (SIDE - size) / 2;
  const { font, lines } = digitLines(random, label, size, { x: SIDE / 2 + 1.1 * free * bell(random), y: SIDE / 2 + free * bell(random) });

  const cover = new Float64Array(SIDE * SIDE);
  const behind = new Float64Array(SIDE * SIDE);
  const radius = font.name === 'dots' ? uniform(random, 0.08, 0.12) * size / 2 : uniform(random, 0.6, 1.6);
  draw(cover, SIDE, lines, { radius, ...font.nib });
  clutter(random, behind);
  const strength = uniform(random, 0.3, 0.9);
  const both = cover.map((share, i) => Math.max(share, strength * (behind[i] as number)));
  const softened = random.next() < 0.5 ? both : blurred(both, SIDE);

  const contrast = uniform(random, 30, 180);
  const isDark = random.next() < 0.5;
  const ground = isDark ? uniform(random, contrast, 255) : uniform(random, 0, 255 - contrast);
  const [slopeX, slopeY] = [50 * bell(random), 50 * bell(random)];
  const noise = uniform(random, 5, 50);
  const pixels = Uint8Array.from(softened, (share, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    const slope = slopeX * (x / SIDE - 0.5) + slopeY * (y / SIDE - 0.5);
    return toByte(ground + slope + (isDark ? -contrast : contrast) * share + noise * bell(random));
  });
  return { label, font: font.name, pixels };
}

/** The first `count` images of a split. */
export const digitImages = (split: Split, count: number): DigitImage[] => Array.from({ length: count }, (_, i) => digitImage(split, i));
