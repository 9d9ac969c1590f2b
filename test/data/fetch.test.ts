// SPDX-License-Identifier: Apache-2.0
/** Fetches a whole small list from mirrors: what is written, what stays, what is resumed, and every way in which a file can be wrong. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataIngredientError, DataOriginError, DataPresentError, DataSumError } from '../../scripts/data/errors.js';
import { withIngredients } from '../../scripts/data/fetch-data.js';
import type { Base } from '../../scripts/data/locations.js';
import { bytesOf, DERIVED, EXPECTED, fetchAll, fileOf, LIST, MIRRORED, sha256, writeFiles } from './fake.js';

let folder = '';
let [target, mirror] = ['', ''];
let base: Base;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gen-accel-fetch-'));
  [target, mirror] = [join(folder, 'parent/data'), join(folder, 'mirror')];
  base = { kind: 'disk', folder: mirror };
  writeFiles(mirror, MIRRORED);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every file below the target, hidden ones too. */
const filesIn = (at: string): string[] =>
  existsSync(at) ? readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(at.length + 1)).toSorted() : [];
const paths = (files: readonly { readonly path: string }[]): string[] => files.map(({ path }) => path);
const failure = ({ failed }: Awaited<ReturnType<typeof fetchAll>>): Error => {
  expect(failed).toHaveLength(1);
  return failed[0]?.error as Error;
};

describe('a list is fetched', () => {
  it('whole from a mirror of the origins: files, columns, parts, records; nothing else is left behind', async () => {
    const { fetched, present, without, failed } = await fetchAll(target, base);
    expect(failed).toEqual([]);
    expect([present, paths(without)]).toEqual([[], [DERIVED[0]]]);
    expect(paths(fetched).toSorted()).toEqual([...EXPECTED.keys()].toSorted());
    expect(readdirSync(target).toSorted()).toEqual(['made', 'models', 'tables']);
    expect(filesIn(target)).toEqual([...EXPECTED.keys()].toSorted());
    for (const [path, bytes] of EXPECTED) expect(new Uint8Array(readFileSync(join(target, path)))).toEqual(bytes);
  });

  it('whole from a folder that has the listed paths, with what has no public origin', async () => {
    const copy = join(folder, 'copy');
    writeFiles(copy, [...EXPECTED, DERIVED]);
    const { fetched, without } = await fetchAll(target, { kind: 'disk', folder: copy });
    expect([fetched.length, without]).toEqual([9, []]);
    expect(filesIn(target)).toEqual([...EXPECTED.keys(), DERIVED[0]].toSorted());
  });

  it('without what is there: a second run fetches and touches nothing', async () => {
    await fetchAll(target, base);
    const before = statSync(join(target, 'models/net.tflite'));
    rmSync(mirror, { recursive: true });
    const { fetched, present, failed } = await fetchAll(target, base);
    expect([fetched, present.length, failed]).toEqual([[], 8, []]);
    expect(statSync(join(target, 'models/net.tflite'))).toMatchObject({ mtimeMs: before.mtimeMs, ino: before.ino });
  });

  it('from where it stopped: what was missing comes with the next run', async () => {
    rmSync(join(mirror, 'owner/parts'), { recursive: true });
    const first = await fetchAll(target, base);
    expect(failure(first)).toBeInstanceOf(DataOriginError);
    expect(first.fetched).toHaveLength(7);
    writeFiles(mirror, MIRRORED);
    const second = await fetchAll(target, base);
    expect([paths(second.fetched), second.present.length, second.failed]).toEqual([['made/parts.bin'], 7, []]);
  });

  it('in part, with what the part is made from', async () => {
    const { fetched } = await fetchAll(target, base, { wanted: [fileOf('made/picked.bin')] });
    expect(paths(fetched)).toEqual(['tables/i.npy', 'made/picked.bin']);
    expect(paths(withIngredients(LIST, [fileOf('made/labels.csv'), fileOf('made/parts.bin')]))).toEqual(['tables/y.csv', 'made/labels.csv', 'made/parts.bin']);
  });

  it('into a folder that has files of its own, which stay', async () => {
    writeFiles(target, [['notes.txt', bytesOf('mine')], ['models/mine.bin', bytesOf('mine too')]]);
    await fetchAll(target, base);
    expect(filesIn(target)).toEqual([...EXPECTED.keys(), 'models/mine.bin', 'notes.txt'].toSorted());
  });

  it('with progress: every file is announced, and the bytes add up', async () => {
    const files: string[] = [];
    let bytes = 0;
    await fetchAll(target, base, { onFile: ({ path }) => files.push(path), onBytes: (more) => { bytes += more; } });
    expect(files).toHaveLength(8);
    expect(bytes).toBe([...MIRRORED.values()].reduce((sum, { length }) => sum + length, 0));
  });
});

