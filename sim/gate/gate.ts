// SPDX-License-Identifier: Apache-2.0
/** The gate: what Icarus, Verilator and Yosys complain about in emitted Verilog; a clean design has no finding. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GenAccelError } from '../../generator/core/errors.js';
import { runTool } from '../tools/index.js';

export type GateTool = 'iverilog' | 'verilator' | 'yosys';

export interface Finding {
  readonly tool: GateTool;
  /** As the tool printed it, continuation lines included. */
  readonly text: string;
}

export interface GateOptions {
  /** Default: all three. */
  readonly tools?: readonly GateTool[];
}

/** Texts by path; paths that do not end in .v are ignored. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Lints synthesizable Verilog. Several tops: all files are read together, so names that collide are found.
 * @throws ToolMissingError
 */
export function lintGate(files: Sources, tops: string | readonly string[], options: GateOptions = {}): Promise<Finding[]> {
  const names = typeof tops === 'string' ? [tops] : tops;
  const tools = options.tools ?? (['iverilog', 'verilator', 'yosys'] as const);
  return inFolder(files, async (folder, paths) => {
    const findings: Finding[] = [];
    for (const tool of tools) findings.push(...(await RUNS[tool](folder, paths, names)));
    return findings;
  });
}

/** Lints a testbench with its core: Icarus from `<prefix>_tb_icarus`, Verilator from `<prefix>_tb_top`. */
export function lintTestbench(files: Sources, prefix: string): Promise<Finding[]> {
  const icarusTop = `${prefix}_tb_icarus`;
  return inFolder(files, async (folder, paths) => [
    ...(await lintWithIcarus(folder, paths, [icarusTop])),
    ...(await lintWithVerilator(folder, paths.filter((path) => !path.endsWith(`/${icarusTop}.v`)), [`${prefix}_tb_top`])),
  ]);
}

/** E_SAME_PATH: two designs have a file of the same path with another content. */
export class SamePathError extends GenAccelError {
  constructor(path: string) {
    super('E_SAME_PATH', 'input', {
      where: path,
      found: 'two different files of this path',
      expected: 'a prefix of its own for every design',
      remedy: 'Set --prefix.',
    });
  }
}

/** Files of several designs as one set. @throws SamePathError */
export function mergeSources(designs: readonly Sources[]): Map<string, string> {
  const merged = new Map<string, string>();
  for (const [path, text] of designs.flatMap((files) => [...files])) {
    if (merged.has(path) && merged.get(path) !== text && path.endsWith('.v')) throw new SamePathError(path);
    merged.set(path, text);
  }
  return merged;
}

type Run = (folder: string, paths: readonly string[], tops: readonly string[]) => Promise<Finding[]>;

const lintWithIcarus: Run = async (folder, paths, tops) => {
  const args = ['-g2005', '-Wall', '-tnull', ...tops.flatMap((top) => ['-s', top]), ...paths];
  const { output, exitCode } = await runTool('iverilog', args, 'lint', { cwd: folder, allowFailure: true });
  return findings('iverilog', output, exitCode, (line) => !/^\s/.test(line));
};

const lintWithVerilator: Run = async (folder, paths, tops) => {
  const all: Finding[] = [];
  for (const top of tops) {
    const args = ['--lint-only', '-Wall', '--language', '1364-2005', '--top-module', top, ...paths];
    const { output, exitCode } = await runTool('verilator', args, 'lint', { cwd: folder, allowFailure: true });
    all.push(...findings('verilator', output, exitCode, (line) => line.startsWith('%')).filter(({ text }) => !/^%Error: Exiting due to/.test(text)));
  }
  return all;
};

const LATCHES = 't:$dlatch t:$adlatch t:$dlatchsr t:$sr';

const checkWithYosys: Run = async (folder, paths, tops) => {
  const all: Finding[] = [];
  for (const top of tops) {
    const script = [
      `read_verilog ${paths.join(' ')}`,
      `hierarchy -check -top ${top}`,
      'proc',
      `select -assert-none ${LATCHES}`,
      'opt',
      'check -assert',
    ].join('; ');
    const { output, exitCode } = await runTool('yosys', ['-q', '-p', script], 'check', { cwd: folder, allowFailure: true });
    all.push(...findings('yosys', output, exitCode, (line) => /^(Warning|ERROR)/.test(line) || /: (Warning|ERROR)/.test(line)));
  }
  return all;
};

const RUNS: Readonly<Record<GateTool, Run>> = { iverilog: lintWithIcarus, verilator: lintWithVerilator, yosys: checkWithYosys };

/** One finding a line that `starts` one; the lines before the next belong to it. Anything printed is a finding. */
function findings(tool: GateTool, output: string, exitCode: number, starts: (line: string) => boolean): Finding[] {
  const texts: string[] = [];
  for (const line of output.split('\n').filter((text) => text.trim() !== '')) {
    if (texts.length === 0 || starts(line)) texts.push(line);
    else texts[texts.length - 1] += `\n${line}`;
  }
  if (texts.length === 0 && exitCode !== 0) texts.push(`exit status ${exitCode}`);
  return texts.map((text) => ({ tool, text }));
}

async function inFolder<T>(files: Sources, use: (folder: string, paths: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gen-accel-gate-'));
  try {
    const paths = [...files.keys()].filter((path) => path.endsWith('.v'));
    for (const path of paths) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), files.get(path) ?? '');
    }
    return await use(folder, paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
