// SPDX-License-Identifier: Apache-2.0
/** Owns making the data folder hold the listed files: what is there stays, what is missing is fetched beside it, checked, and moved into place. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GenAccelError } from '../../generator/core/errors.js';
import { DataInterruptedError, DataPresentError, DataWriteError, isFinal } from './errors.js';
import { ingredientsOf, type DataFile, type DataList } from './list.js';
import type { Base } from './locations.js';
import { createMaker, sourceOf } from './make-file.js';
import { describeBytes, inspect } from './sums.js';
import { openOnDisk, type Sink } from './transfer.js';

export interface FetchOptions {
  readonly list: DataList;
  /** Of the list, what is wanted. What it is made from is fetched with it. */
  readonly wanted: readonly DataFile[];
  /** The data folder. */
  readonly folder: string;
  readonly base: Base;
  /** Replace files with other bytes. */
  readonly force: boolean;
  readonly silenceMs: number;
  /** Times that a transfer is tried again after the network or the server failed. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** A file begins; bytes arrive. */
  readonly onFile: (file: DataFile) => void;
  readonly onBytes: (bytes: number) => void;
  readonly openSink?: (path: string) => Promise<Sink>;
  /** Milliseconds before the first repetition; doubled for each that follows. */
  readonly pauseMs?: number;
}

export interface FetchOutcome {
  readonly fetched: readonly DataFile[];
  readonly present: readonly DataFile[];
  /** Neither there nor fetched by anything here. */
  readonly without: readonly DataFile[];
  readonly failed: readonly { readonly file: DataFile; readonly error: GenAccelError }[];
}

/** Wanted files with what they are made from, ingredients first. */
export function withIngredients({ files }: DataList, wanted: readonly DataFile[]): DataFile[] {
  const needed = new Set(wanted.flatMap(({ path, origin }) => [path, ...ingredientsOf(origin)]));
  const all = files.filter(({ path }) => needed.has(path));
  return [...all.filter(({ origin }) => origin.kind === 'file'), ...all.filter(({ origin }) => origin.kind !== 'file')];
}

/** Errors of single files are in the outcome; after one that the others would share, the rest is left. @throws nothing of its own */
export async function fetchData(options: FetchOptions): Promise<FetchOutcome> {
  const { folder, base, force, signal } = options;
  const outcome = { fetched: [] as DataFile[], present: [] as DataFile[], without: [] as DataFile[], failed: [] as { file: DataFile; error: GenAccelError }[] };
  let temporary: string | undefined;
  /** The outermost folder that was made for the data. */
  let created: string | undefined;
  let make: ReturnType<typeof createMaker> | undefined;
  try {
    for (const file of withIngredients(options.list, options.wanted)) {
      try {
        if (signal.aborted) throw new DataInterruptedError();
        const { state, found } = await inspect(folder, file);
        if (state === 'present') {
          outcome.present.push(file);
          continue;
        }
        const canFetch = (await sourceOf(base, file)) !== undefined;
        if (state === 'differs' && !(force && canFetch)) throw new DataPresentError(join(folder, file.path), found, describeBytes(file.bytes, file.sha256), canFetch);
        if (!canFetch) {
          outcome.without.push(file);
          continue;
        }
        options.onFile(file);
        temporary ??= await writing(folder, async () => {
          created = await mkdir(folder, { recursive: true });
          return mkdtemp(join(folder, '.fetching-'));
        });
        make ??= createMaker({ ...options, temporary, openSink: options.openSink ?? openOnDisk, pauseMs: options.pauseMs ?? 1000 });
        const made = await make(file);
        if (signal.aborted) throw new DataInterruptedError();
        await writing(join(folder, file.path), async () => {
          await mkdir(dirname(join(folder, file.path)), { recursive: true });
          await rename(made, join(folder, file.path));
        });
        outcome.fetched.push(file);
      } catch (error) {
        if (!(error instanceof GenAccelError)) throw error;
        outcome.failed.push({ file, error });
        if (isFinal(error)) break;
      }
    }
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    if (created !== undefined && outcome.fetched.length === 0) await rm(created, { recursive: true, force: true });
  }
  return outcome;
}

async function writing<T>(place: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new DataWriteError(place, error);
  }
}
