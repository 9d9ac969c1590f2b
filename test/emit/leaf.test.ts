// SPDX-License-Identifier: Apache-2.0
/** Leaf templates: what they see, what is refused, and a leaf that a user brings along. */
import { describe, expect, it } from 'vitest';
import { type Module, bits, clock, defineModule, input, open, output, parameter } from '../../generator/dsl/index.js';
import { LeafError, createRenderer } from '../../generator/emit/index.js';
import { emitDesign } from '../support/emit-design.js';
import { GATE_TOOLS, complaintsOf, hasTool, simulate } from '../support/lint-verilog.js';

const doc = { role: 'Test.', timing: 'None.', reset: 'None.', numbers: 'None.' };

/** A leaf with this template text. */
const leaf = (template: string | { readonly text: string }, view: Record<string, unknown> = {}): Module =>
  defineModule({
    name: 'user_leaf',
    doc,
    parameters: {
      WIDTH: parameter({ doc: 'width', unit: 'bits', range: [1, 64], default: 8 }),
      STEP: parameter({ doc: 'what is added', range: [0, 255], default: 3 }),
    },
    ports: (P) => ({ a_i: input(P.WIDTH), y_o: output(P.WIDTH) }),
    template,
    view,
    primitives: ['VENDOR_CELL'],
  });

const BODY = '  assign y_o = a_i + STEP[WIDTH-1:0];\n';

describe('a leaf from outside the package', () => {
  const counter = defineModule({
    name: 'user_counter',
    doc: { ...doc, role: 'Two of my own leaves, one behind the other.' },
    parameters: {},
    ports: () => ({ clk_i: clock(), a_i: input(8), y_o: output(8) }),
    body: (m) => {
      const inner = leaf('my/user_leaf.v.hbs');
      const between = m.net('between', 8);
      m.instance('u_a', inner, { parameters: { WIDTH: 8, STEP: 3 }, connect: { a_i: m.port.a_i, y_o: between } });
      m.instance('u_b', inner, { parameters: { WIDTH: 8, STEP: 4 }, connect: { a_i: between, y_o: m.port.y_o } });
      m.unused(m.port.clk_i, 'combinational');
    },
  });
  const emission = emitDesign(counter, 'mine', [['my/user_leaf.v.hbs', BODY]]);

  for (const tool of GATE_TOOLS) {
    it.skipIf(!hasTool(tool))(`passes ${tool}`, () => {
      expect(complaintsOf(tool, emission.files, 'mine_user_counter')).toBe('');
    });
  }

  it.skipIf(!hasTool('iverilog'))('works in simulation', () => {
    const bench = `module tb;
      reg [7:0] a; wire [7:0] y;
      mine_user_counter u_dut (.clk_i(1'b0), .a_i(a), .y_o(y));
      initial begin a = 8'd250; #1 $display("%0d", y); end
    endmodule`;
    expect(simulate(new Map([...emission.files, ['tb.v', bench]]), 'tb')).toBe(String((250 + 3 + 4) % 256));
  });
});

describe('a template', () => {
  const render = (text: string, view: Record<string, unknown> = {}): string =>
    emitDesign(leaf({ text }, view)).files.get('rtl/demo_user_leaf.v')!;

  it('sees prefix, module, parameters, view and the formatting helpers', () => {
    const text = '{{#each view.rows}}  // {{pad this 4}}|{{padLeft this 4}}|{{upper this}}|{{hex @index 12}}\n{{/each}}  // {{prefix}} {{module}} {{parameters.STEP}}\n';
    expect(render(text + BODY, { rows: ['a', 'bc'] })).toContain(
      "  // a   |   a|A|12'h000\n  // bc  |  bc|BC|12'h001\n  // demo demo_user_leaf 3\n",
    );
  });

  it('that asks for a missing field is refused by name', () => {
    expect(() => render(`${BODY}{{view.width}}`)).toThrow(
      /^template \(inline\) user_leaf: "width" not defined .*; expected a Handlebars template whose every field is in the view\. Write a/,
    );
  });

  it('with a replication that reads as a field is refused with the remedy', () => {
    expect(() => render('  assign y_o = {{WIDTH{1\'b0}}};\n')).toThrow('with a space: `{{` opens a field.');
  });

  it('that is not in the map is refused', () => {
    expect(() => emitDesign(leaf('rtl/none.v.hbs'))).toThrow('template rtl/none.v.hbs: no such template; expected one of');
  });

  const refusals: Readonly<Record<string, readonly [string, string]>> = {
    'that forgets a port': ["  assign y_o = STEP[WIDTH-1:0];\n  // a_i", 'input a_i is never read'],
    'that drives nothing': ["  wire unused = &{1'b0, a_i, STEP[0]};", 'output y_o is never driven'],
    'that forgets a parameter': ['  assign y_o = a_i;', 'parameter STEP is never used'],
    'that brings its own module': [`module x;\n${BODY}endmodule`, 'the template contains "module"; it holds only what stands between them; the template contains "endmodule"'],
    'that sets a directive': ['`default_nettype none\n' + BODY, 'the template contains a compiler directive of the file'],
    'that instantiates': [`${BODY}  demo_cell #(\n    .W (1)\n  ) u_cell (.a(a_i));`, 'the template instantiates demo_cell as u_cell; only a hierarchy may'],
    'that instantiates a second cell': [`${BODY}  VENDOR_CELL u_vendor (.a(a_i));\n  demo_cell #(\n    .W (1)\n  ) u_cell (.a(a_i));`, 'the template instantiates demo_cell as u_cell; only a hierarchy may'],
  };
  it.each(Object.entries(refusals))('%s is refused', (_name, [text, problem]) => {
    expect(() => render(text)).toThrow(LeafError);
    expect(() => render(text)).toThrow(`leaf module user_leaf: ${problem}`);
  });

  it('may instantiate the cells of a technology that its description names', () => {
    expect(render(`${BODY}  VENDOR_CELL u_vendor (.a(a_i));`)).toContain('VENDOR_CELL u_vendor');
  });

  it('may not bake in values that differ between instances', () => {
    const inner = leaf({ text: `${BODY}  // {{parameters.STEP}}` });
    const top = defineModule({
      name: 'top',
      doc,
      parameters: {},
      ports: () => ({ a_i: input(8) }),
      body: (m) => {
        for (const STEP of [1, 2]) {
          m.instance(`u_step${STEP}`, inner, { parameters: { WIDTH: 8, STEP }, connect: { a_i: m.port.a_i, y_o: open('test') } });
        }
        m.instance('u_same', inner, { parameters: { WIDTH: 8, STEP: 1 }, connect: { a_i: bits(8, 1), y_o: open('test') } });
      },
    });
    expect(() => emitDesign(top)).toThrow('the text depends on values that differ between instances (STEP); use the Verilog parameters');
  });
});

describe('the renderer', () => {
  it('does not escape and knows partials', () => {
    const renderer = createRenderer(new Map([['partials/part.hbs', '{{x}}'], ['a.hbs', '{{> part}}&{{x}}']]));
    expect(renderer.render('a.hbs', { x: '<&>' })).toBe('<&>&<&>');
  });
});
