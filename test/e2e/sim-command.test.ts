// SPDX-License-Identifier: Apache-2.0
/** Runs `gen-accel sim` as a user does: ResNet-8 in Verilator, JSON, a fault that must be found, the command that it prints. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCore } from '../../generator/blocks/index.js';
import { networkResultSchema } from '../../generator/report/network-result.js';
import { findTool } from '../../sim/tools/index.js';
import { dataPath } from '../support/data.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-sim-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (words: readonly string[]) => runCli(['sim', ...words], folder, { buildTop: buildCore });

const hasVerilator = (await findTool('verilator')) !== undefined;
const model = dataPath('mlcommons-tiny/resnet8_int8.tflite');
const images = dataPath('cifar10/dev500_cifarbin.bin');

/** Exactly one JSON object, of the documented form. */
const parse = (out: string) => {
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  return networkResultSchema.parse(JSON.parse(out));
};

describe.skipIf(!hasVerilator)('gen-accel sim', () => {
  it.skipIf(model === undefined || images === undefined)('runs ResNet-8 with 2 of 8 weights on a CIFAR-10 image, bit by bit', async () => {
    const { exitCode, out, err } = await cli([model as string, '--images', images as string, '--keep', '2', '--json']);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    const result = parse(out);
    expect(result).toMatchObject({ bitExact: true, images: 1, synthetic: false, mismatch: null });
    expect(result.correct).toBeTypeOf('number');
    const array = result.layers.filter(({ place }) => place === 'array');
    expect(array.map(({ name, keep, bitExact }) => `${name} ${keep} ${bitExact}`)).toEqual([
      'conv2d_1 dense true', ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `conv2d_${n} 2 true`), 'avgpool_1 dense true', 'fc_1 2 true',
    ]);
    expect(result.layers.filter(({ place }) => place === 'drain').map(({ name, bitExact }) => `${name} ${bitExact}`)).toEqual(['add_1 true', 'add_2 true', 'add_3 true']);
    expect(result.layers.filter(({ place }) => place === 'host').map(({ name }) => name)).toEqual(['softmax_1']);
    // The bars of the whole network at 16 PEs, groups of 8, one lane, a 64-bit bus and 20 cycles of latency.
    const { cycles, lawCycles, denseCycles, denseLawCycles } = result.totals;
    expect(lawCycles / (cycles ?? 0)).toBeGreaterThan(0.97);
    expect(denseLawCycles / (denseCycles ?? 0)).toBeGreaterThan(0.97);
    expect(result.speedupOverDense).toBeGreaterThan(3.4);
  });

  it('without a model runs the same shape with random weights and says so', async () => {
    const { exitCode, out } = await cli(['--keep', '2', '--count', '2', '--no-rows', '--no-dense', '--seed', '9']);
    expect(exitCode).toBe(0);
    expect(out).toContain('resnet8-synthetic-9 (synthetic): balanced magnitude');
    expect(out).toContain('2 images; synthetic, no accuracy');
    expect(out).toContain('every array layer of every run equals the golden model');
  });

  it('finds a wrong bit in memory, and prints a command that shows it in a layer alone with waveforms', async () => {
    const broken = await cli(['synthetic', '--keep', '2', '--keep', 'conv2d_4=3', '--fault', 'conv2d_4', '--no-dense']);
    expect(broken.exitCode).toBe(1);
    expect(broken.out).toContain('DIFFER from the golden model');
    const lines = broken.err.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^gen-accel: layer conv2d_4, channel 0, y=\d+ x=\d+: rtl -?\d+, golden -?\d+ \(pe 0, lane 0; \d+ of 8192 values differ\)$/);
    const command = /gen-accel sim (.*)$/.exec(lines[2] ?? '')?.[1] ?? '';
    expect(command).toMatch(/^synthetic --fault conv2d_4 --keep 2 --keep conv2d_4=3 --layer conv2d_4 --trace fst --trace-from \d+ --trace-to \d+$/);

    const alone = await cli(command.split(' '));
    expect(alone.exitCode).toBe(1);
    expect(alone.err.split('\n')[0]).toBe(lines[0]);
    expect(statSync(join(folder, 'resnet8-synthetic-1-conv2d_4.fst')).size).toBeGreaterThan(1000);

    const json = await cli(['synthetic', '--keep', '2', '--fault', 'conv2d_4', '--layer', 'conv2d_4', '--json']);
    expect(json.exitCode).toBe(1);
    expect(parse(json.out)).toMatchObject({ bitExact: false, mismatch: { layer: 'conv2d_4', channel: 0, pe: 0 } });
  });

  it('stops when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await runCli(['sim'], folder, { buildTop: buildCore, signal: controller.signal })).toMatchObject({ exitCode: 130, out: '' });
  });
});
