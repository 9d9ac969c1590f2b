// SPDX-License-Identifier: Apache-2.0
/** Measures the tool itself beside generation: builds of the simulation, an image in it, and compiling of large networks. Text in Markdown. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { markdownTable } from '../generator/report/markdown-table.js';
import type { JobResult } from './tool/job.js';

const RUNS = 3;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

function job(args: readonly string[], env: NodeJS.ProcessEnv = {}): JobResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/tool/job.ts', ...args], { cwd: resolve(import.meta.dirname, '..'), encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`bench/tool/job.ts ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as JobResult;
}

interface Line {
  readonly what: string;
  readonly found: string;
  readonly bar: string;
  readonly holds: boolean | undefined;
}

const under = (what: string, value: number, bar: number, unit: 's' | 'MB'): Line => ({ what, found: `${unit === 's' ? value.toFixed(1) : value.toFixed(0)} ${unit}`, bar: `< ${bar} ${unit}`, holds: value < bar });

export function toolSection(): string {
  const cache = mkdtempSync(join(tmpdir(), 'gen-accel-bench-'));
  try {
    const env = { GEN_ACCEL_CACHE: cache };
    const first = job(['build'], { ...env, CCACHE_DISABLE: '1' }).seconds['build'] ?? NaN;
    const repeat = (args: readonly string[], what: string): number => median(Array.from({ length: RUNS }, () => job(args, env).seconds[what] ?? NaN));
    const lines: Line[] = [
      { what: 'Verilator build, nothing cached', found: `${first.toFixed(1)} s`, bar: '', holds: undefined },
      under('the same again: Verilog generated, binary found by its hash', repeat(['build'], 'build'), 2, 's'),
      under('ResNet-8, one dense image in Verilator, all outputs compared', repeat(['image'], 'image'), 5, 's'),
    ];
    for (const name of ['vgg16', 'resnet-50']) {
      const { seconds, megabytes } = job(['compile', name, '2']);
      lines.push({ what: `${name}: pruning to 2 of 8 by magnitude`, found: `${(seconds['prune'] ?? NaN).toFixed(1)} s`, bar: '', holds: undefined });
      lines.push(under(`${name} at 2 of 8: compiling for 16 x 4`, seconds['compile'] ?? NaN, 30, 's'), under(`${name}: memory of the process that does both`, megabytes, 2000, 'MB'));
    }
    return `## The tool

Each in a process of its own, medians of ${RUNS} where something is repeated; \`gen-accel --pes 16 --group 8\` unless another core is named. Seconds depend on the machine: the one above.

${markdownTable(['what', 'found', 'bar', ''], lines.map(({ what, found, bar, holds }) => [what, found, bar, holds === undefined ? '' : holds ? 'holds' : 'SHORT']))}
`;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
