// SPDX-License-Identifier: Apache-2.0
/** Owns reading an ONNX model's external data: files of the model's folder and of none else, links followed. */
import { realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { LIMITS } from '../graph/limits.js';
import type { ExternalLoader } from '../import/onnx/external-data.js';
import { readRegularFile } from './model-file.js';

/** Where a path leads, links followed; undefined for none. */
function target(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined for what is no file inside the folder. Every file is read once; together they have a limit. */
export function externalDataBeside(model: string): ExternalLoader {
  const files = new Map<string, Uint8Array>();
  let left: number = LIMITS.fileBytes;
  return (relative) => {
    const folder = target(dirname(model));
    const path = target(resolve(dirname(model), relative));
    if (folder === undefined || path === undefined || !path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
    const known = files.get(path);
    if (known !== undefined) return known;
    const where = `external data ${relative}`;
    const bytes = readRegularFile(path, { where, expected: 'a file beside the model', remedy: 'Check what the model names.' }, left);
    left -= bytes.length;
    files.set(path, bytes);
    return bytes;
  };
}
