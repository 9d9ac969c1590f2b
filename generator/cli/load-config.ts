// SPDX-License-Identifier: Apache-2.0
/** Owns reading a `.ts` configuration file; knows nothing of what its parameters may say. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { IndexDecoder } from '../blocks/index.js';
import type { ConstraintKind } from '../prune/constraints/parse.js';
import { ConfigFileError } from './usage-error.js';

/** Our own public API, as source or as compiled: what `import ... from 'gen-accel'` means in a configuration file. */
function publicApi(): string {
  const compiled = join(dirname(dirname(fileURLToPath(import.meta.url))), 'index.js');
  return existsSync(compiled) ? compiled : compiled.replace(/\.js$/, '.ts');
}

export interface ConfigFile {
  /** The default export, awaited: parameters as plain values, not yet validated. */
  readonly input: object;
  /** The export `indexDecoders`: decoders that the file adds to the built-in ones. */
  readonly indexDecoders: readonly IndexDecoder[];
  /** The export `constraints`: kinds that `--prune` knows beside the built-in ones. */
  readonly constraints: readonly ConstraintKind[];
}

/**
 * What a configuration file exports.
 * @throws ConfigFileError
 */
export async function loadConfigFile(path: string, cwd: string): Promise<ConfigFile> {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new ConfigFileError(path, 'there is no such file');
  const release = guardExit(path);
  try {
    const { createJiti } = await import('jiti');
    const jiti = createJiti(import.meta.url, { alias: { 'gen-accel': publicApi() }, fsCache: false, moduleCache: false, interopDefault: false });
    const exported: Record<string, unknown> = await jiti.import(file);
    return readExports(path, await exported['default'], await exported['indexDecoders'], await exported['constraints']);
  } catch (cause) {
    throw cause instanceof ConfigFileError ? cause : new ConfigFileError(path, reason(cause, file, cwd), cause);
  } finally {
    release();
  }
}

/** Copies what was exported, so that a getter runs here and nowhere later. */
function readExports(path: string, input: unknown, decoders: unknown = [], constraints: unknown = []): ConfigFile {
  if (input === undefined) throw new ConfigFileError(path, 'it has no default export');
  if (!isPlainObject(input)) throw new ConfigFileError(path, `its default export is ${kindOf(input)}, not a plain object`);
  if (!Array.isArray(decoders)) throw new ConfigFileError(path, 'its export indexDecoders is no array');
  for (const [i, decoder] of decoders.entries()) {
    const name = (decoder as Partial<IndexDecoder> | null | undefined)?.format?.name;
    if (typeof name !== 'string') throw new ConfigFileError(path, `indexDecoders[${i}] is ${kindOf(decoder)} without a format that has a name`);
  }
  if (!Array.isArray(constraints)) throw new ConfigFileError(path, 'its export constraints is no array');
  for (const [i, kind] of constraints.entries()) {
    if (typeof (kind as Partial<ConstraintKind> | null | undefined)?.read !== 'function') throw new ConfigFileError(path, `constraints[${i}] is ${kindOf(kind)} without a function read`);
  }
  return { input: { ...input }, indexDecoders: [...decoders] as IndexDecoder[], constraints: [...constraints] as ConstraintKind[] };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (types.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return `the ${typeof value} ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
  return isPlainObject(value) ? 'an object' : `an instance of ${String((value as { constructor?: { name?: unknown } }).constructor?.name)}`;
}

/** A file that ends the process, or waits for ever, would leave exit code 0 and nothing written. */
function guardExit(path: string): () => void {
  let waiting = false;
  const onIdle = (): void => void (waiting = true);
  const onExit = (code: number): void => {
    const why = waiting ? 'it waits for what never happens' : `it ended the process with exit code ${code}`;
    process.stderr.write(`gen-accel: ${new ConfigFileError(path, why).message}\n`);
    if (waiting || code === 0) process.exitCode = 1;
  };
  process.on('beforeExit', onIdle);
  process.on('exit', onExit);
  return () => void process.off('beforeExit', onIdle).off('exit', onExit);
}

/** The first line of what was thrown, and its place as far as it is known. */
function reason(error: unknown, file: string, cwd: string): string {
  if (!types.isNativeError(error)) return `it threw ${kindOf(error)}`;
  const [first = '', ...more] = error.message.split('\n');
  const text = first.replace(/^ParseError: /, '').trim();
  // A syntax error names its place in its second line, every other one in its stack.
  const named = /^ *(.+):(\d+):(\d+)$/.exec(more[0] ?? '');
  const stack = error.stack ?? '';
  const [, line, column] = /^:(\d+):(\d+)/.exec(stack.slice(stack.indexOf(`${file}:`) + file.length)) ?? [];
  if (named !== null) return `${text} (${relative(cwd, named[1] ?? file)}:${named[2]}:${named[3]})`;
  return stack.includes(`${file}:`) && line !== undefined ? `${text} (${relative(cwd, file)}:${line}:${column})` : text;
}
