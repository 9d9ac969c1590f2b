// SPDX-License-Identifier: Apache-2.0
/** Simulates two ECP5 netlists side by side over random inputs, with Yosys' models of the cells and one of the multiplier block; for tests. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Netlist } from '../../sim/pnr/index.js';
import { runYosysScript } from '../../sim/synth/yosys.js';
import { runTool } from '../../sim/tools/index.js';

const MULTIPLIER = new URL('../sim/fixtures/mult18x18d.v', import.meta.url);

type Ports = Readonly<Record<string, { readonly direction: string; readonly bits: readonly unknown[] }>>;

export interface Comparison {
  /** Cycles in which an output differed, an unknown bit from a known one too. */
  readonly different: number;
  /** Cycles in which all outputs were known and some had changed. */
  readonly moved: number;
}

const range = (bits: readonly unknown[]): string => `[${bits.length - 1}:0]`;

/** The clock is clk_i; all other inputs are random, new in every cycle. */
function bench(ports: Ports, cycles: number, seed: number): string {
  const inputs = Object.entries(ports).filter(([name, { direction }]) => direction === 'input' && name !== 'clk_i');
  const outputs = Object.entries(ports).filter(([, { direction }]) => direction === 'output');
  const instance = (side: string): string =>
    `  ${side} u_${side} (.clk_i(clk), ${[...inputs.map(([name]) => `.${name}(${name})`), ...outputs.map(([name]) => `.${name}(${side}_${name})`)].join(', ')});`;
  const all = (side: string): string => `{${outputs.map(([name]) => `${side}_${name}`).join(', ')}}`;
  const words = (bits: readonly unknown[]): string => `{${Array.from({ length: Math.ceil(bits.length / 32) }, () => '$random(seed)').join(', ')}}`;
  return [
    'module bench;', `  integer seed = ${seed}, cycle, different = 0, moved = 0;`, '  reg clk = 0;',
    ...inputs.map(([name, { bits }]) => `  reg ${range(bits)} ${name} = 0;`),
    ...outputs.map(([name, { bits }]) => `  wire ${range(bits)} before_${name}, after_${name};`),
    instance('before'), instance('after'),
    `  reg [${outputs.reduce((sum, [, { bits }]) => sum + bits.length, 0) - 1}:0] last = 0;`,
    '  initial begin', `    for (cycle = 0; cycle < ${cycles}; cycle = cycle + 1) begin`, '      #5;',
    `      if (${all('before')} !== ${all('after')}) different = different + 1;`,
    `      if (^${all('after')} !== 1'bx && ${all('after')} !== last) moved = moved + 1;`,
    `      last = ${all('after')};`, '      clk = 1; #5;',
    ...inputs.map(([name, { bits }]) => `      ${name} = ${words(bits)};`),
    '      clk = 0;', '    end', '    $display("different %0d moved %0d", different, moved);', '  end', 'endmodule', '',
  ].join('\n');
}

/** Cells that a netlist without memories is made of, from what -ppdump prints; without timing, which Icarus reads otherwise. */
const modelsOf = (log: string): string =>
  [...log.matchAll(/^module (?:LUT2|LUT4|CCU2C|PFUMX|L6MUX21|TRELLIS_FF)\b[^]*?^endmodule/gm)].map(([module]) => module.replace(/^\s*specify[^]*?endspecify/gm, '')).join('\n\n');

/** @param yosysPath undefined: the embedded one */
export async function compareNetlists(top: string, before: Netlist, after: Netlist, options: { readonly cycles: number; readonly seed: number; readonly yosysPath?: string }): Promise<Comparison> {
  const written = (side: string): string[] => [`read_json ${side}.json`, `rename ${top} ${side}`, `select ${side}`, `write_verilog -noattr -selected ${side}.v`, 'design -reset'];
  const { outputs } = await runYosysScript({
    files: new Map([['before.json', JSON.stringify(before)], ['after.json', JSON.stringify(after)]]),
    script: [...written('before'), ...written('after'), 'tee -q -o models.log read_verilog -ppdump -lib +/ecp5/cells_sim.v', ''].join('\n'),
    outputs: ['before.v', 'after.v', 'models.log'],
    ...(options.yosysPath === undefined ? {} : { yosysPath: options.yosysPath }),
  });
  const folder = await mkdtemp(join(tmpdir(), 'gen-accel-netlists-'));
  try {
    const files = new Map([
      ['before.v', outputs.get('before.v') ?? ''], ['after.v', outputs.get('after.v') ?? ''], ['models.v', modelsOf(outputs.get('models.log') ?? '')],
      ['multiplier.v', await readFile(MULTIPLIER, 'utf8')], ['bench.v', bench(after.modules[top]?.ports as Ports, options.cycles, options.seed)],
    ]);
    for (const [name, text] of files) await writeFile(join(folder, name), text);
    await runTool('iverilog', ['-g2005', '-s', 'bench', '-o', 'bench.vvp', ...files.keys()], 'netlists side by side', { cwd: folder });
    const { output } = await runTool('vvp', ['-n', 'bench.vvp'], 'netlists side by side', { cwd: folder });
    const [, different, moved] = /different (\d+) moved (\d+)/.exec(output) ?? [];
    if (moved === undefined) throw new Error(`the bench printed no result:\n${output}`);
    return { different: Number(different), moved: Number(moved) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
