// SPDX-License-Identifier: Apache-2.0
/** Owns reading an ONNX model's external data: files of the model's folder and of none else, links followed. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import type { ExternalLoader } from '../import/onnx/external-data.js';

/** Undefined for what is no file inside the folder. Every file is read once. */
export function externalDataBeside(model: string): ExternalLoader {
  const files = new Map<string, Uint8Array>();
  return (relative) => {
    const path = resolve(dirname(model), relative);
    if (!existsSync(path)) return undefined;
    const [folder, target] = [realpathSync(dirname(model)), realpathSync(path)];
    if (!target.startsWith(folder.endsWith(sep) ? folder : folder + sep) || !statSync(target).isFile()) return undefined;
    const bytes = files.get(target) ?? new Uint8Array(readFileSync(target));
    files.set(target, bytes);
    return bytes;
  };
}
