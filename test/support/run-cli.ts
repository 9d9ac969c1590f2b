// SPDX-License-Identifier: Apache-2.0
/** Runs a gen-accel command line inside the test, with a small stand-in for the core, and keeps what it printed. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { run } from '../../generator/cli/run.js';
import type { Shell } from '../../generator/cli/shell.js';
import { clock, defineModule, input, output, parameter } from '../../generator/dsl/index.js';
import type { Module } from '../../generator/dsl/module.js';

/** A register and a memory as wide as the array: enough for everything around the core. */
export const standInCore = (config: AccelConfig): Module =>
  defineModule({
    name: 'core',
    doc: { role: 'Stand-in for the core.', timing: 'Two cycles.', reset: 'None.', numbers: 'Unsigned.' },
    parameters: { WIDTH: parameter({ doc: 'word width', unit: 'bits', range: [1, 4096], default: 8 * config.pes }) },
    ports: (P) => ({
      clk_i: clock(),
      wr_en_i: input(1, { group: 'Write' }),
      wr_addr_i: input(11),
      wr_data_i: input(P.WIDTH),
      rd_en_i: input(1, { group: 'Read' }),
      rd_addr_i: input(11),
      rd_data_o: output(P.WIDTH),
    }),
    body: (m, P) => {
      m.memory('u_weights', { width: P.WIDTH, depth: 2048, addressWidth: 11, doc: 'Words.', connect: { ...m.port } });
    },
  }) as unknown as Module;

export interface CliResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function runCli(words: readonly string[], cwd: string, overrides: Partial<Shell> = {}): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await run(words, {
    cwd,
    print: (line) => out.push(`${line}\n`),
    complain: (line) => err.push(`${line}\n`),
    signal: new AbortController().signal,
    buildTop: standInCore,
    parts: [],
    ...overrides,
  });
  return { exitCode, out: out.join(''), err: err.join('') };
}
