// SPDX-License-Identifier: Apache-2.0
/** Holds the list of data files to its form, to the index of the data, and to the bytes of the files that are here. */
import { gzipSync } from 'node:zlib';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DataListError } from '../../scripts/data/errors.js';
import { parseList, readList, type DataFile, type DataList } from '../../scripts/data/list.js';
import { readDataOptions } from '../../scripts/data/options.js';
import { dataPath, dataRoot, readData } from '../support/data.js';
import { fetchAll, npy, sha256, tar, writeFiles } from './fake.js';

const list = readList();
const folder = mkdtempSync(join(tmpdir(), 'gen-accel-list-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasIndex = dataPath('INDEX.md') !== undefined;
const of = (path: string): DataFile => list.files.find((file) => file.path === path) as DataFile;

/** Path, bytes and sum of every row of the index. */
const indexRows = (): string[] =>
  [...new TextDecoder().decode(readData('INDEX.md')).matchAll(/^\| (\S+\/\S+) \| (\d+) \| ([0-9a-f]{64}) \|/gm)].map(([, path, bytes, sum]) => `${path} ${bytes} ${sum}`);

describe('the list', () => {
  it('has its form, and says of every file where it comes from or why not', () => {
    expect(list.files.length).toBeGreaterThan(60);
    expect(list.files.filter(({ origin }) => origin.kind === 'none').length).toBeLessThan(20);
  });

  it.skipIf(!hasIndex)('has the rows of the index, no more and no less (data)', () => {
    const rows = indexRows();
    expect(rows.length).toBeGreaterThan(60);
    expect(list.files.map(({ path, bytes, sha256: sum }) => `${path} ${bytes} ${sum}`).toSorted()).toEqual(rows.toSorted());
  });

  it.skipIf(!hasIndex)('names commits as the index does (data)', () => {
    const index = new TextDecoder().decode(readData('INDEX.md'));
    const origins = list.files.flatMap(({ path, origin }) => (origin.kind === 'file' || origin.kind === 'parts' ? [{ path, repository: origin.repository, commit: origin.commits[0] as string }] : []));
    const known = origins.filter(({ repository }) => repository !== 'onnx/models');
    expect(known.filter(({ path, repository, commit }) => {
      const row = index.split('\n').find((line) => line.startsWith(`| ${path} |`)) ?? '';
      return !(row.includes(`${repository} \``) && row.includes(`@${commit.slice(0, 10)}`));
    })).toEqual([]);
  });

  for (const file of list.files) {
    it.skipIf(dataPath(file.path) === undefined)(`has the size and the sum of ${file.path} (data)`, () => {
      const bytes = readData(file.path);
      expect([bytes.length, sha256(bytes)]).toEqual([file.bytes, file.sha256]);
    });
  }

  it('is for the folder that the tests read', async () => {
    const root = new URL('../..', import.meta.url).pathname;
    const options = await readDataOptions([], list, { cwd: folder, environment: process.env, root });
    expect(options).toMatchObject({ folder: dataRoot });
  });
});

const [labels, keywords] = ['eembc-kws01/dev250_labels.csv', 'eembc-kws01/dev250_x_i8_250x49x10.bin'];
const [dev, train] = ['cifar10/dev500_cifarbin.bin', 'cifar10/train4000_cifarbin.bin'];
const ingredients = ['mlcommons-tiny/kws01_y_labels.csv', 'mlcommons-tiny/ic_calibration_samples_idxs.npy'];

describe('the recipes', () => {
  it.skipIf([labels, keywords, dev, train, ...ingredients].some((path) => dataPath(path) === undefined))('make the listed bytes of their ingredients (data)', async () => {
    // A mirror with the ingredients as their origins have them. Of the archive of CIFAR-10 it has only the records that are used, at their places.
    const mirror = join(folder, 'mirror');
    const files: [string, Uint8Array][] = ingredients.map((path) => {
      const { origin } = of(path);
      if (origin.kind !== 'file') throw new Error(path);
      return [`${origin.repository}/${origin.commits[0]}/${origin.path}`, readData(path)];
    });
    const parts = of(keywords).origin;
    if (parts.kind !== 'parts') throw new Error(keywords);
    const names = new TextDecoder().decode(readData(labels)).trim().split('\n').map((line) => line.split(',')[0] as string);
    names.forEach((name, i) => files.push([`${parts.repository}/${parts.commits[0]}/${parts.folder}/${name}`, readData(keywords).subarray(490 * i, 490 * (i + 1))]));

    const test = new Uint8Array(10_000 * 3073);
    const indices = new BigInt64Array(readData(ingredients[1] as string).slice(-4000).buffer);
    indices.forEach((number, i) => test.set(readData(dev).subarray(3073 * i, 3073 * (i + 1)), 3073 * Number(number)));
    const batch = new Uint8Array(10_000 * 3073);
    batch.set(readData(train));
    const archive = new Uint8Array(gzipSync(tar([['cifar-10-batches-bin/data_batch_1.bin', batch], ['cifar-10-batches-bin/test_batch.bin', test]]), { level: 1 }));
    files.push(['www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz', archive]);
    writeFiles(mirror, files);

    const archives: DataList['archives'] = { 'cifar-10-binary': { url: list.archives['cifar-10-binary']?.url as string, bytes: archive.length, sha256: sha256(archive) } };
    const wanted = [labels, keywords, dev, train].map(of);
    const target = join(folder, 'target');
    const { fetched, failed } = await fetchAll(target, { kind: 'disk', folder: mirror }, { list: { ...list, archives }, wanted });
    expect(failed).toEqual([]);
    expect(fetched.map(({ path }) => path).toSorted()).toEqual([labels, keywords, dev, train, ...ingredients].toSorted());
    for (const path of [labels, keywords, dev, train]) expect(sha256(readFileSync(join(target, path)))).toBe(sha256(readData(path)));
  });

  it.skipIf([keywords, 'cfu-playground/kws_stop_7.dat'].some((path) => dataPath(path) === undefined))('take the keyword inputs as another repository has twelve of them, byte for byte (data)', () => {
    const inputs = readData(keywords);
    const slices = new Set(Array.from({ length: 250 }, (_, i) => sha256(inputs.subarray(490 * i, 490 * (i + 1)))));
    const others = list.files.filter(({ path }) => path.startsWith('cfu-playground/kws_'));
    expect(others).toHaveLength(12);
    expect(others.filter((file) => !slices.has(file.sha256))).toEqual([]);
  });
});

describe('DataListError says', () => {
  const file = { path: 'a/b.bin', bytes: 3, sha256: '0'.repeat(64), licence: 'MIT', origin: { kind: 'file', repository: 'o/r', commits: ['0123456789'], path: 'x' } };
  const made = (origin: object) => ({ ...file, path: 'made', origin });
  it.each([
    ['what is no list', [], 'list of data files, : Invalid input: expected object, received array; expected the form in scripts/data/list.ts. Correct scripts/data/files.json.'],
    ['which field is wrong', { archives: {}, files: [{ ...file, sha256: 'x' }] }, 'files.0.sha256: 64 hex digits'],
    ['which path leads out', { archives: {}, files: [{ ...file, path: 'a/../../b' }] }, 'files.0.path: a path inside the folder'],
    ['which path is absolute', { archives: {}, files: [{ ...file, path: '/etc/passwd' }] }, 'files.0.path: a path inside the folder'],
    ['which commit has too few digits', { archives: {}, files: [{ ...file, origin: { ...file.origin, commits: ['main'] } }] }, 'files.0.origin.commits.0: 10 or 40 hex digits'],
    ['which file is listed twice', { archives: {}, files: [file, file] }, 'a/b.bin: two entries; expected one'],
    ['what is made from nothing', { archives: {}, files: [file, made({ kind: 'columns', of: 'nothing', rows: 1, columns: [0] })] }, 'made: made from nothing, which is not listed'],
    ['what is made from what is made', { archives: {}, files: [file, made({ kind: 'columns', of: 'made', rows: 1, columns: [0] })] }, 'made: made from made, which is no file of a repository'],
    ['which archive is not listed', { archives: {}, files: [made({ kind: 'records', archive: 'x', entry: 'y', recordBytes: 1, pick: { first: 1 } })] }, 'made: archive x'],
    ['which archive is not at an https address', { archives: { a: { url: 'http://h/x', bytes: 1, sha256: file.sha256 } }, files: [file] }, 'archives.a.url: Invalid URL'],
  ])('%s', (_what, value, message) => {
    expect(() => parseList(value)).toThrow(DataListError);
    expect(() => parseList(value)).toThrow(message);
  });

  it('nothing of a list that is right', () => {
    expect(parseList({ archives: {}, files: [file] }).files).toHaveLength(1);
    expect(npy([1, 2])).toHaveLength(144);
  });
});
