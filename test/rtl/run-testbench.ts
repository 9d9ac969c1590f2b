// SPDX-License-Identifier: Apache-2.0
/** Runs a Verilog testbench of test/rtl/tb against an emitted module with Icarus; for tests of blocks. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Module } from '../../generator/dsl/index.js';
import { emitDesign } from '../support/emit-design.js';
import { inFolderOf } from '../support/lint-verilog.js';

export interface Testbench {
  /** The module under test; it is emitted as `dut_<name>`. */
  readonly dut: Module;
  /** File in test/rtl/tb without `.v`; its module has the same name. */
  readonly testbench: string;
  /** Parameters of the testbench. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Files that the testbench reads. */
  readonly data?: Readonly<Record<string, string>>;
  /** Macros. */
  readonly defines?: readonly string[];
  /** Verilog files with cells of a technology. */
  readonly libraries?: readonly string[];
}

/** One word a line, in hexadecimal, as $readmemh reads it. */
export const hexLines = (words: readonly (bigint | number)[]): string => words.map((word) => word.toString(16)).join('\n') + '\n';

/** The lines that the testbench prints. */
export function runTestbench({ dut, testbench, parameters, data = {}, defines = [], libraries = [] }: Testbench): string[] {
  const { files } = emitDesign(dut, 'dut');
  const source = readFileSync(join(import.meta.dirname, 'tb', `${testbench}.v`), 'utf8');
  const all = new Map([...files, [`${testbench}.v`, source], ...Object.entries(data)]);
  return inFolderOf(all, (cwd) => {
    const overrides = Object.entries(parameters).map(([name, value]) => `-P${testbench}.${name}=${value}`);
    const sources = [...files.keys(), `${testbench}.v`];
    const built = spawnSync('iverilog', ['-g2005', '-Wall', '-Wno-timescale', '-s', testbench, '-o', 'sim.vvp', ...defines.map((name) => `-D${name}`), ...overrides, ...sources, ...libraries], { cwd, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    const { stdout, stderr, status } = spawnSync('vvp', ['-n', 'sim.vvp'], { cwd, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60_000 });
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  });
}

/** The defaults of those parameters of `all` that the testbench names. */
export const defaultsOf = (all: Readonly<Record<string, { readonly default: number }>>, ...names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, all[name]!.default]));
