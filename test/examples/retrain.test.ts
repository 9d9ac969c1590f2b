// SPDX-License-Identifier: Apache-2.0
/**
 * Goes the whole way through PyTorch and back, where GEN_ACCEL_PYTORCH names a Python that has the packages of examples/retrain-pytorch:
 *   GEN_ACCEL_PYTORCH=venv/bin/python npx vitest run test/examples/retrain.test.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { arrays } from '../../examples/digits/files.js';
import { DENSE, floatDigits, int8Digits, rightFloat } from '../../examples/digits/score.js';
import { digitImages } from '../../examples/digits/images.js';
import { isFloatWeighted } from '../../generator/float/network.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { runCli } from '../support/run-cli.js';

const python = process.env['GEN_ACCEL_PYTORCH'];
const scripts = resolve(import.meta.dirname, '../../examples/retrain-pytorch');

describe.skipIf(python === undefined)('a network that is pruned, retrained in PyTorch for a moment and read again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-accel-retrain-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]): string => execFileSync(python as string, args, { cwd: folder, encoding: 'utf8' });

  it('has its zeros where the masks are, other weights, and more right answers', async () => {
    for (const [name, bytes] of arrays('train', 640)) writeFileSync(join(folder, name), bytes);
    expect((await runCli(['prune', DENSE, '--keep', '2', '-o', 'pruned'], folder)).exitCode).toBe(0);
    const out = run(join(scripts, 'retrain.py'), 'pruned', '--teacher', DENSE, '--images', 'train.npy', '--out', 'retrained.onnx', '--epochs', '3', '--batch', '32', '--shift', '0', '--mix', '0', '--norms');
    expect(out).toMatch(/retrained\.onnx: \d+ of \d+ masked weights kept, 0 outside the masks/);

    const [before, after] = [floatDigits(join(folder, 'pruned/model.onnx')), floatDigits(join(folder, 'retrained.onnx'))];
    const weights = (network: typeof before) => network.ops.filter(isFloatWeighted).map((op) => op.weights);
    weights(after).forEach(({ name, data, shape }, i) => {
      const old = weights(before)[i]!;
      expect([name, shape]).toEqual([old.name, old.shape]);
      expect(data.every((value, k) => old.data[k] !== 0 || value === 0), name).toBe(true);
      expect(data, name).not.toEqual(old.data);
    });
    const { keep } = pruneNetwork(int8Digits(after), { group: 8, default: { existing: 'balanced' }, layers: new Map() });
    expect([...keep.values()].filter((k) => k === 2)).toHaveLength(7);

    const images = digitImages('test', 100);
    expect(rightFloat(after, images)).toBeGreaterThan(rightFloat(before, images) + 20);
  }, 600_000);

  it('is the same, byte by byte, when it is trained again with the same seed, and another with another', () => {
    const trained = (out: string, seed: string): Buffer => {
      run(join(scripts, 'retrain.py'), 'pruned', '--teacher', DENSE, '--images', 'train.npy', '--out', out, '--epochs', '1', '--hold', '320', '--bf16', '--round', '11', '--seed', seed);
      return readFileSync(join(folder, out));
    };
    const first = trained('first.onnx', '1');
    expect(trained('again.onnx', '1').equals(first)).toBe(true);
    expect(trained('other.onnx', '2').equals(first)).toBe(false);
    expect(gzipSync(first).length).toBeLessThan(0.8 * gzipSync(readFileSync(join(folder, 'retrained.onnx'))).length);
  }, 600_000);

  it('answers as the float reference does, before it is trained', () => {
    for (const [name, bytes] of arrays('test', 50)) writeFileSync(join(folder, name), bytes);
    const right = rightFloat(floatDigits(DENSE), digitImages('test', 50));
    expect(run(join(scripts, 'score.py'), 'test.npy', DENSE)).toContain(`${right} of 50 right`);
  }, 600_000);
});
