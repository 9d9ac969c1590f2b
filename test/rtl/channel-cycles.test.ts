// SPDX-License-Identifier: Apache-2.0
/** A network without the channels that were cut, on the whole core: every bit is golden, and each layer takes the cycles that the smaller shape predicts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { pruneChannels } from '../../generator/prune/channels/index.js';
import { networkResultSchema } from '../../generator/report/network-result.js';
import { findTool } from '../../sim/tools/index.js';
import { residualNetwork } from '../support/channel-networks.js';
import { npyOf } from '../support/npy.js';
import { runCli } from '../support/run-cli.js';

const missing = (await findTool('verilator')) === undefined;
const folder = mkdtempSync(join(tmpdir(), 'gen-accel-channels-rtl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = residualNetwork(3, 'mean');
writeFileSync(join(folder, 'net.onnx'), writeOnnx(network).bytes);
mkdirSync(join(folder, 'train'));
writeFileSync(join(folder, 'train/x.npy'), npyOf([8, 8, 8, 3], (i) => ((i * 7919) % 1009) / 504.5 - 1));
writeFileSync(join(folder, 'one.npy'), npyOf([1, 8, 8, 3], (i) => ((i * 104729) % 997) / 498.5 - 1));

describe.skipIf(missing)('a network of half the channels', () => {
  const { fill } = derive(validateConfig({}));

  it.each([['', 1], ['--permute --prune balanced:4/8', 0.5]])('is bit-exact and as fast as its shape says %s', async (options, keep) => {
    const words = `sim net.onnx --calibration train --images one.npy --channels 0.5 ${options} --json`.split(' ').filter((word) => word !== '');
    const { exitCode, out, err } = await runCli(words, folder, { buildTop: buildCore });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    const result = networkResultSchema.parse(JSON.parse(out));
    expect(result).toMatchObject({ bitExact: true, mismatch: null, protocolViolations: 0 });
    // Layers whose drain no sum passes twice.
    const plain = ['conv2d_1', 'conv2d_2', 'conv2d_4', 'conv2d_6', 'fc_1'];
    const rows = result.layers.filter(({ name }) => plain.includes(name)).map(({ name, shape, cycles, lawCycles, stalls }) => ({ name, shape, lawCycles, span: cycles! - stalls!.load - stalls!.store - stalls!.dispatch }));
    console.log(rows.map(({ name, shape, lawCycles, span }) => `${name} ${shape}: ${lawCycles} + ${fill} predicted, ${span} on the RTL`).join('\n'));
    expect(rows.map(({ name }) => name)).toEqual(plain);
    for (const { name, lawCycles, span } of rows) expect(`${name}: ${span}`).toBe(`${name}: ${lawCycles! + fill}`);
    // Half of the input channels: 3x3 over 8 channels on 64 pixels, one tile; 1x1 over 16 channels on 16 pixels, two tiles.
    expect(rows.find(({ name }) => name === 'conv2d_2')?.lawCycles).toBe(64 * 9 * 8 * keep);
    expect(rows.find(({ name }) => name === 'conv2d_6')?.lawCycles).toBe(16 * 2 * Math.max(16 * keep, 16));
    if (keep === 1) expect(pruneChannels(network, { share: 0.5 }).cycles.after).toBeLessThan(0.5 * pruneChannels(network, { share: 1 }).cycles.after);
  });
});
