// SPDX-License-Identifier: Apache-2.0
/** Owns what is known of a file by its bytes: its sum, and whether the listed one stands at its place. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFile } from './list.js';

export type State = 'present' | 'missing' | 'differs';

export const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const describeBytes = (bytes: number, sha256: string): string => `${bytes} bytes with SHA-256 ${sha256}`;

export const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() === true;

/** What stands at the place of a listed file. */
export async function inspect(folder: string, { path, sha256 }: DataFile): Promise<{ readonly state: State; readonly found: string }> {
  const place = join(folder, path);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return { state: 'missing', found: 'nothing' };
  if (!found.isFile()) return { state: 'differs', found: 'no file' };
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(place)) hash.update(chunk as Buffer);
  } catch (error) {
    return { state: 'differs', found: `a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` };
  }
  const sum = hash.digest('hex');
  return { state: sum === sha256 ? 'present' : 'differs', found: describeBytes(found.size, sum) };
}
