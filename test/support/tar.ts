// SPDX-License-Identifier: Apache-2.0
/** Reads the files of a tar archive, compressed or not. */
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/** Contents by path. */
export function readTar(bytes: Uint8Array): Map<string, Uint8Array> {
  const tar = bytes[0] === 0x1f && bytes[1] === 0x8b ? new Uint8Array(gunzipSync(bytes)) : bytes;
  const text = (from: number, length: number): string => new TextDecoder().decode(tar.subarray(from, from + length)).replace(/\0[\s\S]*$/, '');
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const [name, prefix, type] = [text(at, 100), text(at + 345, 155), text(at + 156, 1)];
    if (type === '0' || type === '') files.set(prefix === '' ? name : `${prefix}/${name}`, tar.slice(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
