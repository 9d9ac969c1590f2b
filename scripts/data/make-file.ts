// SPDX-License-Identifier: Apache-2.0
/** Owns making one listed file in the temporary folder: fetched, or made from what was fetched, and checked against its sum. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DataIngredientError, DataInterruptedError, DataNetworkError, DataOriginError, DataSumError, DataWriteError } from './errors.js';
import type { FetchOptions } from './fetch-data.js';
import type { DataFile, Origin } from './list.js';
import { archiveLocation, namedLocation, repositoryLocations, textOf, type Base, type Location } from './locations.js';
import { column, columns, fileOfArchive, npyIndices, records } from './pieces.js';
import { describeBytes, isFile, sumOf } from './sums.js';
import { transfer, type Sink, type Transferred } from './transfer.js';

export interface MakerOptions extends FetchOptions {
  /** A folder on the file system of the target. */
  readonly temporary: string;
  readonly openSink: (path: string) => Promise<Sink>;
  readonly pauseMs: number;
}

/** The largest part that a file is put together from. */
const MAX_PART_BYTES = 1 << 20;

/** What can bring the file: a folder that has it by its listed path, its origin, or nothing. */
export async function sourceOf(base: Base, file: DataFile): Promise<'named' | 'origin' | undefined> {
  const named = namedLocation(base, file);
  if (named?.kind === 'disk' && (await isFile(named.path))) return 'named';
  return file.origin.kind === 'none' ? undefined : 'origin';
}

/** A function that makes a file and returns where it stands in the temporary folder; archives are fetched once. */
export function createMaker(options: MakerOptions): (file: DataFile) => Promise<string> {
  const { base, folder, list, temporary, signal } = options;
  const archives = new Map<string, string>();
  let number = 0;
  const place = (): string => join(temporary, String(number++));

  /** From the first location that has it, tried again when the network or the server fails. */
  const bring = async (file: DataFile, locations: readonly Location[], maxBytes: number): Promise<Transferred & { readonly at: string; readonly from: string }> => {
    const at = place();
    for (let attempt = 0, next = 0; ; ) {
      const location = locations[next] as Location;
      let shown = 0;
      const onBytes = (bytes: number): void => { shown += bytes; options.onBytes(bytes); };
      try {
        return { ...(await transfer(location, at, { ...options, onBytes, file: file.path, maxBytes })), at, from: textOf(location) };
      } catch (error) {
        options.onBytes(-shown);
        const again = error instanceof DataNetworkError || (error instanceof DataOriginError && error.temporary);
        if (again && attempt < options.retries) {
          await pause(options.pauseMs * 2 ** attempt++, undefined, { signal }).catch(() => { throw new DataInterruptedError(); });
        } else if (!again && error instanceof DataOriginError && next + 1 < locations.length) next++;
        else throw error;
      }
    }
  };

  /** One whole file or archive of known size and sum. */
  const whole = async (file: DataFile, locations: readonly Location[], listed: { readonly bytes: number; readonly sha256: string }): Promise<string> => {
    const { at, from, bytes, sha256, cut } = await bring(file, locations, listed.bytes);
    if (cut || bytes !== listed.bytes || sha256 !== listed.sha256) {
      throw new DataSumError(file.path, from, cut ? `more than ${listed.bytes} bytes` : describeBytes(bytes, sha256), describeBytes(listed.bytes, listed.sha256));
    }
    return at;
  };

  const ingredient = async (file: DataFile, of: string): Promise<Uint8Array> => {
    const listed = list.files.find(({ path }) => path === of);
    const bytes = new Uint8Array(await readFile(join(folder, of)).catch(() => { throw new DataIngredientError(file.path, of, 'no such file', 'it to be fetched before'); }));
    if (sumOf(bytes) !== listed?.sha256) throw new DataIngredientError(file.path, of, describeBytes(bytes.length, sumOf(bytes)), 'the listed file');
    return bytes;
  };
  const textIngredient = async (file: DataFile, of: string): Promise<string> => new TextDecoder().decode(await ingredient(file, of));

  const parts = async (file: DataFile, origin: Extract<Origin, { kind: 'parts' }>): Promise<Uint8Array> => {
    const { of, rows, column: index } = origin.names;
    const names = column(await textIngredient(file, of), rows, index, file.path, of);
    const pieces: Uint8Array[] = [];
    for (const name of names) {
      const { at, cut, from } = await bring(file, repositoryLocations(base, origin, `${origin.folder}/${name}`), MAX_PART_BYTES);
      if (cut) throw new DataSumError(file.path, from, `more than ${MAX_PART_BYTES} bytes`, 'a part of the file');
      pieces.push(await readFile(at));
    }
    return Buffer.concat(pieces);
  };

  const recordsOf = async (file: DataFile, { archive, entry, recordBytes, pick }: Extract<Origin, { kind: 'records' }>): Promise<Uint8Array> => {
    const listed = list.archives[archive];
    if (listed === undefined) throw new DataIngredientError(file.path, archive, 'no such archive', 'one of the list');
    const numbers = 'first' in pick ? Array.from({ length: pick.first }, (_, i) => i) : npyIndices(await ingredient(file, pick.indices), file.path, pick.indices);
    const at = archives.get(archive) ?? (await whole(file, [archiveLocation(base, listed)], listed));
    archives.set(archive, at);
    return records(await fileOfArchive(at, entry, file.path), recordBytes, numbers, file.path, entry);
  };

  const written = async (file: DataFile, bytes: Uint8Array, from: string): Promise<string> => {
    if (sumOf(bytes) !== file.sha256) throw new DataSumError(file.path, from, describeBytes(bytes.length, sumOf(bytes)), describeBytes(file.bytes, file.sha256));
    const at = place();
    try {
      const sink = await options.openSink(at);
      await sink.write(bytes).finally(() => sink.close());
    } catch (error) {
      throw new DataWriteError(at, error);
    }
    return at;
  };

  return async (file) => {
    const named = namedLocation(base, file);
    if (named !== undefined && (await sourceOf(base, file)) === 'named') return whole(file, [named], file);
    const { origin } = file;
    switch (origin.kind) {
      case 'file':
        return whole(file, repositoryLocations(base, origin, origin.path), file);
      case 'columns':
        return written(file, new TextEncoder().encode(columns(await textIngredient(file, origin.of), origin.rows, origin.columns, file.path, origin.of)), origin.of);
      case 'parts':
        return written(file, await parts(file, origin), `${origin.repository}/${origin.folder}`);
      case 'records':
        return written(file, await recordsOf(file, origin), `${origin.archive}, ${origin.entry}`);
      case 'none':
        throw new DataIngredientError(file.path, 'nothing', origin.reason, 'an origin');
    }
  };
}
