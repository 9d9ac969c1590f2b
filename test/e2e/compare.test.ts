// SPDX-License-Identifier: Apache-2.0
/** Runs `gen-accel compare` with the generated Verilog: every row bit-exact, in the cycles and with the bytes that were predicted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildTop } from '../../generator/cli/accelerator.js';
import type { Comparison } from '../../generator/compare/result.js';
import { findTool } from '../../sim/tools/index.js';
import { writeFloatNetwork, writeImages } from '../compare/small-files.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-compare-rtl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tools = await Promise.all((['verilator', 'make', 'g++'] as const).map((tool) => findTool(tool)));

describe.skipIf(tools.some((tool) => tool === undefined))('gen-accel compare on the RTL', () => {
  it('counts the cycles and bytes that it predicts, and agrees bit by bit', async () => {
    writeFloatNetwork(join(folder, 'net.onnx'), 29);
    writeImages(join(folder, 'train'), 1, 4);
    writeImages(join(folder, 'dev'), 2, 4);
    const rows = ['balanced:2/8', 'pattern:2@tile', 'kernel:2', 'unconstrained:2/8', 'unconstrained:2/8,fifo:4', 'unconstrained:2/8,ordered', 'channels:0.5'];
    const words = ['compare', 'net.onnx', '--calibration', 'train', '--images', 'dev', '--pes', '8', '--method', 'magnitude', '--rtl', '2', '--no-synth', '--json', '--out', 'out', '--rows', ...rows];
    const { exitCode, out, err } = await runCli(words, folder, { buildTop });
    expect([exitCode, err]).toEqual([0, '']);
    const { tables: [table], rtl } = JSON.parse(out) as Comparison;
    expect(rtl?.images).toBe(2);
    expect(table!.leftOut).toEqual([]);
    expect(table!.rows).toHaveLength(1 + rows.length);
    for (const { row, hardware, bitExact, cycles, dram } of table!.rows) {
      if (hardware === 'model') expect([row, bitExact, cycles.rtl, dram.rtl]).toEqual([row, null, null, null]);
      else expect([row, bitExact, cycles.rtl, dram.rtl]).toEqual([row, true, cycles.predicted, dram.predicted]);
    }
  });
});
