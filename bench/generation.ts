// SPDX-License-Identifier: Apache-2.0
/** Measures how long the compiled program takes to generate an accelerator, from its start to its end. Text in Markdown. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const RUNS = 5;
const COMMAND = ['--pes', '16', '--group', '8'];
const ROOT = resolve(import.meta.dirname, '..');
const CPU_MARK = 'cpu microseconds ';
/** The program's own account of its CPU time: Node reports that of no child. */
const REPORT_CPU = `data:text/javascript,process.on('exit',()=>process.stderr.write('${CPU_MARK}'+process.cpuUsage().user+'\\n'))`;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const seconds = (value: number): string => `${value.toFixed(2)} s`;

function node(args: readonly string[]): { readonly wall: number; readonly stderr: string } {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`);
  return { wall: (performance.now() - start) / 1000, stderr };
}

export function generationSection(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gen-accel-bench-'));
  try {
    node([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', 'dist']);
    const runs = Array.from({ length: RUNS }, (_, i) => node(['--import', REPORT_CPU, 'dist/generator/cli/main.js', ...COMMAND, '--out', join(folder, String(i))]));
    const user = runs.map(({ stderr }) => Number(stderr.slice(stderr.lastIndexOf(CPU_MARK) + CPU_MARK.length)) / 1e6);
    return `## Generation

The compiled program from its start to its end, into a new folder, median of ${RUNS}. Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}.

| command | user CPU | wall clock |
| --- | --- | --- |
| \`gen-accel ${COMMAND.join(' ')}\` | ${seconds(median(user))} | ${seconds(median(runs.map(({ wall }) => wall)))} |
`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
