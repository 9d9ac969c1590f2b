// SPDX-License-Identifier: Apache-2.0
/** Runs real ONNX files through `gen-accel sim` as a user does: a float one with calibration images and a quantized one, bit by bit in Verilator. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCore } from '../../generator/blocks/index.js';
import { networkResultSchema } from '../../generator/report/network-result.js';
import { findTool } from '../../sim/tools/index.js';
import { dataPath } from '../support/data.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasVerilator = (await findTool('verilator')) !== undefined;
const mnist = ['mnist/mnist-8.onnx', 'mnist/t10k-images-idx3-ubyte.gz', 'mnist/train-images-idx3-ubyte.gz', 'mnist/t10k-labels-idx1-ubyte.gz'].map(dataPath);
const resnet = ['mlperf-tiny-results/onnx/resnet8_qdq.onnx', 'cifar10/dev500_cifarbin.bin'].map(dataPath);
const isThere = (paths: readonly (string | undefined)[]): paths is string[] => paths.every((path) => path !== undefined);

async function simulate(words: readonly string[]) {
  const { exitCode, out, err } = await runCli(['sim', ...words, '--no-rows', '--json'], folder, { buildTop: buildCore });
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  const result = networkResultSchema.parse(JSON.parse(out));
  expect(result).toMatchObject({ bitExact: true, mismatch: null, protocolViolations: 0, synthetic: false });
  return result;
}

const stored = ({ layers }: Awaited<ReturnType<typeof simulate>>) =>
  layers.filter(({ place }) => place !== 'host' && place !== 'memory').map(({ op, bitExact }) => `${op} ${bitExact}`);

describe.skipIf(!hasVerilator)('gen-accel sim of an ONNX file', () => {
  it.skipIf(!isThere(mnist))('quantizes the float MNIST network on training digits and reads test digits, right and bit-exact', async () => {
    if (!isThere(mnist)) return;
    const [model, images, calibration] = mnist as [string, string, string];
    const result = await simulate([model, '--images', images, '--calibration', calibration, '--calibration-count', '50', '--count', '5']);
    expect(stored(result)).toEqual(['conv2d', 'max-pool', 'conv2d', 'max-pool', 'fully-connected'].map((op) => `${op} true`));
    expect(result).toMatchObject({ images: 5, correct: 5 });
    expect(result.totals.lawCycles / (result.totals.cycles as number)).toBeGreaterThan(0.9);
  }, 300_000);

  it.skipIf(!isThere(resnet))('runs the quantized ResNet-8 on its own scales, bit-exact', async () => {
    if (!isThere(resnet)) return;
    const [model, images] = resnet as [string, string];
    const result = await simulate([model, '--images', images, '--count', '2']);
    expect(result).toMatchObject({ images: 2, correct: 2 });
    expect(stored(result)).toHaveLength(14);
    expect(result.layers.filter(({ place }) => place === 'host').map(({ op }) => op)).toEqual(['softmax']);
    expect(result.totals.lawCycles / (result.totals.cycles as number)).toBeGreaterThan(0.97);
  }, 300_000);
});
