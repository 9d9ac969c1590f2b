// SPDX-License-Identifier: Apache-2.0
/** Sends SIGINT to the program in the middle of the pruning of one layer: a sentence, 130, and no file. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { interruptible, stopIfAborted } from '../../generator/cli/interruptible.js';
import { InterruptedError } from '../../generator/cli/output-errors.js';
import { writeImages } from '../compare/small-files.js';
import { floatChain, randomConv } from '../support/float-network.js';
import { runCli } from '../support/run-cli.js';

const SEED = 31;
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'gen-accel-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The second layer has 1728 inputs: tens of seconds by second order. */
beforeAll(() => {
  const random = createRandom(SEED);
  writeFileSync(join(folder, 'net.onnx'), writeOnnx(floatChain([1, 6, 6, 3], [
    { kind: 'conv2d', shape: [1, 6, 6, 192], ...randomConv(random, 3, 192) },
    { kind: 'relu', shape: [1, 6, 6, 192], activationMin: 0, activationMax: Infinity },
    { kind: 'conv2d', shape: [1, 6, 6, 96], ...randomConv(random, 192, 96) },
    { kind: 'mean', shape: [1, 96] },
    { kind: 'fully-connected', shape: [1, 4], weights: { name: 'fc', layout: 'OHWI', shape: [4, 1, 1, 96], data: Float32Array.from({ length: 384 }, () => random.next() - 0.5) }, bias: new Float32Array(4), activationMin: -Infinity, activationMax: Infinity },
  ])).bytes);
  writeImages(join(folder, 'train'), 1, 6);
  writeImages(join(folder, 'dev'), 2, 9);
});

/** Runs a command line and sends SIGINT a moment after the text has appeared on standard error. */
function interruptedAt(line: string, text: RegExp): Promise<{ readonly code: number | null; readonly signal: string | null; readonly out: string; readonly err: string; readonly waited: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'generator/cli/main.ts', ...line.replaceAll('@', folder).split(' ')], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: 50_000, killSignal: 'SIGKILL' });
  let [out, err, sent] = ['', '', 0];
  child.stdout.on('data', (bytes: Buffer) => { out += bytes.toString(); });
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString();
    if (sent > 0 || !text.test(err)) return;
    sent = Date.now();
    setTimeout(() => { sent = Date.now(); child.kill('SIGINT'); }, 700);
  });
  return new Promise((resolved) => { child.on('close', (code, signal) => resolved({ code, signal, out, err, waited: Date.now() - sent })); });
}

const METHOD = '--method second-order --calibration @/train';

it.each([
  ['prune', `prune @/net.onnx --keep 2 ${METHOD} --out @/out`, /pruning by/, 'pruning'],
  ['compile', `compile @/net.onnx --keep 2 ${METHOD} --out @/out`, /pruning conv2d_2/, 'pruning'],
  ['sim', `sim @/net.onnx --prune 2:4 ${METHOD}`, /pruning conv2d_2/, 'pruning'],
  ['a target', `prune @/net.onnx --target-sparsity 0.5 --method second-order --calibration @/train --out @/out`, /sensitivity of the layers/, 'the choice of K'],
  ['compare', `compare @/net.onnx ${METHOD} --images @/dev --rows balanced:2/8 --rtl 0 --no-synth --cache @/cache --out @/out`, /dense: pruning/, 'comparison'],
])('%s', { timeout: 60_000 }, async (_, line, text, what) => {
  const { code, signal, out, err, waited } = await interruptedAt(line, text);
  expect([code, signal, out]).toEqual([130, null, '']);
  expect(err.split('\n').at(-2)).toBe(`gen-accel: ${what}: interrupted; expected to finish. Nothing was changed; run the command again.`);
  // The layer itself would take many times as long.
  expect(waited).toBeLessThan(3000);
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

it.each(['prune', 'compile', 'inspect'])('%s hears a signal between two layers', async (command) => {
  const stop = new AbortController();
  const line = `${command} net.onnx --keep 2 --calibration train --method magnitude-refit --out stopped`.replace(command === 'inspect' ? ' --out stopped' : '', '');
  const progress = { write: (text: string) => { if (text.includes('pruning')) stop.abort(); } };
  if (command === 'inspect') stop.abort();
  const { exitCode, out, err } = await runCli(line.split(' '), folder, { signal: stop.signal, progress });
  expect([exitCode, out, err]).toEqual([130, '', 'gen-accel: pruning: interrupted; expected to finish. Nothing was changed; run the command again.\n']);
  expect(readdirSync(folder)).not.toContain('stopped');
});

it('passes on what the work returns and throws, and leaves the listeners as they were', () => {
  const { signal } = new AbortController();
  const before = (['SIGINT', 'SIGTERM'] as const).map((name) => process.listeners(name));
  expect(interruptible('work', signal, () => 7)).toBe(7);
  const own = new TypeError('own');
  expect(() => interruptible('work', signal, () => { throw own; })).toThrow(own);
  expect((['SIGINT', 'SIGTERM'] as const).map((name) => process.listeners(name))).toEqual(before);
  expect(() => interruptible('work', AbortSignal.abort(), () => 7)).toThrow(InterruptedError);
  expect(() => stopIfAborted(AbortSignal.abort(), 'work')).toThrow('work: interrupted');
});
