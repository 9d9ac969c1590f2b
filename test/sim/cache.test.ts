// SPDX-License-Identifier: Apache-2.0
/** The build cache: what it keys on, and what happens when a build breaks or two run at once. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cachedBuild, cacheFolder, contentHash } from '../../sim/simulators/cache.js';

let folder: string;
const before = process.env.GEN_ACCEL_CACHE;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gen-accel-cache-'));
  process.env.GEN_ACCEL_CACHE = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (before === undefined) delete process.env.GEN_ACCEL_CACHE;
  else process.env.GEN_ACCEL_CACHE = before;
});

const files = new Map([['rtl/a.v', 'text']]);

it('builds once, in a folder that holds the files', async () => {
  let builds = 0;
  const make = async (at: string) => {
    builds++;
    writeFileSync(join(at, 'out'), readFileSync(join(at, 'rtl/a.v'), 'utf8').toUpperCase());
  };
  const first = await cachedBuild('x', files, make);
  expect(first).toEqual({ folder: join(folder, 'x'), cached: false });
  expect(await cachedBuild('x', files, make)).toEqual({ ...first, cached: true });
  expect(builds).toBe(1);
  expect(readFileSync(join(first.folder, 'out'), 'utf8')).toBe('TEXT');
});

it('leaves nothing behind when a build fails, and builds again', async () => {
  await expect(cachedBuild('x', files, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(folder)).toEqual([]);
  expect((await cachedBuild('x', files, () => Promise.resolve())).cached).toBe(false);
});

it('survives two equal builds at once', async () => {
  const make = async (at: string) => {
    await new Promise((done) => setTimeout(done, 20));
    writeFileSync(join(at, 'out'), 'done');
  };
  const results = await Promise.all([cachedBuild('x', files, make), cachedBuild('x', files, make)]);
  for (const result of results) expect(existsSync(join(result.folder, 'out'))).toBe(true);
  expect(readdirSync(folder)).toEqual(['x']);
});

it('hashes names, texts and flags, not the order of the files', () => {
  const two = new Map([['a', '1'], ['b', '2']]);
  expect(contentHash(['f'], two)).toBe(contentHash(['f'], new Map([['b', '2'], ['a', '1']])));
  const others = [contentHash(['g'], two), contentHash(['f'], new Map([['a', '1'], ['b', '3']])), contentHash(['f'], new Map([['a', '12'], ['b', '']])), contentHash(['f', ''], two)];
  expect(new Set([...others, contentHash(['f'], two)]).size).toBe(5);
});

it('lies where GEN_ACCEL_CACHE says, else in the user\'s cache folder', () => {
  expect(cacheFolder({ GEN_ACCEL_CACHE: '/c' })).toBe('/c');
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/gen-accel');
  expect(cacheFolder({})).toMatch(/gen-accel$/);
});
