// SPDX-License-Identifier: Apache-2.0
/** Checks --weight-bits on the command line: float networks are quantized for the core, int8 networks must fit it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import type { CompileResult } from '../../generator/report/compile-summary.js';
import { floatChain, randomConv } from '../support/float-network.js';
import { runCli } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-weight-bits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (path: string): string => join(folder, path);
const compile = (line: string) => runCli(`compile ${line} --pes 8 --group 4`.split(' '), folder);

writeFileSync(at('net.onnx'), writeOnnx(floatChain([1, 6, 6, 3], [{ kind: 'conv2d', shape: [1, 6, 6, 20], ...randomConv(createRandom(11), 3, 20) }])).bytes);
writeFileSync(at('int8.tflite'), writeTflite(smallNetwork(4)));
const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 6, 6, 3), }";
const head = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`;
mkdirSync(at('train'));
writeFileSync(at('train/x.npy'), Buffer.concat([
  Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, head.length & 255, head.length >> 8]), Buffer.from(head), new Uint8Array(6 * 6 * 3 * 4).map((_, i) => (i * 37) % 251),
]));

/** Weight streams of the network: one a tile. */
const STREAMS = 3;

it('a float network is quantized for the width that the core has, and its weights take that much memory', async () => {
  const bytes: number[] = [];
  for (const bits of [8, 4, 2]) {
    const { exitCode, out, err } = await compile(`net.onnx --calibration train --weight-bits ${bits} --out out${bits} --json`);
    expect([exitCode, err]).toEqual([0, '']);
    const result = JSON.parse(out) as CompileResult;
    expect(result.index).toBe(`${bits}-bit weights, direct index`);
    bytes.push(result.streamBytes.weight);
  }
  // Every stream is whole beats of 8 bytes.
  const [whole, half, quarter] = bytes as [number, number, number];
  for (const [part, share] of [[half, 2], [quarter, 4]] as const) {
    expect(part).toBeGreaterThanOrEqual(whole / share);
    expect(part).toBeLessThan(whole / share + 8 * STREAMS);
  }
});

it('the summary says what streams take', async () => {
  const { out } = await compile('net.onnx --calibration train --weight-bits 4 --out summary');
  expect(out).toMatch(/\nstorage {2,}4-bit weights, direct index\n {2,}weights \d+\.\d KiB, schedules \d+\.\d KiB, parameters \d+\.\d KiB\n/);
});

it('an int8 network whose weights do not fit is refused', async () => {
  const { exitCode, err } = await compile('int8.tflite --weight-bits 4 --out refused');
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^gen-accel: layer \S+, output channel \d+: weight -?\d+; expected -8 to 7, what --weight-bits 4 holds, or a sum of at most 3 such numbers \(-24 to 21\)\. Quantize the float model/);
});
