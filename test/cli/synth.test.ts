// SPDX-License-Identifier: Apache-2.0
/** Checks `gen-accel synth` around the synthesis: table, JSON, comparison with the prediction, errors. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesisTable, type SynthesisReport } from '../../generator/report/synthesis-table.js';
import { runCli, type CliResult } from '../support/run-cli.js';

let cwd = '';
beforeAll(() => { cwd = mkdtempSync(join(tmpdir(), 'cli-synth-')); });
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const cli = (line: string): Promise<CliResult> => runCli(line.split(' '), cwd);

const none = { lut: 0, lutRam: 0, ff: 0, ramb36: 0, ramb18: 0, ram4k: 0, ebr: 0, dsp: 0, multipliers: 0, memoryBits: 0 };
const report: SynthesisReport = {
  name: 'a', target: 'xc7', tool: 'Yosys 9', lutsPerMultiplier: 38.64,
  blocks: [
    { module: 'a_pe', instances: 16, own: { ...none, lut: 1384, ff: 512, dsp: 16 } },
    { module: 'a_wires', instances: 1, own: none },
    { module: 'a_ram', instances: 2, own: { ...none, ramb36: 3 } },
  ],
  totals: { ...none, lut: 1384, ff: 512, dsp: 16, ramb36: 3 },
  comparison: [{ resource: 'DSP48E1', predicted: 16, found: 16 }, { resource: 'RAMB36E1', predicted: 4, found: 3 }],
};

it('the table shows blocks that have cells, totals and the comparison', () => {
  expect(synthesisTable(report)).toEqual([
    'a on xc7, Yosys 9',
    'block  instances   LUT  LUT RAM   FF  RAMB36  RAMB18  DSP48',
    'a_pe          16  1384        0  512       0       0     16',
    'a_ram          2     0        0    0       3       0      0',
    'total             1384        0  512       3       0     16',
    '38.6 LUTs per multiplier (array with decode and drain)',
    'DSP48E1: 16, as predicted',
    'RAMB36E1: 3, PREDICTED 4',
  ]);
});

describe('gen-accel synth', () => {
  it('prints the synthesis and ends with 3 where it differs from the prediction', async () => {
    // The stand-in core has the weight memory of a core and no multiplier.
    const { exitCode, out, err } = await cli('synth --pes 16 --target generic');
    expect(out).toContain('pes16-group8 on generic, Yosys');
    expect(out).toContain('multipliers: 0, PREDICTED 21');
    expect(out).toContain('bits in buffers and queues: 262144, as predicted');
    expect(exitCode).toBe(3);
    expect(err).toMatch(/^gen-accel: synthesis of pes16-group8 with Yosys [^:]*: 0 multipliers; expected 21 multipliers as predicted\. Please report/);
  });

  it('prints one JSON object with --json', async () => {
    const value = JSON.parse((await cli('synth --pes 2 --target generic --json')).out) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['config', 'configHash', 'name', 'target', 'tool', 'blocks', 'totals', 'comparison', 'lutsPerMultiplier']);
    expect(value).toMatchObject({ target: 'generic', comparison: [{ resource: 'multipliers', found: 0 }, { found: 32768, predicted: 32768 }] });
  });

  it('refuses another target, and a Yosys that is not there', async () => {
    expect(await cli('synth --target ecp9')).toEqual({ exitCode: 1, out: '', err: 'gen-accel: --target ecp9 is none of generic, xc7, ecp5, ice40. Use --target xc7.\n' });
    expect(await cli('synth --yosys nowhere/yosys')).toMatchObject({ exitCode: 2, out: '' });
  });
});
