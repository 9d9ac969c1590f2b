// SPDX-License-Identifier: Apache-2.0
/** Runs the gate's three tools on emitted Verilog in a temporary folder; knows no design. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const run = (folder: string, tool: string, args: readonly string[]): { text: string; ok: boolean; found: boolean } => {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: folder, encoding: 'utf8' });
  return { text: `${stdout ?? ''}${stderr ?? ''}`.trim(), ok: status === 0, found: error === undefined };
};

export const hasTool = (tool: string): boolean => run('.', tool, [tool === 'iverilog' ? '-V' : '--version']).found;

/** Calls `use` with a folder that holds the files, and removes it afterwards. */
export function inFolderOf<T>(files: ReadonlyMap<string, string>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'gen-accel-test-'));
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CHECK = 'proc; select -assert-none t:$dlatch; opt; check -assert';

const GATE: Readonly<Record<string, (top: string, paths: readonly string[], script?: string) => string[]>> = {
  iverilog: (top, paths) => ['-g2005', '-Wall', '-tnull', '-s', top, ...paths],
  verilator: (top, paths) => ['--lint-only', '-Wall', '--language', '1364-2005', '--top-module', top, ...paths],
  yosys: (top, paths, script = CHECK) => [
    '-q', '-e', '.*', '-p', `read_verilog ${paths.join(' ')}; hierarchy -check -top ${top}; ${script}`,
  ],
};

export const GATE_TOOLS = Object.keys(GATE);

/** What a tool of the gate has to say about the files below `top`; empty when they are clean. `script`: for Yosys. */
export function complaintsOf(tool: string, files: ReadonlyMap<string, string>, top: string, script?: string): string {
  return inFolderOf(files, (folder) => {
    const { text, ok } = run(folder, tool, GATE[tool]!(top, [...files.keys()], script));
    return ok && text === '' ? '' : text || `${tool} failed without a word`;
  });
}

/** Simulates with Icarus and returns what it prints. */
export function simulate(files: ReadonlyMap<string, string>, top: string): string {
  return inFolderOf(files, (folder) => {
    const built = run(folder, 'iverilog', ['-g2005', '-Wall', '-s', top, '-o', 'sim.vvp', ...files.keys()]);
    if (!built.ok) throw new Error(built.text);
    return run(folder, 'vvp', ['-n', 'sim.vvp']).text;
  });
}
