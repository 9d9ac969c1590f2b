// SPDX-License-Identifier: Apache-2.0
/** Holds `make demo` to what it says: files that are there, scored images that nothing was chosen by, and bits that agree. */
import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { digitsDemo, missingData, resnet8Demo, type Demo } from '../../bench/demo-steps.js';
import { dataRoot } from '../support/data.js';

const root = resolve(import.meta.dirname, '../..');
const regress = process.env['GEN_ACCEL_REGRESS'] === '1';

const after = ({ steps }: Demo, flag: string): string[] => steps.flatMap(({ args }) => args.flatMap((arg, i) => (arg === flag ? [args[i + 1]!] : [])));

describe.each([['with data', resnet8Demo('/data')], ['without', digitsDemo()]])('the demo %s', (_, demo) => {
  it('runs files of this repository', () => {
    const files = demo.steps.flatMap(({ program, args }) => [...(program === 'gen-accel' ? [] : [resolve(root, program)]), ...args.filter((arg) => arg.startsWith(root) && /\.onnx$/.test(arg))]);
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('shows the dense network, the retrained one, unconstrained pruning, both simulators, and accuracy', () => {
    const words = demo.steps.map(({ args }) => args.join(' '));
    expect(words.filter((line) => line.includes('--keep existing'))).toHaveLength(2);
    expect(words.filter((line) => line.includes('--compare-unconstrained'))).toHaveLength(1);
    expect(words.filter((line) => line.includes('--simulator icarus'))).toHaveLength(1);
    expect(demo.steps.at(-1)!.title).toMatch(/^Accuracy on 500 images/);
  });

  it('calibrates with training images and scores others', () => {
    const [calibration, images] = [new Set(after(demo, '--calibration')), new Set(after(demo, '--images'))];
    expect([...calibration].every((path) => /train4000|calibration$/.test(path)), [...calibration].join()).toBe(true);
    expect([...images].every((path) => /dev500|test$/.test(path)), [...images].join()).toBe(true);
    expect(calibration.size + images.size).toBe(2);
  });
});

it('without the data folder names what is not there', () => {
  expect(missingData('/nowhere')).toEqual(['mlperf-tiny-results/onnx/resnet8_float.onnx', 'cifar10/train4000_cifarbin.bin', 'cifar10/dev500_cifarbin.bin']);
});

it.for([['with data', dataRoot], ['without', '/nowhere']] as const)('ends with its verdict, %s', { timeout: 1_200_000 }, async ([, data], { skip }) => {
  if (!regress) skip('GEN_ACCEL_REGRESS=1 runs it');
  rmSync(resolve(root, 'build/demo'), { recursive: true, force: true });
  const { stdout, exitCode } = await execa(process.execPath, ['--import', 'tsx', 'bench/demo.ts'], { cwd: root, env: { GEN_ACCEL_DATA: data, GEN_ACCEL_REQUIRE_DATA: '0' }, reject: false });
  expect(exitCode).toBe(0);
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^demo: every bit agrees; \d+ s$/);
  expect(stdout).toContain('2 of 8, retrained');
});
