// SPDX-License-Identifier: Apache-2.0
/** Checks that every retrained model of a comparison is refused before its first row is measured, with the option that named it. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { writeFloatNetwork, writeImages } from '../compare/small-files.js';
import { floatChain, randomConv } from '../support/float-network.js';
import { keepBalanced } from '../support/compile-layer.js';
import { runCli } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const SEED = 23;
const folder = mkdtempSync(join(tmpdir(), 'gen-accel-retrained-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string, overrides = {}) => runCli(line.split(' '), folder, overrides);
const at = (path: string): string => join(folder, path);
const MANY = 'compare net.onnx --calibration train --images dev --rtl 0 --no-synth --method magnitude --rows dense balanced:4/8 --out out';

beforeAll(async () => {
  writeFloatNetwork(at('net.onnx'), SEED);
  writeImages(at('train'), 1, 6);
  writeImages(at('dev'), 2, 9);
  writeImages(at('small'), 4, 3, { height: 5 });
  writeFileSync(at('text.onnx'), 'no model');
  writeFileSync(at('int8.tflite'), writeTflite(smallNetwork(4)));
  writeFileSync(at('other8.tflite'), writeTflite(smallNetwork(5)));
  const four = keepBalanced(smallNetwork(4), 8, 4);
  writeFileSync(at('four8.tflite'), writeTflite(applyMasks(smallNetwork(4), four.masks)));
  // The same images and classes, other layers between them.
  const random = createRandom(SEED);
  const conv = (from: number, to: number) => ({ kind: 'conv2d' as const, shape: [1, 6, 6, to], ...randomConv(random, from, to) });
  const end = { kind: 'fully-connected' as const, shape: [1, 4], weights: { name: 'fc', layout: 'OHWI', shape: [4, 1, 1, 24], data: Float32Array.from({ length: 96 }, () => random.next() - 0.5) }, bias: new Float32Array(4) };
  writeFileSync(at('wide.onnx'), writeOnnx(floatChain([1, 6, 6, 3], [conv(3, 24), conv(24, 24), { kind: 'mean', shape: [1, 24] }, end])).bytes);
  writeFileSync(at('deep.onnx'), writeOnnx(floatChain([1, 6, 6, 3], [conv(3, 16), conv(16, 24), conv(24, 24), { kind: 'mean', shape: [1, 24] }, end])).bytes);
  expect((await cli('prune net.onnx --keep 4 --out half')).exitCode).toBe(0);
  expect((await cli('prune net.onnx --channels 0.5 --out cut')).exitCode).toBe(0);
});

describe('a retrained model', () => {
  it.each([
    ['is not there', 'balanced:4/8=missing.onnx', /^gen-accel: --retrained balanced:4\/8=missing\.onnx: there is no such file; expected an ONNX or TFLite file\. Correct the path\.\n$/],
    ['is no model', 'balanced:4/8=text.onnx', /^gen-accel: --retrained balanced:4\/8=text\.onnx: no model that can be read \(.+\); expected an ONNX or TFLite file\. Name the file that the training tool wrote\.\n$/],
    ['is int8', 'balanced:4/8=int8.tflite', /^gen-accel: --retrained balanced:4\/8=int8\.tflite is int8, and the model is float32\. /],
    ['has other widths', 'balanced:4/8=wide.onnx', /^gen-accel: --retrained balanced:4\/8=wide\.onnx is another network: 3 layers with weights, the model 3; no layer of the model is left that has weights of 24x3x3x24\. Name a model that was retrained from this one\.\n$/],
    ['has more layers', 'existing=deep.onnx', /^gen-accel: --retrained existing=deep\.onnx is another network: 4 layers with weights, the model 3; no layer of the model is left that has weights of 24x3x3x24\. /],
    ['has fewer channels, which its row does not say', 'dense=cut/model.onnx', /is another network: 3 layers with weights, the model 3; no layer/],
    ['has fewer channels, where its row puts them in another order', 'permuted+balanced:4/8=cut/model.onnx', /is another network: 3 layers with weights, the model 3; no layer of the model is left that has weights of /],
    ['has other zeros than its row', 'balanced:2/8=half/model.onnx', /^gen-accel: --retrained balanced:2\/8=half\/model\.onnx: zeros of conv2d_2 that balanced:2\/8 does not allow; /],
  ])('that %s is refused before the first row, also behind one that is right', async (_, wrong, message) => {
    const phases: string[] = [];
    const { exitCode, out, err } = await cli(`${MANY} --retrained balanced:4/8=half/model.onnx ${wrong}`, { progress: { write: (text: string) => phases.push(text) } });
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toMatch(message);
    expect(phases).toEqual([]);
    expect(readdirSync(folder)).not.toContain('out');
  });

  it('of fewer channels is measured where its row says so', async () => {
    const { exitCode, err } = await cli(`${MANY.replace('--out out', '--out cut-out')} --retrained channels:0.5=cut/model.onnx`);
    expect([exitCode, err]).toEqual([0, '']);
  });

  it('of an int8 model is held to its row too', async () => {
    const line = 'compare int8.tflite --images small --rtl 0 --no-synth --rows dense --out int8';
    expect((await cli(`${line} --retrained existing=other8.tflite`)).exitCode).toBe(0);
    const zeros = await cli(`${line} --retrained balanced:4/8=four8.tflite balanced:2/8=four8.tflite`);
    expect([zeros.exitCode, zeros.err]).toEqual([1, 'gen-accel: --retrained balanced:2/8=four8.tflite: zeros of conv2d_2 that balanced:2/8 does not allow; expected a model that was retrained with its masks held. Name the row that the model was pruned for, or "existing" for the zeros that it has.\n']);
    const phases: string[] = [];
    const { err } = await cli(`${line} --retrained balanced:2/8=int8.tflite dense=net.onnx`, { progress: { write: (text: string) => phases.push(text) } });
    expect([err, phases]).toEqual(['gen-accel: --retrained dense=net.onnx is float32, and the model is int8. Compare models of one kind.\n', []]);
  });
});
