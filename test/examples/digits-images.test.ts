// SPDX-License-Identifier: Apache-2.0
/** Holds the drawn digits to what they promise: the same images everywhere and always, balanced, no image in two splits. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrays, npy, pictureFolder } from '../../examples/digits/files.js';
import { FONTS } from '../../examples/digits/fonts.js';
import { digitImage, digitImages, SIDE, SPLITS } from '../../examples/digits/images.js';
import { parsePath } from '../../examples/digits/paths.js';
import { blurred, draw } from '../../examples/digits/raster.js';
import { sha256 } from '../../generator/core/stable-hash.js';
import { parseNpy } from '../../generator/import/npy.js';
import { readPng } from '../../generator/import/png.js';

const folder = resolve(import.meta.dirname, '../../examples/digits');

/** SHA-256 of the pixels of the first 100 images. The committed networks were trained and scored on these. */
const HASHES = {
  train: 'af97624a8923f03f62293ca8a405a43c7190f875c86149abf99f15a716e4b650',
  calibration: 'd06601b8e7e99398a708c23a156fefbf40a7b9c0b8e761ae2c61e68f0f11a424',
  test: '8e70380ae4668760f914ae06a1bb1135f3df654c1965678c1201e08222ea71cf',
} as const;

describe('images of digits', () => {
  it.each(SPLITS)('%s: the first 100 are those that the networks know', (split) => {
    const all = digitImages(split, 100);
    expect(sha256(Uint8Array.from(all.flatMap(({ pixels }) => [...pixels])))).toBe(HASHES[split]);
  });

  it('follow from split and number alone', () => {
    expect(digitImage('test', 77)).toEqual(digitImages('test', 78)[77]);
    expect(digitImage('test', 77).pixels).not.toEqual(digitImage('train', 77).pixels);
  });

  it('show every digit equally often, in every font', () => {
    const all = digitImages('train', 400);
    for (let label = 0; label < 10; label++) expect(all.filter((image) => image.label === label)).toHaveLength(40);
    expect(new Set(all.map(({ font }) => font))).toEqual(new Set(FONTS.map(({ name }) => name)));
    expect(FONTS.length).toBeGreaterThanOrEqual(8);
  });

  it('are in one split alone, and each only once', () => {
    const hashes = SPLITS.flatMap((split) => digitImages(split, 500).map(({ pixels }) => sha256(pixels)));
    expect(new Set(hashes).size).toBe(1500);
  });

  it('are drawn without functions that differ between machines', () => {
    const text = readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(folder, name), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')).join('');
    const used = new Set([...text.matchAll(/Math\.(\w+)/g)].map(([, member]) => member));
    expect([...used].filter((name) => !['abs', 'ceil', 'floor', 'imul', 'max', 'min', 'sqrt'].includes(name as string))).toEqual([]);
    expect(text).not.toMatch(/\*\*|Date|process\.env/);
  });
});

describe('files of digits', () => {
  it('are arrays that NumPy and gen-accel read', () => {
    const files = arrays('test', 3);
    const [pixels, labels] = [parseNpy(files.get('test.npy') as Uint8Array), parseNpy(files.get('test-labels.npy') as Uint8Array)];
    expect([pixels.shape, pixels.type, labels.shape, [...labels.data]]).toEqual([[3, SIDE, SIDE, 1], 'uint8', [3], [0, 1, 2]]);
    expect(pixels.data.slice(SIDE * SIDE, 2 * SIDE * SIDE)).toEqual(digitImage('test', 1).pixels);
    expect(npy([2], Uint8Array.of(1, 2)).length % 64).toBe(2);
  });

  it('are pictures with a label each', () => {
    const files = pictureFolder(digitImages('test', 2));
    expect(files.get('labels.csv')).toBe('file,label\n0000.png,0\n0001.png,1\n');
    const { width, height, data } = readPng(files.get('0001.png') as Uint8Array, '0001.png');
    expect([width, height]).toEqual([SIDE, SIDE]);
    const channels = data.length / (SIDE * SIDE);
    expect(Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[i * channels] as number)).toEqual(digitImage('test', 1).pixels);
  });
});

describe('lines', () => {
  it('are straight, curved, closed, ellipses and dots', () => {
    expect(parsePath('M 0 0 L 4 2 L 0 6 Z D 9 9')).toEqual([[{ x: 0, y: 0 }, { x: 4, y: 2 }, { x: 0, y: 6 }, { x: 0, y: 0 }], [{ x: 9, y: 9 }]]);
    const [curve] = parsePath('M 0 0 C 0 4 4 4 4 0');
    expect(curve?.at(4)).toEqual({ x: 2, y: 3 });
    for (const { x, y } of parsePath('O 10 20 3 5')[0]!) expect(((x - 10) / 3) ** 2 + ((y - 20) / 5) ** 2).toBeCloseTo(1, 2);
  });

  it.each([['L 1 2', 'path "L 1 2" does not begin with M'], ['M 1 x', 'word 2 of path "M 1 x" is no number'], ['M 1 2 Q 3 4', 'word 3 of path "M 1 2 Q 3 4" is "Q"; expected M, L, C, Z, O or D']])('%s is refused', (path, message) => {
    expect(() => parsePath(path)).toThrow(message);
  });

  it('cover the pixels under the pen, half of those at its edge', () => {
    const cover = new Float64Array(49);
    draw(cover, 7, [[{ x: 0, y: 3.5 }, { x: 7, y: 3.5 }]], { radius: 1, aspect: 1, halfTangent: 0 });
    expect([...cover].filter((_, i) => i % 7 === 3)).toEqual([0, 0, 0.5, 1, 0.5, 0, 0]);
  });

  it('are blurred without becoming lighter', () => {
    const one = new Float64Array(49);
    one[24] = 1;
    const soft = blurred(one, 7);
    expect(soft.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    expect([soft[24], soft[23], soft[16]]).toEqual([0.25, 0.125, 0.0625]);
  });
});
