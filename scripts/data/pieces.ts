// SPDX-License-Identifier: Apache-2.0
/** Owns making listed files out of others: columns of a CSV file, records of a file, a file out of a .tar.gz. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DataIngredientError } from './errors.js';

const table = (text: string): string[][] => text.split('\n').filter((line) => line !== '').map((line) => line.split(','));

/** One column of the first rows of a CSV text without quotes. @throws DataIngredientError */
export function column(text: string, rows: number, index: number, file: string, of: string): string[] {
  const values = table(text).slice(0, rows).map((row) => row[index]);
  const whole = values.filter((value) => value !== undefined);
  if (whole.length !== rows) throw new DataIngredientError(file, of, `${whole.length} rows with column ${index}`, `${rows}`);
  return whole;
}

/** Some columns of the first rows, as a CSV text. @throws DataIngredientError */
export function columns(text: string, rows: number, indices: readonly number[], file: string, of: string): string {
  const chosen = indices.map((index) => column(text, rows, index, file, of));
  return Array.from({ length: rows }, (_, row) => `${chosen.map((values) => values[row] as string).join(',')}\n`).join('');
}

/** The numbers of a .npy file of int64. @throws DataIngredientError */
export function npyIndices(bytes: Uint8Array, file: string, of: string): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length < 10 ? 0 : 10 + view.getUint16(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, start));
  if (!header.startsWith('\x93NUMPY\x01') || !header.includes("'<i8'") || (bytes.length - start) % 8 !== 0) throw new DataIngredientError(file, of, `${bytes.length} bytes of another kind`, 'a .npy file of int64');
  return Array.from({ length: (bytes.length - start) / 8 }, (_, i) => Number(view.getBigInt64(start + 8 * i, true)));
}

/** Records by their numbers, one after the other. @throws DataIngredientError */
export function records(bytes: Uint8Array, recordBytes: number, numbers: readonly number[], file: string, of: string): Uint8Array {
  const out = new Uint8Array(numbers.length * recordBytes);
  const last = Math.floor(bytes.length / recordBytes) - 1;
  numbers.forEach((number, i) => {
    if (!(number >= 0 && number <= last)) throw new DataIngredientError(file, of, `records 0 to ${last}`, `record ${number} too`);
    out.set(bytes.subarray(number * recordBytes, (number + 1) * recordBytes), i * recordBytes);
  });
  return out;
}

const BLOCK = 512;
const text = (block: Buffer, from: number, to: number): string => block.toString('latin1', from, to).replace(/\0.*$/s, '').trim();

/** One file out of a .tar.gz on the disk. The archive is read once, from its start, and not kept. @throws DataIngredientError */
export async function fileOfArchive(archive: string, entry: string, file: string): Promise<Uint8Array> {
  const packed = createReadStream(archive);
  const stream = packed.pipe(createGunzip());
  packed.on('error', (error) => stream.destroy(error)); // a pipe hands on bytes, not errors
  let pending: Buffer = Buffer.alloc(0);
  let skip = 0;
  const wrong = (found: string): DataIngredientError => new DataIngredientError(file, `${entry} of an archive`, found, 'that file in a .tar.gz');
  let wanted: { readonly bytes: number; readonly parts: Buffer[]; got: number } | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      for (;;) {
        if (wanted !== undefined) {
          const part = pending.subarray(0, wanted.bytes - wanted.got);
          wanted.parts.push(Buffer.from(part));
          wanted.got += part.length;
          if (wanted.got === wanted.bytes) return new Uint8Array(Buffer.concat(wanted.parts));
          pending = Buffer.alloc(0);
          break;
        }
        const skipped = Math.min(skip, pending.length);
        pending = pending.subarray(skipped);
        skip -= skipped;
        if (skip > 0 || pending.length < BLOCK) break;
        const size = Number.parseInt(text(pending, 124, 136), 8);
        const prefix = text(pending, 345, 500);
        const name = `${prefix === '' ? '' : `${prefix}/`}${text(pending, 0, 100)}`;
        pending = pending.subarray(BLOCK);
        if (name === entry && size > 0) wanted = { bytes: size, parts: [], got: 0 };
        else skip = Number.isNaN(size) ? 0 : Math.ceil(size / BLOCK) * BLOCK;
      }
    }
  } catch (error) {
    throw error instanceof DataIngredientError ? error : wrong(`an archive that cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    packed.destroy();
    stream.destroy();
  }
  throw wrong(wanted === undefined ? 'no such file in it' : `${wanted.got} of its ${wanted.bytes} bytes`);
}
