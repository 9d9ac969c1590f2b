// SPDX-License-Identifier: Apache-2.0
/** Owns reading a `.ts` configuration file; knows nothing of what it may say. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { ConfigFileError } from './usage-error.js';

/** Our own public API, as source or as compiled: what `import ... from 'gen-accel'` means in a configuration file. */
function publicApi(): string {
  const compiled = join(dirname(dirname(fileURLToPath(import.meta.url))), 'index.js');
  return existsSync(compiled) ? compiled : compiled.replace(/\.js$/, '.ts');
}

/**
 * The default export of a configuration file, as it is.
 * @throws ConfigFileError
 */
export async function loadConfigFile(path: string, cwd: string): Promise<object> {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new ConfigFileError(path, 'there is no such file');
  const jiti = createJiti(import.meta.url, { alias: { 'gen-accel': publicApi() }, fsCache: false, moduleCache: false });
  let value: unknown;
  try {
    value = await jiti.import(file, { default: true });
  } catch (cause) {
    throw new ConfigFileError(path, firstLine(cause), cause);
  }
  if (typeof value !== 'object' || value === null) throw new ConfigFileError(path, 'it has no default export that is an object');
  const isModule = Object.prototype.toString.call(value) === '[object Module]' || '__esModule' in value;
  if (isModule) throw new ConfigFileError(path, 'it has no default export');
  return value;
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
