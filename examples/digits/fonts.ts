// SPDX-License-Identifier: Apache-2.0
/** Owns the shapes of the ten digits in every font, in a box 60 wide and 100 high. */
import { parsePath, type Line, type Point } from './paths.js';

/** An ellipse that the pen leaves: thin across `angle`, given as the tangent of its half. */
export interface Nib {
  /** Thickness across over thickness along: 1 is round. */
  readonly aspect: number;
  readonly halfTangent: number;
}

export interface Font {
  readonly name: string;
  readonly digits: readonly (readonly Line[])[];
  readonly nib: Nib;
  /** Rightward lean: x moves by this for every unit of height. */
  readonly lean: number;
}

const ROUND = [
  'O 30 50 26 48',
  'M 14 18 L 34 2 L 34 98',
  'M 6 28 C 6 -8 54 -8 54 28 C 54 50 30 64 4 98 L 56 98',
  'M 6 18 C 16 -6 52 -4 52 24 C 52 42 38 48 26 48 C 42 48 56 56 56 74 C 56 104 12 106 4 80',
  'M 44 98 L 44 2 L 4 68 L 58 68',
  'M 52 2 L 14 2 L 10 44 C 28 30 56 38 56 66 C 56 102 14 106 4 82',
  'M 50 8 C 26 -2 4 28 4 69 O 30 69 26 29',
  'M 4 2 L 56 2 L 22 98',
  'O 30 26 22 24 O 30 74 26 24',
  'O 30 31 26 29 M 56 31 C 56 72 34 102 10 92',
];

const SQUARE = [
  'M 16 2 L 44 2 L 56 14 L 56 86 L 44 98 L 16 98 L 4 86 L 4 14 Z',
  'M 16 16 L 30 2 L 30 98 M 14 98 L 46 98',
  'M 4 16 L 16 2 L 44 2 L 56 14 L 56 38 L 4 84 L 4 98 L 56 98',
  'M 4 14 L 16 2 L 44 2 L 56 14 L 56 38 L 46 48 L 20 48 M 46 48 L 56 60 L 56 86 L 44 98 L 16 98 L 4 86',
  'M 12 2 L 4 58 L 56 58 M 44 30 L 44 98',
  'M 56 2 L 4 2 L 4 44 L 44 44 L 56 56 L 56 86 L 44 98 L 4 98',
  'M 52 2 L 16 2 L 4 16 L 4 86 L 16 98 L 44 98 L 56 86 L 56 58 L 46 48 L 4 48',
  'M 4 14 L 4 2 L 56 2 L 56 20 L 26 60 L 26 98',
  'M 14 2 L 46 2 L 56 12 L 56 38 L 46 48 L 14 48 L 4 38 L 4 12 Z M 14 48 L 4 58 L 4 88 L 14 98 L 46 98 L 56 88 L 56 58 L 46 48',
  'M 8 98 L 44 98 L 56 84 L 56 14 L 44 2 L 16 2 L 4 14 L 4 42 L 14 52 L 56 52',
];

const SERIF = [
  'O 30 50 24 48',
  'M 12 20 L 32 4 L 32 98 M 12 98 L 52 98',
  'M 8 26 C 4 2 52 -6 52 26 C 52 46 24 66 6 96 L 50 96 L 56 80',
  'M 8 22 C 10 -2 50 -4 50 24 C 50 40 38 46 24 47 C 44 47 56 58 56 73 C 56 104 10 104 6 78',
  'M 42 98 L 42 2 L 2 70 L 60 70 M 28 98 L 56 98',
  'M 52 -4 L 52 4 L 16 4 L 12 46 C 30 34 56 42 56 68 C 56 102 12 104 6 80',
  'M 52 14 C 44 -6 4 2 5 66 O 30 70 25 28',
  'M 6 20 L 6 4 L 56 4 C 36 40 26 64 24 98 M 14 98 L 36 98',
  'O 30 26 21 23 O 30 74 26 24',
  'O 30 30 25 28 M 55 34 C 58 96 14 108 8 86',
];

const HAND = [
  'M 34 4 C 4 0 0 60 8 84 C 16 106 48 100 54 66 C 60 30 52 4 26 6',
  'M 36 2 L 26 98',
  'M 8 22 C 18 -6 56 -2 46 34 C 40 58 18 76 6 92 C 2 100 12 80 24 88 C 36 98 46 100 58 90',
  'M 8 10 C 26 -6 56 2 48 28 C 44 42 30 46 22 46 C 46 44 58 66 48 86 C 38 104 14 100 4 88',
  'M 20 4 C 16 24 10 44 6 56 L 56 52 M 44 28 C 42 52 40 76 38 100',
  'M 54 6 C 42 4 28 4 18 6 C 16 20 14 32 12 42 C 34 34 54 46 50 70 C 46 98 18 102 4 88',
  'M 44 2 C 22 20 2 52 6 78 C 10 104 44 102 50 76 C 54 54 24 48 8 74',
  'M 6 10 C 22 6 40 6 54 8 C 44 36 32 66 24 98 M 16 50 L 50 46',
  'M 48 16 C 34 -8 2 4 12 28 C 20 46 52 52 52 74 C 52 104 6 106 8 76 C 10 54 50 46 50 20 C 50 16 48 14 46 12',
  'M 50 20 C 36 -6 4 4 8 32 C 12 56 44 50 50 22 C 50 50 46 78 40 100',
];

