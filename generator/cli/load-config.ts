// SPDX-License-Identifier: Apache-2.0
/** Owns reading a `.ts` configuration file; knows nothing of what it may say. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type { IndexDecoder } from '../blocks/index.js';
import { ConfigFileError } from './usage-error.js';

/** Our own public API, as source or as compiled: what `import ... from 'gen-accel'` means in a configuration file. */
function publicApi(): string {
  const compiled = join(dirname(dirname(fileURLToPath(import.meta.url))), 'index.js');
  return existsSync(compiled) ? compiled : compiled.replace(/\.js$/, '.ts');
}

export interface ConfigFile {
  /** The default export: parameters, not yet validated. */
  readonly input: object;
  /** The export `indexDecoders`: decoders that the file adds to the built-in ones. */
  readonly indexDecoders: readonly IndexDecoder[];
}

/**
 * What a configuration file exports.
 * @throws ConfigFileError
 */
export async function loadConfigFile(path: string, cwd: string): Promise<ConfigFile> {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new ConfigFileError(path, 'there is no such file');
  const jiti = createJiti(import.meta.url, { alias: { 'gen-accel': publicApi() }, fsCache: false, moduleCache: false, interopDefault: false });
  let exported: Record<string, unknown>;
  try {
    exported = await jiti.import(file);
  } catch (cause) {
    throw new ConfigFileError(path, firstLine(cause), cause);
  }
  const input = exported['default'];
  if (input === undefined) throw new ConfigFileError(path, 'it has no default export');
  if (typeof input !== 'object' || input === null) throw new ConfigFileError(path, 'its default export is no object');
  const indexDecoders = exported['indexDecoders'] ?? [];
  if (!Array.isArray(indexDecoders)) throw new ConfigFileError(path, 'its export indexDecoders is no array');
  return { input, indexDecoders: indexDecoders as IndexDecoder[] };
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
