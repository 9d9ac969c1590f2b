// SPDX-License-Identifier: Apache-2.0
/** Checks how files are made of others: columns of CSV files, numbers of .npy files, records, and files of archives. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DataIngredientError } from '../../scripts/data/errors.js';
import { column, columns, fileOfArchive, npyIndices, records } from '../../scripts/data/pieces.js';
import { bytesOf, npy, tar } from './fake.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-pieces-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

describe('columns', () => {
  it('are taken of the first rows, in the order that is asked', () => {
    expect(columns('a,b,c\nd,e,f\ng,h,i\n', 2, [2, 0], 'x', 'y')).toBe('c,a\nf,d\n');
    expect(column('a,b\nc,d', 2, 1, 'x', 'y')).toEqual(['b', 'd']);
  });

  it('that are not there are an error', () => {
    expect(() => columns('a,b\nc\n', 2, [1], 'x.csv', 'y.csv')).toThrow(DataIngredientError);
    expect(() => columns('a,b\n', 2, [0], 'x.csv', 'y.csv')).toThrow('file x.csv, made from y.csv: 1 rows with column 0; expected 2. See what is said of that file.');
  });
});

describe('records', () => {
  it('are taken by their numbers', () => {
    expect(records(bytesOf('aabbcc'), 2, [2, 0, 2], 'x', 'y')).toEqual(bytesOf('ccaacc'));
    expect(npyIndices(npy([5, 0, 3000000000]), 'x', 'y')).toEqual([5, 0, 3000000000]);
  });

  it.each([[3], [-1]])('number %i that is not there is an error', (number) => {
    expect(() => records(bytesOf('aabbccd'), 2, [number], 'x', 'y')).toThrow(`file x, made from y: records 0 to 2; expected record ${number} too.`);
  });

  it.each([['text', bytesOf('no numbers at all')], ['nothing', new Uint8Array()], ['half a number', npy([1]).subarray(0, 132)]])('of %s have no numbers', (_what, bytes) => {
    expect(() => npyIndices(bytes, 'x', 'y')).toThrow('expected a .npy file of int64');
  });
});

describe('an archive', () => {
  const large = Uint8Array.from({ length: 200_001 }, (_, i) => (i * 31) >> 3);
  const archive = tar([['a/empty', new Uint8Array()], ['a/one', bytesOf('one')], ['a/large', large], ['b', bytesOf('x'.repeat(512))], ['last', bytesOf('last')]]);

  it.each([['a/one', bytesOf('one')], ['a/large', large], ['b', bytesOf('x'.repeat(512))], ['last', bytesOf('last')]])('gives %s', async (name, bytes) => {
    expect(await fileOfArchive(write('whole.tar.gz', new Uint8Array(gzipSync(archive))), name, 'x')).toEqual(bytes);
  });

  it.each([
    ['without the file', archive, 'missing', 'no such file in it'],
    ['that ends within the file', archive.subarray(0, 3000), 'a/large', /\d+ of its 200001 bytes/],
    ['of no tar', bytesOf('x'.repeat(3000)), 'a/one', 'no such file in it'],
    ['of nothing', new Uint8Array(), 'a/one', 'no such file in it'],
  ])('%s is an error', async (_what, bytes, name, message) => {
    const path = write('other.tar.gz', new Uint8Array(gzipSync(bytes)));
    await expect(fileOfArchive(path, name, 'x')).rejects.toThrow(DataIngredientError);
    await expect(fileOfArchive(path, name, 'x')).rejects.toThrow(message);
  });

  it('that is no gzip, or half of one, is an error', async () => {
    await expect(fileOfArchive(write('no.tar.gz', bytesOf('no gzip')), 'a/one', 'x')).rejects.toThrow('an archive that cannot be unpacked (incorrect header check)');
    const half = new Uint8Array(gzipSync(archive)).subarray(0, 300);
    await expect(fileOfArchive(write('half.tar.gz', half), 'last', 'x')).rejects.toThrow('an archive that cannot be unpacked (unexpected end of file)');
    await expect(fileOfArchive(join(folder, 'nowhere'), 'last', 'x')).rejects.toThrow(DataIngredientError);
  });
});
