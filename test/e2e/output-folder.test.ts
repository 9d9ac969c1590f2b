// SPDX-License-Identifier: Apache-2.0
/** Checks that the generated folder stands alone: `make sim` there runs a network on the core in Icarus and can fail. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PartialConfig } from '../../generator/arch/rules.js';
import { generate } from '../../generator/cli/library.js';
import { writeOutputFolder } from '../../generator/cli/output-folder.js';

let folder = '';
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'standing-alone-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = async (config: PartialConfig): Promise<void> => {
  await writeOutputFolder(join(folder, 'hw'), generate(config).files, { force: false });
};
const makeSim = () => spawnSync('make', ['-s', '-C', join(folder, 'hw'), 'sim'], { encoding: 'utf8' });

describe('make sim', () => {
  it.each<[string, PartialConfig]>([
    ['the default', {}],
    ['three PEs, a bitmap, two lanes, a narrow bus', { pes: 3, group: 4, lanes: 2, index: 'bitmap', multiplier: 'lut', bus: 32, requant: 1 }],
    ['many requantizers and a wide bus', { pes: 16, group: 4, requant: 8, bus: 256, addr: 40, id: 1 }],
    ['the smallest buffers', { pes: 2, group: 2, weightDepth: 16, actDepth: 16, schedDepth: 16, outDepth: 16 }],
    ['single rounding', { pes: 8, rounding: 'single' }],
  ])('prints PASS for %s', async (_name, config) => {
    await write(config);
    const { status, stdout, stderr } = makeSim();
    expect(stdout).toMatch(/^PASS [0-9]+ checks, cycle [0-9]+\n$/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('prints the first mismatch and fails when the core computes another value', async () => {
    await write({});
    const path = join(folder, 'hw/rtl/pes16_group8_pe.v');
    const text = readFileSync(path, 'utf8');
    const broken = text.replace('act_q * weight_q', 'act_q * (weight_q ^ 8\'sd1)');
    expect(broken).not.toBe(text);
    writeFileSync(path, broken);
    const { status, stdout } = makeSim();
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/^C FAIL [0-9a-f]+ found [0-9a-f]{2} expected [0-9a-f]{2}\n/);
    expect(stdout).toContain('\nFAIL ');
  });

  it('fails when the vectors are for another configuration', async () => {
    await write({});
    const script = join(folder, 'hw/tb/selftest.txt');
    writeFileSync(script, readFileSync(script, 'utf8').replace(/^(e 00000008) [0-9a-f]{8}/m, '$1 12345678'));
    expect(makeSim().stdout).toMatch(/^E FAIL .*008 found [0-9a-f]{8} expected 12345678\n/);
  });
});
