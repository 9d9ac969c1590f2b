// SPDX-License-Identifier: Apache-2.0
/** The gate finds what it must find, and the testbench passes it. */
import { describe, expect, it } from 'vitest';
import { lintGate, lintTestbench, mergeSources } from '../../sim/gate/index.js';
import { findTool } from '../../sim/tools/index.js';
import { standinDesign } from '../support/standin.js';

const missing = (await Promise.all((['iverilog', 'verilator', 'yosys'] as const).map(findTool))).includes(undefined);

const module = (body: string, ports = 'input wire a, input wire b, output wire y', name = 'm') =>
  new Map([[`${name}.v`, `\`default_nettype none\nmodule ${name}(${ports});\n${body}\nendmodule\n\`default_nettype wire\n`]]);

describe.skipIf(missing)('the gate', () => {
  it('has nothing to say about a clean module', async () => {
    expect(await lintGate(module('assign y = a ^ b;'), 'm')).toEqual([]);
  });

  it.each([
    ['a latch', 'always @* if (a) y = b;', 'input wire a, input wire b, output reg y', ['verilator', 'yosys'], /LATCH|latch|Assertion/],
    ['a width', 'assign y = {a, b};', undefined, ['verilator'], /WIDTH/],
    ['an unused input', 'assign y = a;', undefined, ['verilator'], /UNUSED/],
    ['an undeclared name', 'assign y = a ^ c;', undefined, ['iverilog', 'verilator', 'yosys'], /c/],
    ['an undriven output', '', undefined, ['verilator'], /UNDRIVEN/],
    ['two drivers', 'assign y = a; assign y = b;', undefined, ['yosys'], /multiple conflicting drivers/],
    ['a missing module', 'n u_n (.a(a), .b(b), .y(y));', undefined, ['iverilog', 'verilator', 'yosys'], /n/],
    ['a combinational loop', 'wire z; assign z = y ^ a; assign y = z & b;', undefined, ['yosys'], /loop|UNOPTFLAT/],
  ] as const)('finds %s', async (_name, body, ports, tools, text) => {
    const findings = await lintGate(module(body, ports), 'm');
    for (const tool of tools) expect(findings.map((finding) => finding.tool)).toContain(tool);
    expect(findings.map((finding) => finding.text).join('\n')).toMatch(text);
  });

  it.each([[32, 32, 1], [64, 32, 4], [128, 40, 6], [256, 64, 16], [512, 33, 8]])(
    'passes the testbench, %i-bit bus, %i-bit addresses, %i-bit ids',
    async (bus, addr, id) => {
      const { rtl, tb, prefix } = standinDesign({ bus, addr, id });
      expect(await lintTestbench(new Map([...rtl, ...tb]), prefix)).toEqual([]);
    },
  );

  it('passes two designs with their testbenches together, and refuses two of one prefix', async () => {
    const one = standinDesign({ prefix: 'one' });
    const two = standinDesign({ prefix: 'two', bus: 128 });
    const all = mergeSources([one, two].flatMap(({ rtl, tb }) => [rtl, tb]));
    expect(await lintGate(all, ['one_tb_icarus', 'two_tb_icarus'], { tools: ['iverilog'] })).toEqual([]);
    expect(() => mergeSources([one.rtl, standinDesign({ prefix: 'one', bus: 128 }).rtl])).toThrow(
      'rtl/one_core.v: two different files of this path; expected a prefix of its own for every design. Set --prefix.',
    );
  });

  it('finds modules of the same name in two designs', async () => {
    const files = new Map([...module('assign y = a ^ b;'), ['copy.v', module('assign y = a & b;').get('m.v')!], ...module('assign y = a;', 'input wire a, output wire y', 'k')]);
    expect(await lintGate(files, ['m', 'k'])).not.toEqual([]);
  });
});
