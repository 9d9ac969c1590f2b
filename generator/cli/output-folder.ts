// SPDX-License-Identifier: Apache-2.0
/** Owns writing and checking an output folder: all or nothing, never over another's work; knows no Verilog. */
import { constants as fsConstants, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GenAccelError } from '../core/errors.js';
import { sha256 } from '../core/stable-hash.js';
import { InterruptedError, OutputConflictError, OutputStaleError, OutputWriteError } from './output-errors.js';
import { MANIFEST_FILE, readRecord, type WrittenRecord } from '../arch/manifest-record.js';

/** Path inside the folder, with forward slashes -> text or bytes. */
export type OutputFiles = ReadonlyMap<string, string | Uint8Array>;

/** The two operations that a full disk stops; tests replace them. */
export interface Writer {
  write(path: string, content: string | Uint8Array): Promise<void>;
  rename(from: string, to: string): void;
}

const diskWriter: Writer = {
  write: (path, content) => writeFile(path, content, { encoding: 'utf8', flag: 'wx' }),
  rename: renameSync,
};

export interface WriteOptions {
  /** Overwrite files that gen-accel did not write or that were edited. */
  readonly force: boolean;
  readonly writer?: Writer;
  /** Name of the manifest in the folder (default accel.json). */
  readonly manifest?: string;
  /** Ends the run early; the folder stays as it was. */
  readonly signal?: AbortSignal;
}

export interface WriteResult {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
}

/** Tools put their products here; it is never read, checked or removed. */
const TOOL_FOLDER = 'build';

const readIfFile = (path: string): Buffer | undefined => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? readFileSync(path) : undefined;
};

const holds = (found: Buffer | undefined, content: string | Uint8Array): boolean => found?.equals(typeof content === 'string' ? Buffer.from(content, 'utf8') : content) === true;

/** The files of the folder, except those of tools. */
function listFiles(folder: string): string[] {
  const walk = (relative: string): string[] =>
    readdirSync(join(folder, relative), { withFileTypes: true }).flatMap((entry) => {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (path === TOOL_FOLDER) return [];
      return entry.isDirectory() ? walk(path) : [path];
    });
  return walk('').sort();
}

/** What gen-accel wrote into the folder before; refuses what it may not overwrite. */
function earlierRecord(folder: string, files: OutputFiles, force: boolean, name: string): WrittenRecord {
  const nothing: WrittenRecord = new Map();
  if (!existsSync(folder)) return nothing;
  const present = listFiles(folder);
  if (present.length === 0) return nothing;
  const manifest = readIfFile(join(folder, name));
  const record = manifest === undefined ? 'foreign' : readRecord(manifest.toString('utf8'));
  if (record === 'foreign' || record === 'edited') {
    if (!force) throw new OutputConflictError(folder, record === 'edited' ? [name] : present, record);
    return nothing;
  }
  if (!force) {
    const edited = [...record].filter(([path, hash]) => {
      const content = readIfFile(join(folder, path));
      return existsSync(join(folder, path)) && (content === undefined || sha256(content) !== hash);
    });
    if (edited.length > 0) throw new OutputConflictError(folder, edited.map(([path]) => path), 'edited');
    const foreign = [...files.keys()].filter((path) => path !== name && !record.has(path) && lstatSync(join(folder, path), { throwIfNoEntry: false }) !== undefined);
    if (foreign.length > 0) throw new OutputConflictError(folder, foreign, 'foreign');
  }
  return record;
}

/** Removes the folders above a removed file as far as they are empty now. */
function removeEmptyFolders(folder: string, path: string): void {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    try {
      rmdirSync(join(folder, parent));
    } catch {
      return;
    }
  }
}

/** Replaces files one by one out of `staged`; on any failure puts everything back. */
function commit(folder: string, changed: readonly string[], removed: readonly string[], staged: string, backup: string, writer: Writer): void {
  const undo: (() => void)[] = [];
  const move = (from: string, to: string): void => {
    mkdirSync(dirname(to), { recursive: true });
    writer.rename(from, to);
    undo.push(() => renameSync(to, from));
  };
  try {
    for (const path of [...changed, ...removed]) {
      if (lstatSync(join(folder, path), { throwIfNoEntry: false }) !== undefined) move(join(folder, path), join(backup, path));
    }
    for (const path of changed) move(join(staged, path), join(folder, path));
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
  for (const path of removed) removeEmptyFolders(folder, path);
}

/**
 * Makes `files` the content of `folder`: written beside it first, then moved, so that a failure leaves the folder as it was.
 * Files that an earlier run wrote and this one does not are removed; files of other origin stay.
 * @throws OutputConflictError, OutputWriteError, InterruptedError
 */
export async function writeOutputFolder(target: string, files: OutputFiles, options: WriteOptions): Promise<WriteResult> {
  const folder = resolve(target);
  const writer = options.writer ?? diskWriter;
  let temporary: string | undefined;
  let created: string | undefined;
  try {
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat !== undefined && !readableFolder(folder)) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    const record = earlierRecord(folder, files, options.force, options.manifest ?? MANIFEST_FILE);
    const blocked = [...files.keys()].find((path) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory() === true);
    if (blocked !== undefined) throw Object.assign(new Error(`${blocked} is a folder`), { code: 'EISDIR' });
    const changed = [...files].filter(([path, content]) => !holds(readIfFile(join(folder, path)), content)).map(([path]) => path);
    const unchanged = [...files.keys()].filter((path) => !changed.includes(path));
    const removed = [...record.keys()].filter((path) => !files.has(path) && readIfFile(join(folder, path)) !== undefined);
    if (changed.length + removed.length === 0) return { written: [], unchanged, removed: [] };

    created = mkdirSync(dirname(folder), { recursive: true });
    if (stat !== undefined) await access(folder, fsConstants.W_OK);
    temporary = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
    const staged = join(temporary, 'new');
    mkdirSync(staged);
    for (const path of changed) {
      if (options.signal?.aborted === true) throw new InterruptedError(`writing ${folder}`);
      mkdirSync(dirname(join(staged, path)), { recursive: true });
      await writer.write(join(staged, path), files.get(path) as string | Uint8Array);
    }
    if (options.signal?.aborted === true) throw new InterruptedError(`writing ${folder}`);
    if (stat === undefined) writer.rename(staged, folder);
    else commit(folder, changed, removed, staged, join(temporary, 'old'), writer);
    created = undefined;
    return { written: changed, unchanged, removed };
  } catch (error) {
    throw error instanceof GenAccelError ? error : new OutputWriteError(`output folder ${folder}`, error);
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    if (created !== undefined) rmSync(created, { recursive: true, force: true });
  }
}

/** A folder, or a link to one. */
function readableFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOTDIR') return false;
    throw error;
  }
}

/**
 * Compares the folder with what would be written.
 * @throws OutputStaleError that lists every file that differs, is missing or is no longer generated
 */
export function checkOutputFolder(target: string, files: OutputFiles, name = MANIFEST_FILE): void {
  const folder = resolve(target);
  const manifest = readIfFile(join(folder, name));
  const record = manifest === undefined ? 'foreign' : readRecord(manifest.toString('utf8'));
  const differences: string[] = [];
  for (const [path, content] of files) {
    const present = readIfFile(join(folder, path));
    if (present === undefined) differences.push(`missing: ${path}`);
    else if (!holds(present, content)) differences.push(`differs: ${path}`);
  }
  if (typeof record !== 'string') {
    for (const path of record.keys()) if (!files.has(path) && existsSync(join(folder, path))) differences.push(`no longer generated: ${path}`);
  }
  if (differences.length > 0) throw new OutputStaleError(target, differences);
}
