// SPDX-License-Identifier: Apache-2.0
/** Holds IDX files to the layout of MNIST: header, pictures, labels beside them, gzip, and the errors of damaged ones. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readImageFiles } from '../../generator/cli/image-files.js';
import { InputFileError } from '../../generator/cli/input-file.js';
import { idxLabelName, isIdxLabelName, isIdxName, readIdxImages, readIdxLabels } from '../../generator/import/idx.js';
import { ImageFormatError, readSources } from '../../generator/import/images.js';
import { dataPath } from '../support/data.js';

/** Dimensions as big-endian 32 bits, then bytes. */
const idx = (shape: readonly number[], data: readonly number[], type = 8): Uint8Array =>
  Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap((dim) => [dim >>> 24, (dim >>> 16) & 255, (dim >>> 8) & 255, dim & 255]), ...data]);

const PIXELS = Array.from({ length: 3 * 2 * 4 }, (_, i) => 7 * i);
const pictures = idx([3, 2, 4], PIXELS);

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-idx-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (path: string, bytes: Uint8Array): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), bytes);
};
const read = (path: string, limit = 99) => readImageFiles({ where: `--images ${path}`, path, shape: [1, 2, 4, 1], resize: undefined, limit }, folder);

describe('an IDX file', () => {
  it('holds grey pictures row by row', () => {
    expect(readIdxImages(pictures, 'x').map(({ height, width, channels, data }) => [height, width, channels, ...data])).toEqual([0, 8, 16].map((from) => [2, 4, 1, ...PIXELS.slice(from, from + 8)]));
    expect(readIdxLabels(idx([3], [9, 0, 255]), 'x')).toEqual([9, 0, 255]);
  });

  it('is known by its name, with a dot or a hyphen, and its labels by theirs', () => {
    const names = ['t10k-images-idx3-ubyte', 't10k-images.idx3-ubyte', 'a.idx3', 'a.bin', 'idx3.png', 't10k-labels-idx1-ubyte'];
    expect(names.filter(isIdxName)).toEqual(['t10k-images-idx3-ubyte', 't10k-images.idx3-ubyte', 'a.idx3', 't10k-labels-idx1-ubyte']);
    expect(names.filter(isIdxLabelName)).toEqual(['t10k-labels-idx1-ubyte']);
    expect(idxLabelName('images/train-images-idx3-ubyte')).toBe('images/train-labels-idx1-ubyte');
  });

  it('is read like any picture: repeated for three channels, resized when asked', () => {
    expect(readSources('a-idx3-ubyte', pictures, [1, 2, 4, 3])[1]?.values.data.slice(0, 4)).toEqual(Uint8Array.of(56, 56, 56, 63));
    expect(() => readSources('a-idx3-ubyte', pictures, [1, 4, 4, 1])).toThrow('a-idx3-ubyte: 4 x 2 pixels; expected 4 x 4, what the network reads.');
    expect(readSources('a-idx3-ubyte', pictures, [1, 4, 4, 1], 'nearest')[0]?.values.data.slice(0, 8)).toEqual(Uint8Array.of(0, 7, 14, 21, 0, 7, 14, 21));
  });

  it.each([
    [idx([3, 2, 4], PIXELS.slice(1)), 'x: 23 bytes behind the header; expected 24 (3x2x4), more than none.'],
    [idx([0, 2, 4], []), 'x: 0 bytes behind the header; expected 0 (0x2x4), more than none.'],
    [idx([3, 8], PIXELS), 'x: 36 bytes that begin with 0, 0, 8, 2; expected an IDX file: 0, 0, 8 (unsigned bytes), 3 (dimensions).'],
    [idx([3, 2, 4], PIXELS, 13), 'x: 40 bytes that begin with 0, 0, 13, 3; expected an IDX file'],
    [Uint8Array.of(0, 0, 8, 3, 0, 0), 'x: 6 bytes; expected a header of 16.'],
    [new Uint8Array(), 'x: 0 bytes that begin with ; expected an IDX file'],
  ])('that is damaged is refused (%#)', (bytes, message) => {
    expect(() => readIdxImages(bytes, 'x')).toThrow(ImageFormatError);
    expect(() => readIdxImages(bytes, 'x')).toThrow(message);
  });
});

describe('the command line', () => {
  it('reads a gzipped file with the labels beside it', () => {
    write('one/t-images-idx3-ubyte.gz', gzipSync(pictures));
    write('one/t-labels-idx1-ubyte.gz', gzipSync(idx([3], [4, 5, 6])));
    expect(read('one/t-images-idx3-ubyte.gz', 2).map(({ label, values }) => [label, values.data[0]])).toEqual([[4, 0], [5, 56]]);
    expect(read('one').map(({ label }) => label)).toEqual([4, 5, 6]);
  });

  it('reads a file without labels, and labels that are not gzipped', () => {
    write('two/t.idx3-ubyte', pictures);
    write('three/t-images.idx3-ubyte', pictures);
    write('three/t-labels.idx1-ubyte', idx([3], [1, 1, 2]));
    expect(read('two/t.idx3-ubyte').map(({ label }) => label)).toEqual([undefined, undefined, undefined]);
    expect(read('three').map(({ label }) => label)).toEqual([1, 1, 2]);
  });

  it('refuses labels of another number and what is not gzip', () => {
    write('four/t-images-idx3-ubyte', pictures);
    write('four/t-labels-idx1-ubyte', idx([2], [1, 1]));
    expect(() => read('four')).toThrow('t-labels-idx1-ubyte: 2 labels; expected 3, one for every picture of t-images-idx3-ubyte.');
    write('five/t-images-idx3-ubyte.gz', pictures);
    expect(() => read('five/t-images-idx3-ubyte.gz')).toThrow(InputFileError);
    expect(() => read('five/t-images-idx3-ubyte.gz')).toThrow('--images five/t-images-idx3-ubyte.gz: it cannot be read (Z_DATA_ERROR)');
  });

  const mnist = dataPath('mnist/t10k-images-idx3-ubyte.gz');
  it.skipIf(mnist === undefined)('reads the test digits of MNIST', () => {
    const where = basename(mnist as string);
    const images = readImageFiles({ where, path: mnist as string, shape: [1, 28, 28, 1], resize: undefined, limit: 20_000 }, folder);
    expect(images).toHaveLength(10_000);
    expect(images.slice(0, 5).map(({ label }) => label)).toEqual([7, 2, 1, 0, 4]);
  });
});
