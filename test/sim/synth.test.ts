// SPDX-License-Identifier: Apache-2.0
/** Synthesis counts cells per block and in total, with both engines. */
import { describe, expect, it } from 'vitest';
import { lutsPerMultiplier, synthesize, SynthesisError, SynthesisStoppedError } from '../../sim/synth/index.js';
import { moduleName } from '../../sim/synth/statistics.js';
import { findTool } from '../../sim/tools/index.js';

/** Two sizes of one leaf, three times in a row each, a memory and a multiplier: all countable by hand. */
const DESIGN = new Map([
  ['leaf.v', `module leaf #(parameter W = 4) (input wire clk_i, input wire [W-1:0] a_i, output reg [W-1:0] y_o);
  always @(posedge clk_i) y_o <= y_o ^ a_i;
endmodule`],
  ['mul.v', `module mul (input wire clk_i, input wire signed [7:0] a_i, input wire signed [7:0] b_i, output reg signed [15:0] p_o);
  always @(posedge clk_i) p_o <= a_i * b_i;
endmodule`],
  ['ram.v', `module ram (input wire clk_i, input wire we_i, input wire [9:0] wa_i, input wire [9:0] ra_i, input wire [31:0] d_i, output reg [31:0] q_o);
  (* no_rw_check *) reg [31:0] mem [0:1023];
  always @(posedge clk_i) begin if (we_i) mem[wa_i] <= d_i; q_o <= mem[ra_i]; end
endmodule`],
  ['row.v', `module row #(parameter W = 4) (input wire clk_i, input wire [W-1:0] a_i, output wire [3*W-1:0] y_o);
  genvar i;
  generate for (i = 0; i < 3; i = i + 1) begin : gen_leaf
    leaf #(.W(W)) u_leaf (.clk_i(clk_i), .a_i(a_i), .y_o(y_o[i*W +: W]));
  end endgenerate
endmodule`],
  ['top.v', `module top (input wire clk_i, input wire we_i, input wire [31:0] d_i, output wire [11:0] x_o, output wire [14:0] y_o,
    output wire [15:0] p_o, output wire [15:0] r_o, output wire [31:0] q_o);
  row #(.W(4)) u_four (.clk_i(clk_i), .a_i(d_i[3:0]), .y_o(x_o));
  row #(.W(5)) u_five (.clk_i(clk_i), .a_i(d_i[4:0]), .y_o(y_o));
  mul u_p (.clk_i(clk_i), .a_i(d_i[7:0]), .b_i(d_i[15:8]), .p_o(p_o));
  mul u_r (.clk_i(clk_i), .a_i(d_i[23:16]), .b_i(d_i[31:24]), .p_o(r_o));
  ram u_ram (.clk_i(clk_i), .we_i(we_i), .wa_i(d_i[9:0]), .ra_i(d_i[19:10]), .d_i(d_i), .q_o(q_o));
endmodule`],
]);

const yosysPath = await findTool('yosys');

const engines = [['the embedded Yosys', undefined, false], ['a native Yosys', yosysPath, yosysPath === undefined]] as const;

describe.each(engines)('synthesis with %s', (_name, path, skip) => {
  const options = path === undefined ? {} : { yosysPath: path };

  it.skipIf(skip)('counts xc7 cells per block, times its instances', async () => {
    const result = await synthesize(DESIGN, 'top', 'xc7', options);
    const block = (name: string) => result.blocks.find(({ module }) => module === name);
    expect(result.tool).toMatch(path === undefined ? /^Yosys 0\.\d+ \(embedded/ : /^Yosys 0\.\d+.* \(native\)/);
    expect(block('leaf')).toMatchObject({ instances: 6, own: { lut: 27, ff: 27 }, inclusive: { lut: 27, ff: 27 } });
    expect(block('row')).toMatchObject({ instances: 2, own: { lut: 0, ff: 0 }, inclusive: { lut: 27, ff: 27 } });
    expect(block('mul')).toMatchObject({ instances: 2, own: { dsp: 2 } });
    expect(block('ram')).toMatchObject({ instances: 1, own: { ramb36: 1, ramb18: 0 } });
    expect(result.totals).toMatchObject({ lut: 27, lutRam: 0, ff: 27, ramb36: 1, ramb18: 0, dsp: 2, latches: 0 });
    expect(lutsPerMultiplier(result, ['row'], 3)).toBe(9);
  });

  it.skipIf(skip)('counts ECP5 cells per block, times its instances', async () => {
    const { blocks, totals } = await synthesize(DESIGN, 'top', 'ecp5', options);
    expect(blocks.find(({ module }) => module === 'leaf')).toMatchObject({ instances: 6, own: { lut: 27, ff: 27 } });
    expect(blocks.find(({ module }) => module === 'ram')).toMatchObject({ instances: 1, own: { ebr: 2 } });
    expect(totals).toMatchObject({ lut: 27, lutRam: 0, ebr: 2, dsp: 2, latches: 0 });
  });

  it.skipIf(skip)('keeps multipliers and memories whole on the generic target', async () => {
    const { totals } = await synthesize(DESIGN, 'top', 'generic', options);
    expect(totals).toMatchObject({ lut: 27, multipliers: 2, memoryBits: 32768, dsp: 0, latches: 0 });
    expect(totals.ff).toBe(27 + 2 * 16);
  });

  it.skipIf(skip)('shows what Yosys says about a design that it refuses', async () => {
    const broken = new Map([['m.v', 'module m (input wire a, output wire y);\n  n u_n (.a(a), .y(y));\nendmodule\n']]);
    const error = await synthesize(broken, 'm', 'xc7', options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SynthesisError);
    expect((error as Error).message).toMatch(/exit status 1; expected the synthesis to succeed\. It printed:[^]*`\\n' referenced in module `\\m'/);
    expect((error as SynthesisError).exitCode).toBe(2);
  });

  it.skipIf(skip)('stops when it is told to', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    const started = Date.now();
    await expect(synthesize(DESIGN, 'top', 'xc7', { ...options, signal: abort.signal })).rejects.toThrow(SynthesisStoppedError);
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});

it('reads the module name out of the names that Yosys makes', () => {
  expect(moduleName('\\x_core')).toBe('x_core');
  expect(moduleName('$paramod$0af3c1\\x_pe')).toBe('x_pe');
  expect(moduleName("$paramod\\x_ram\\WIDTH=s32'00000000000000000000000000001000")).toBe('x_ram');
});
