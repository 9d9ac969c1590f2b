// SPDX-License-Identifier: Apache-2.0
/** Checks that both simulators write the waveform format that the file name asks for. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { standinDesign } from '../support/standin.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const present = { icarus: (await findTool('iverilog')) !== undefined, verilator: (await findTool('verilator')) !== undefined };

describe.each(['icarus', 'verilator'] as const)('%s', (name) => {
  it.skipIf(!present[name]).each(['fst', 'vcd'] as const)('writes %s', async (format) => {
    const binary = await createSimulator(name).build(standinDesign(), { trace: format });
    const file = join(folder, `${name}.${format}`);
    const session = await binary.start({ trace: { file, start: 20, stop: 60 } });
    await session.wait(100);
    await session.close();
    const bytes = readFileSync(file);
    const isVcd = bytes.toString('latin1').includes('$enddefinitions');
    expect(isVcd).toBe(format === 'vcd');
    expect(bytes.length).toBeGreaterThan(200);
  });
});
