// SPDX-License-Identifier: Apache-2.0
/** Owns what a command may touch of the world outside, so that tests can stand in for it. */
import type { AccelConfig } from '../arch/config.js';
import type { IndexDecoder } from '../blocks/index.js';
import type { Module } from '../dsl/module.js';
import type { GenerateOptions } from '../generate/generate.js';
import type { ProgressStream } from './progress.js';

export interface Shell {
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  complain(line: string): void;
  /** Where progress is shown; absent: nowhere. */
  readonly progress?: ProgressStream;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
  readonly buildTop: (config: AccelConfig, decoders: readonly IndexDecoder[]) => Module;
  readonly parts: NonNullable<GenerateOptions['parts']>;
}
