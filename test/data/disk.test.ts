// SPDX-License-Identifier: Apache-2.0
/** Fetches into folders that cannot be written, onto a full disk, and until an interrupt: nothing half-written stays. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataInterruptedError, DataWriteError } from '../../scripts/data/errors.js';
import type { Base } from '../../scripts/data/locations.js';
import { openOnDisk } from '../../scripts/data/transfer.js';
import { bytesOf, fetchAll, MIRRORED, writeFiles } from './fake.js';

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

describe('the target', () => {
  it('that is a file is an error, and stays', async () => {
    writeFiles(folder, [['parent', bytesOf('a file')]]);
    const outcome = await fetchAll(target, base);
    expect(failure(outcome)).toBeInstanceOf(DataWriteError);
    expect(failure(outcome).message).toBe(`folder ${target}: a file where a folder should be; expected to be able to write there. Move it away, or name another folder with --to or GEN_ACCEL_DATA.`);
    expect(readFileSync(join(folder, 'parent'), 'utf8')).toBe('a file');
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be written is an error', async () => {
    mkdirSync(target, { recursive: true });
    chmodSync(target, 0o555);
    expect(failure(await fetchAll(target, base)).message).toContain('no permission to write');
  });

  it('that cannot be written is no matter when nothing is missing', async () => {
    await fetchAll(target, base);
    const before = statSync(target).mtimeMs;
    await fetchAll(target, base);
    expect(statSync(target).mtimeMs).toBe(before);
  });

  it('on a full disk is an error that ends the run; nothing half-written stays, and the next run goes on', async () => {
    let files = 0;
    const openSink: typeof openOnDisk = async (path) => {
      const sink = await openOnDisk(path);
      if (++files < 3) return sink;
      return { close: () => sink.close(), write: async (bytes) => { await sink.write(bytes.subarray(0, 2)); throw Object.assign(new Error('no space'), { code: 'ENOSPC' }); } };
    };
    const outcome = await fetchAll(target, base, { openSink });
    expect(failure(outcome).message).toMatch(/: the disk is full; expected to be able to write there\. Free some space and run it again; what is complete stays\.$/);
    expect(outcome.fetched).toHaveLength(2);
    expect(filesIn(target)).toEqual(paths(outcome.fetched).toSorted());
    expect((await fetchAll(target, base)).fetched).toHaveLength(6);
  });

  it('is not made, nor the folders above it, when nothing could be fetched', async () => {
    rmSync(mirror, { recursive: true });
    await fetchAll(target, base);
    expect(existsSync(join(folder, 'parent'))).toBe(false);
  });

  it.each([['EROFS', 'a file system that cannot be written'], ['EACCES', 'no permission to write'], ['EPERM', 'no permission to write'], ['EDQUOT', 'your share of the disk is full'], ['EIO', 'broken']])('with %s says: %s', (code, text) => {
    expect(new DataWriteError('data', Object.assign(new Error('broken'), { code })).message).toContain(`folder data: ${text}; expected`);
  });
});

describe('an interrupt', () => {
  it('between two files keeps what is complete and ends with exit code 130', async () => {
    const stop = new AbortController();
    let count = 0;
    const outcome = await fetchAll(target, base, { signal: stop.signal, onFile: () => { if (++count === 3) stop.abort(); } });
    const error = failure(outcome);
    expect(error).toBeInstanceOf(DataInterruptedError);
    expect((error as DataInterruptedError).exitCode).toBe(130);
    expect(error.message).toBe('fetching data: interrupted; expected to finish. What is complete stays; run it again for the rest.');
    expect(filesIn(target)).toEqual(paths(outcome.fetched).toSorted());
    expect(outcome.fetched).toHaveLength(2);
  });

  it('within a file leaves nothing of it', async () => {
    const stop = new AbortController();
    const outcome = await fetchAll(target, base, { signal: stop.signal, onBytes: () => stop.abort() });
    expect(failure(outcome)).toBeInstanceOf(DataInterruptedError);
    expect(existsSync(target)).toBe(false);
  });
});