const QUICK = [
  'O 30 50 22 46 M 14 84 L 46 16',
  'M 8 34 C 18 28 28 16 34 2 L 32 98 M 12 98 L 52 97',
  'M 6 20 C 14 -2 54 -4 50 26 C 46 54 14 70 4 98 C 22 94 40 96 58 98',
  'M 6 2 L 52 2 L 26 40 C 52 38 60 60 52 80 C 42 104 12 102 2 86',
  'M 36 2 L 4 66 L 58 62 M 44 36 L 42 100',
  'M 54 2 L 16 4 L 12 44 C 36 32 58 52 50 78 C 42 104 12 100 4 88',
  'M 38 2 C 10 40 0 64 8 84 C 20 108 54 98 50 72 C 46 50 16 52 8 78',
  'M 4 18 C 6 4 14 4 20 8 C 30 14 40 12 54 4 C 40 34 28 62 26 98',
  'O 32 24 18 22 O 28 72 22 26',
  'M 52 24 C 46 -8 4 -2 6 30 C 8 56 46 54 52 24 L 50 70 C 50 100 20 106 10 90',
];

/** Segments of a display, clockwise from the top, then the middle; each with a gap at its ends. */
const SEGMENTS = ['M 12 2 L 48 2', 'M 54 8 L 54 44', 'M 54 56 L 54 92', 'M 12 98 L 48 98', 'M 6 56 L 6 92', 'M 6 8 L 6 44', 'M 12 50 L 48 50'];
const LIT = ['012345', '12', '01643', '01623', '5612', '05623', '056234', '012', '0123456', '012356'];
const DISPLAY = LIT.map((lit) => [...lit].map((segment) => SEGMENTS[Number(segment)] as string).join(' '));

/** Five columns, seven rows. */
const MATRIX = [
  '01110 10001 10011 10101 11001 10001 01110', '00100 01100 00100 00100 00100 00100 01110', '01110 10001 00001 00010 00100 01000 11111',
  '11111 00010 00100 00010 00001 10001 01110', '00010 00110 01010 10010 11111 00010 00010', '11111 10000 11110 00001 00001 10001 01110',
  '00110 01000 10000 11110 10001 10001 01110', '11111 00001 00010 00100 01000 01000 01000', '01110 10001 10001 01110 10001 10001 01110',
  '01110 10001 10001 01111 00001 00010 01100',
];
const DOTS = MATRIX.map((rows) => rows.split(' ').flatMap((row, y) => [...row].flatMap((bit, x) => (bit === '1' ? [`D ${4 + 13 * x} ${2 + 16 * y}`] : []))).join(' '));

const squared = (a: Point, b: Point): number => (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);

/** The line in pieces of about this length with gaps between, as a stencil leaves them. */
function dashed(line: Line, length: number): Line[] {
  const fine: Point[] = [];
  line.slice(1).forEach((to, i) => {
    const from = line[i] as Point;
    const pieces = Math.max(1, Math.floor(Math.sqrt(squared(from, to)) / 3));
    for (let k = 0; k < pieces; k++) fine.push({ x: from.x + ((to.x - from.x) * k) / pieces, y: from.y + ((to.y - from.y) * k) / pieces });
  });
  fine.push(line.at(-1) as Point);
  const count = Math.max(2, Math.floor(length / 3));
  const pieces: Point[][] = [];
  for (let at = 0; at < fine.length; at += count + 3) pieces.push(fine.slice(at, at + count));
  return pieces;
}

const parsed = (paths: readonly string[]): Line[][] => paths.map(parsePath);
const narrowed = (digits: readonly (readonly Line[])[], factor: number): Line[][] => digits.map((lines) => lines.map((line) => line.map(({ x, y }) => ({ x: 30 + (x - 30) * factor, y }))));
const ROUND_NIB: Nib = { aspect: 1, halfTangent: 0 };

export const FONTS: readonly Font[] = [
  { name: 'round', digits: parsed(ROUND), nib: ROUND_NIB, lean: 0 },
  { name: 'narrow', digits: narrowed(parsed(ROUND), 0.68), nib: ROUND_NIB, lean: 0 },
  { name: 'display', digits: parsed(DISPLAY), nib: ROUND_NIB, lean: 0.08 },
  { name: 'square', digits: parsed(SQUARE), nib: ROUND_NIB, lean: 0 },
  { name: 'serif', digits: parsed(SERIF), nib: { aspect: 0.45, halfTangent: 0 }, lean: 0 },
  { name: 'italic', digits: parsed(SERIF), nib: { aspect: 0.5, halfTangent: 0.1 }, lean: 0.25 },
  { name: 'hand', digits: parsed(HAND), nib: ROUND_NIB, lean: 0.05 },
  { name: 'quick', digits: parsed(QUICK), nib: ROUND_NIB, lean: 0.05 },
  { name: 'broad', digits: parsed(HAND), nib: { aspect: 0.35, halfTangent: 0.4 }, lean: 0 },
  { name: 'stencil', digits: parsed(ROUND).map((lines) => lines.flatMap((line) => dashed(line, 30))), nib: ROUND_NIB, lean: 0 },
  { name: 'dots', digits: parsed(DOTS), nib: ROUND_NIB, lean: 0 },
];
