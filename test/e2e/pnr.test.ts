// SPDX-License-Identifier: Apache-2.0
/** Places small blocks with nextpnr, from the command line to the files of --out. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildTop, parts } from '../../generator/cli/accelerator.js';
import { PNR_TOOLS, type PnrTarget } from '../../sim/pnr/index.js';
import { findTool } from '../../sim/tools/index.js';
import { runCli } from '../support/run-cli.js';

const yosys = await findTool('yosys');
const found = async (target: PnrTarget): Promise<boolean> => (await Promise.all(PNR_TOOLS[target].map((tool) => findTool(tool)))).some((path) => path !== undefined);
const TIMEOUT_MS = 5 * 60_000;

it.for<[PnrTarget, string, string]>([
  ['ice40', 'up5k', 'pe'],
  ['ice40', 'hx8k', 'pe'],
  ['ecp5', '25k', 'pe_array'],
])('%s %s places %s; its clock, cells and slowest path are reported and kept', { timeout: TIMEOUT_MS }, async ([target, device, block], { skip }) => {
  if (!(await found(target))) skip(`no ${PNR_TOOLS[target].join(' or ')} in the search path`);
  const folder = mkdtempSync(join(tmpdir(), 'pnr-'));
  try {
    const native = yosys === undefined ? [] : ['--yosys', yosys];
    // An aim that nothing reaches is no error.
    const words = ['pnr', '--pes', '2', '--group', '4', '--target', target, '--device', device, '--block', block, '--freq', '900', '--out', 'kept', '--json', ...native];
    const { out, err, exitCode } = await runCli(words, folder, { buildTop, parts });
    expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
    const value = JSON.parse(out) as { fmaxMhz: number; frequencyMhz: number; utilization: { used: number; available: number }[]; criticalPath: { delayNs: number; source: { module: string }; sink: { module: string } }; tools: { nextpnr: string } };
    expect(value).toMatchObject({ target, device, block, frequencyMhz: 900 });
    expect(value.fmaxMhz).toBeGreaterThan(20);
    expect(value.fmaxMhz).toBeLessThan(900);
    expect(1000 / value.criticalPath.delayNs / value.fmaxMhz).toBeCloseTo(1, 1);
    expect(['pe', 'pe_array', 'index_decoder_direct', 'serial shell']).toEqual(expect.arrayContaining([value.criticalPath.source.module, value.criticalPath.sink.module]));
    expect(value.utilization.every(({ used, available }) => used > 0 && used <= available)).toBe(true);
    expect(value.tools.nextpnr).toMatch(/^(yowasp-)?nextpnr-\w+ \d+\.\d+/);
    expect(readdirSync(join(folder, 'kept')).sort()).toEqual(['netlist.json', 'nextpnr.log', 'pes2_group4_serial_shell.v', 'pnr.json', 'report.json', 'yosys.log']);
    expect(JSON.parse(readFileSync(join(folder, 'kept/pnr.json'), 'utf8'))).toMatchObject({ generator: 'gen-accel', fmaxMhz: value.fmaxMhz });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

