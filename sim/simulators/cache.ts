// SPDX-License-Identifier: Apache-2.0
/** Owns the build cache: folders named by the hash of everything that a build depends on. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** `GEN_ACCEL_CACHE`, else `gen-accel` in the user's cache folder. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.GEN_ACCEL_CACHE !== undefined && env.GEN_ACCEL_CACHE !== '') return env.GEN_ACCEL_CACHE;
  const user = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  return join(env.XDG_CACHE_HOME !== undefined && env.XDG_CACHE_HOME !== '' ? env.XDG_CACHE_HOME : user, 'gen-accel');
}

/** Hash over names and texts, independent of the order of the map. */
export function contentHash(parts: readonly string[], files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  const add = (text: string) => hash.update(`${Buffer.byteLength(text)}:`).update(text);
  for (const part of parts) add(part);
  for (const path of [...files.keys()].sort()) add(path), add(files.get(path) ?? '');
  return hash.digest('hex').slice(0, 24);
}

/** Entries of the cache that are kept. */
const KEPT = 200;

export interface CachedBuild {
  readonly folder: string;
  readonly cached: boolean;
}

/**
 * The folder `name` of the cache. When it is absent, `make` fills a temporary folder (with `files` already in it)
 * that is then renamed: a broken or concurrent build never shows.
 */
export async function cachedBuild(
  name: string,
  files: ReadonlyMap<string, string>,
  make: (folder: string) => Promise<void>,
): Promise<CachedBuild> {
  const root = cacheFolder();
  const folder = join(root, name);
  const exists = () => access(folder).then(() => true, () => false);
  if (await exists()) {
    const now = new Date();
    await utimes(folder, now, now).catch(() => undefined);
    return { folder, cached: true };
  }
  const temporary = join(root, `tmp-${name}-${randomUUID().slice(0, 8)}`);
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(temporary, path)), { recursive: true });
      await writeFile(join(temporary, path), text);
    }
    await make(temporary);
    await rename(temporary, folder).catch(async (error: unknown) => {
      if (!(await exists())) throw error; // another process was faster
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  await prune(root).catch(() => undefined);
  return { folder, cached: false };
}

/** Removes the builds that were not used for longest, and temporary folders of dead processes. */
async function prune(root: string): Promise<void> {
  const names = await readdir(root);
  const entries = await Promise.all(names.map(async (name) => ({ name, time: (await stat(join(root, name))).mtimeMs })));
  const builds = entries.filter(({ name }) => !name.startsWith('tmp-')).sort((a, b) => b.time - a.time);
  const dead = entries.filter(({ name, time }) => name.startsWith('tmp-') && Date.now() - time > 86_400_000);
  for (const { name } of [...builds.slice(KEPT), ...dead]) await rm(join(root, name), { recursive: true, force: true });
}