describe('a file that is there with other bytes', () => {
  beforeEach(() => writeFiles(target, [['models/net.tflite', bytesOf('other')]]));

  it('is an error that says what was found and expected; it stays, and all others are fetched', async () => {
    const outcome = await fetchAll(target, base);
    const error = failure(outcome);
    const { bytes, sha256: sum } = fileOf('models/net.tflite');
    expect(error).toBeInstanceOf(DataPresentError);
    expect(error.message).toBe(
      `file ${join(target, 'models/net.tflite')}: 5 bytes with SHA-256 ${sha256(bytesOf('other'))}, which was there; expected ${bytes} bytes with SHA-256 ${sum}. Move it away, or replace it with --force.`,
    );
    expect(outcome.fetched).toHaveLength(7);
    expect(readFileSync(join(target, 'models/net.tflite'), 'utf8')).toBe('other');
  });

  it('is replaced with --force', async () => {
    const { fetched, failed } = await fetchAll(target, base, { force: true });
    expect([fetched.length, failed]).toEqual([8, []]);
    expect(sha256(readFileSync(join(target, 'models/net.tflite')))).toBe(fileOf('models/net.tflite').sha256);
  });

  it('stays even with --force when what comes instead is wrong', async () => {
    writeFiles(mirror, [[[...MIRRORED.keys()][0] as string, bytesOf('damaged')]]);
    expect(failure(await fetchAll(target, base, { force: true }))).toBeInstanceOf(DataSumError);
    expect(readFileSync(join(target, 'models/net.tflite'), 'utf8')).toBe('other');
  });

  it('and no public origin cannot be replaced', async () => {
    writeFiles(target, [[DERIVED[0], bytesOf('[]')]]);
    const { failed } = await fetchAll(target, base, { force: true });
    expect(failed.map(({ error }) => error.message)).toEqual([expect.stringContaining('Move it away, and bring it back from where you got it; it has no public origin.')]);
    expect(readFileSync(join(target, DERIVED[0]), 'utf8')).toBe('[]');
  });

  it('may be a folder, which stays too', async () => {
    mkdirSync(join(target, 'tables/y.csv'), { recursive: true });
    const { failed } = await fetchAll(target, base, { force: true });
    expect(failed[0]?.error.message).toBe(`folder ${join(target, 'tables/y.csv')}: a folder where a file should be; expected to be able to write there. Move it away.`);
    expect(filesIn(target)).toEqual(['models/net.tflite', 'models/picture.bmp']);
  });
});

describe('a file that comes with other bytes', () => {
  const wrong: readonly (readonly [string, string, Uint8Array, RegExp])[] = [
    ['of the same size', 'models/picture.bmp', bytesOf('A picture'), /9 bytes with SHA-256 [0-9a-f]{64}; expected 9 bytes with SHA-256/],
    ['that is short', 'models/picture.bmp', bytesOf('a pic'), /5 bytes with SHA-256 [0-9a-f]{64}; expected 9 bytes/],
    ['that is empty', 'models/picture.bmp', bytesOf(''), /0 bytes with SHA-256/],
    ['that is long', 'models/picture.bmp', bytesOf('a picture and more'), /more than 9 bytes; expected 9 bytes/],
  ];
  it.each(wrong)('%s is an error that names both, and nothing of it is kept', async (_what, path, bytes, message) => {
    const source = [...MIRRORED.keys()][1] as string;
    writeFiles(mirror, [[source, bytes]]);
    const outcome = await fetchAll(target, base);
    const error = failure(outcome);
    expect(error).toBeInstanceOf(DataSumError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`file ${path} from ${join(mirror, source)}: `);
    expect(filesIn(target)).toEqual([...EXPECTED.keys()].filter((other) => other !== path).toSorted());
  });

  it('as an archive is refused before it is unpacked, for each file that is made from it', async () => {
    writeFiles(mirror, [['data.example/~someone/batches.tar.gz', bytesOf('no archive at all')]]);
    const { failed, fetched } = await fetchAll(target, base);
    expect(failed.map(({ file, error }) => `${file.path} ${error.code}`)).toEqual(['made/picked.bin E_DATA_SUM', 'made/first.bin E_DATA_SUM']);
    expect(fetched).toHaveLength(6);
  });

  it('as a part is found by the sum of the whole', async () => {
    writeFiles(mirror, [[[...MIRRORED.keys()][4] as string, bytesOf('part won;')]]);
    const { failed } = await fetchAll(target, base);
    expect(failed.map(({ file, error }) => [file.path, error.constructor, error.message.split(':')[0]])).toEqual([['made/parts.bin', DataSumError, 'file made/parts.bin from owner/parts/set']]);
  });
});

describe('what is not there', () => {
  it('is an error that names the place, and what is made from it says so', async () => {
    rmSync(join(mirror, 'owner/tables'), { recursive: true });
    const { failed, fetched } = await fetchAll(target, base);
    expect(failed.map(({ file, error }) => [file.path, error.constructor])).toEqual([
      ['tables/y.csv', DataOriginError], ['tables/i.npy', DataOriginError],
      ['made/labels.csv', DataIngredientError], ['made/parts.bin', DataIngredientError], ['made/picked.bin', DataIngredientError],
    ]);
    expect(failed[0]?.error.message).toContain(': no such file; expected the file. Fetch the file elsewhere and pass its folder with --origin.');
    expect(failed[2]?.error.message).toBe('file made/labels.csv, made from tables/y.csv: no such file; expected it to be fetched before. See what is said of that file.');
    expect(paths(fetched)).toEqual(['models/net.tflite', 'models/picture.bmp', 'made/first.bin']);
  });

  it('at one commit is taken from the next one', async () => {
    // The list names a commit first that the mirror has not got.
    expect(fileOf('models/picture.bmp').origin).toMatchObject({ commits: ['b'.repeat(40), '0123456789'] });
    const { fetched } = await fetchAll(target, base, { wanted: [fileOf('models/picture.bmp')] });
    expect(fetched).toHaveLength(1);
  });
});

it('a folder of the mirror where a file should be is an error', async () => {
  rmSync(join(mirror, [...MIRRORED.keys()][0] as string));
  mkdirSync(join(mirror, [...MIRRORED.keys()][0] as string));
  writeFileSync(join(mirror, 'extra'), '');
  const { failed } = await fetchAll(target, base, { wanted: [fileOf('models/net.tflite')] });
  expect(failed.map(({ error }) => error.message)).toEqual([expect.stringContaining('a file that cannot be read (EISDIR); expected the file')]);
});
