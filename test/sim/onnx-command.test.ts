// SPDX-License-Identifier: Apache-2.0
/** Runs a small float ONNX model through `gen-accel sim` in Icarus: calibrated on pictures, pruned, its layers one by one, and interrupted. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCore } from '../../generator/blocks/index.js';
import { networkResultSchema } from '../../generator/report/network-result.js';
import { findTool } from '../../sim/tools/index.js';
import { floatOnnx } from '../support/onnx-writer.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const name of ['train', 'test']) mkdirSync(join(folder, name));
for (let i = 0; i < 6; i++) {
  const image = new PNG({ width: 8, height: 8 });
  image.data = Buffer.from(Array.from({ length: 256 }, (_, at) => (at % 4 === 3 ? 255 : (i * 37 + at * 13) % 256)));
  writeFileSync(join(folder, `${i < 4 ? 'train' : 'test'}/${i}.png`), PNG.sync.write(image));
}
writeFileSync(join(folder, 'net.onnx'), floatOnnx(1, { input: ['N', 3, 8, 8] }));

const sim = (line: string, overrides: Parameters<typeof runCli>[2] = {}) =>
  runCli(`sim net.onnx --calibration train --pixels unit --simulator icarus --pes 4 --group 4 ${line}`.split(' '), folder, { buildTop: buildCore, ...overrides });

describe.skipIf((await findTool('iverilog')) === undefined)('gen-accel sim of a small float ONNX model', () => {
  it('equals the golden model in every layer, pruned, on a picture that the calibration has not seen', async () => {
    const { exitCode, out, err } = await sim('--images test --skip 1 --keep 2 --no-dense --json');
    expect([exitCode, err]).toEqual([0, '']);
    const result = networkResultSchema.parse(JSON.parse(out));
    expect(result).toMatchObject({ network: 'net', bitExact: true, images: 1, mismatch: null, protocolViolations: 0, synthetic: false });
    expect(result.layers.filter(({ place }) => place !== 'host').map(({ op, bitExact }) => `${op} ${bitExact}`)).toEqual(
      ['conv2d', 'conv2d', 'logistic', 'mul', 'add', 'leaky-relu', 'max-pool', 'conv2d', 'mean', 'fully-connected'].map((op) => `${op} true`),
    );
    expect(result.layers.filter(({ keep }) => keep === 2).map(({ name }) => name)).toEqual(['conv2d_2', 'conv2d_3', 'fc_1']);
  });

  it('finds a wrong bit, and prints the command that repeats the layer with its calibration', async () => {
    const { exitCode, err } = await sim('--images test --fault conv2d_3 --no-rows --no-dense');
    expect(exitCode).toBe(1);
    expect(err).toContain('gen-accel sim net.onnx --pes 4 --group 4 --simulator icarus --fault conv2d_3 --calibration train --pixels unit --images test');
  });

  it('returns 130 when it is interrupted, and leaves nothing', async () => {
    const stop = new AbortController();
    const before = readdirSync(folder).toSorted();
    const { exitCode, out, err } = await sim('--json', { signal: stop.signal, progress: { write: (text) => { if (text.includes('building')) stop.abort(); } } });
    expect([exitCode, out, err]).toEqual([130, '', 'gen-accel: simulation: interrupted; expected to finish. Nothing was changed; run the command again.\n']);
    expect(readdirSync(folder).toSorted()).toEqual(before);
  });
});
