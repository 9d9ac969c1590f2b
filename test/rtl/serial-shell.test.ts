// SPDX-License-Identifier: Apache-2.0
/** The serial shell around a core or a block is clean Verilog, connects every port, and loses no bit of it in synthesis. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { elaborate, type Elaborated } from '../../generator/elaborate/index.js';
import { emit } from '../../generator/emit/index.js';
import { serialShell } from '../../generator/generate/serial-shell.js';
import { lintGate, type GateTool } from '../../sim/gate/index.js';
import { synthesize } from '../../sim/synth/index.js';
import { findTool } from '../../sim/tools/index.js';

const options = { templates: loadTemplates(), version: '0.0.0', configHash: '0123456789ab' };
const config = validateConfig({ pes: 4, group: 4, name: 'x', prefix: 'x' });
const design = elaborate(buildCore(config), { prefix: 'x' });
const { files } = emit(design, options);
const blockOf = (name: string): Elaborated => design.elaborated.find(({ module }) => module.name === name) as Elaborated;
const BLOCKS = ['core', 'pe_array', 'pool_unit', 'index_decoder_direct'];

const tools: GateTool[] = [];
for (const tool of ['iverilog', 'verilator', 'yosys'] as const) if ((await findTool(tool)) !== undefined) tools.push(tool);

it('connects every port to bits of its own', () => {
  const block = blockOf('pe_array');
  const { text, top, path, inputBits, outputBits } = serialShell(design, block, options);
  expect({ top, path, inputBits, outputBits }).toEqual({ top: 'x_serial_shell', path: 'pnr/x_serial_shell.v', inputBits: 32 + 32 + 8 + 5 + 4, outputBits: 4 * 32 + 4 * 8 });
  for (const port of Object.keys(block.module.ports)) expect(text).toMatch(new RegExp(`\\.${port} +\\(`));
  for (const [vector, bits] of [['in_q', inputBits], ['outputs', outputBits]] as const) {
    const parts = [...text.matchAll(new RegExp(`\\(${vector}\\[(\\d+)(?::(\\d+))?\\]\\)`, 'g'))].map(([, high, low]) => [Number(high), Number(low ?? high)] as const);
    expect(parts.reduce((next, [high, low]) => (low === next ? high + 1 : -1), 0)).toBe(bits);
  }
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

describe.each(BLOCKS)('around %s', (name) => {
  it('is clean in every linter', { timeout: 120_000 }, async ({ skip }) => {
    if (tools.length === 0) skip('no iverilog, verilator or yosys');
    const { path, text, top } = serialShell(design, blockOf(name), options);
    // Verilator reads all files; the others' warnings would be the core's own, which the gate holds.
    expect(await lintGate(new Map([...files, [path, text]]), top, { tools })).toEqual([]);
  });
});

it('no register or multiplier of the array is lost in it', async () => {
  const verilog = new Map([...files].filter(([path]) => /_(pe|pe_array|index_decoder_direct)\.v$/.test(path)));
  const { path, text, top, inputBits, outputBits } = serialShell(design, blockOf('pe_array'), options);
  const alone = await synthesize(verilog, 'x_pe_array', 'xc7');
  const inside = await synthesize(new Map([...verilog, [path, text]]), top, 'xc7');
  expect(inside.totals.dsp).toBe(alone.totals.dsp);
  expect(alone.totals.dsp).toBe(4);
  const shell = inside.blocks.find(({ module }) => module === top);
  expect(inside.totals.ff - (shell?.own.ff ?? 0)).toBe(alone.totals.ff);
  expect(shell?.own.ff).toBe(inputBits + 2 * outputBits);
}, 60_000);
