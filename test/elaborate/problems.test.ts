// SPDX-License-Identifier: Apache-2.0
/** Every elaboration problem, by its text and place; and all of them together in one error. */
import { describe, expect, it } from 'vitest';
import {
  type Body,
  type Module,
  type ParameterReferences,
  and,
  bits,
  clock,
  concat,
  defineModule,
  input,
  open,
  output,
  parameter,
  replicate,
} from '../../generator/dsl/index.js';
import { ElaborationError, elaborate, printProblem } from '../../generator/elaborate/index.js';
import { cell, row } from '../support/small-design.js';

const doc = { role: 'Test.', timing: 'None.', reset: 'None.', numbers: 'None.' };
const WIDTH = parameter({ doc: 'width', unit: 'bits', range: [1, 64], default: 8 });
const ports = (P: { readonly WIDTH: ParameterReferences<{ WIDTH: typeof WIDTH }>['WIDTH'] }) => ({
  clk_i: clock(),
  a_i: input(P.WIDTH),
  b_i: input(P.WIDTH),
  y_o: output(P.WIDTH),
});
type TestBody = Body<ReturnType<typeof ports>>;

const problemsOf = (top: Module, prefix = 'demo'): string[] => {
  try {
    elaborate(top, { prefix });
    return [];
  } catch (error) {
    if (error instanceof ElaborationError) return error.problems.map(printProblem);
    throw error;
  }
};

/** A module whose inputs are all read and whose output is driven, but for what `body` does. */
const core = (
  body: (m: TestBody, P: ParameterReferences<{ WIDTH: typeof WIDTH }>) => void,
  done: { readonly drives?: boolean; readonly reads?: boolean; readonly name?: string } = {},
): Module =>
  defineModule({
    name: done.name ?? 'core',
    doc,
    parameters: { WIDTH },
    ports,
    body: (m, P) => {
      body(m, P);
      m.unused(m.port.clk_i, 'no state');
      if (done.reads !== true) m.unused(concat(m.port.a_i, m.port.b_i), 'of no interest here');
      if (done.drives !== true) m.assign(m.port.y_o, bits(P.WIDTH, 0));
    },
  });

const cellConnections = (m: TestBody) => ({
  clk_i: m.port.clk_i,
  enable_i: bits(1, 1),
  data_i: m.port.a_i,
  data_o: open('test'),
  full_o: open('test'),
});

describe('a clean design', () => {
  it('has no problem', () => {
    expect(problemsOf(row)).toEqual([]);
    expect(problemsOf(core(() => undefined))).toEqual([]);
  });
});

describe('widths', () => {
  it('are compared at every connection, with concrete values', () => {
    const top = core((m, P) => {
      const word = m.net('word', P.WIDTH.plus(1));
      m.instance('u_cell', cell, {
        parameters: { WIDTH: P.WIDTH },
        connect: { ...cellConnections(m), data_i: concat(m.port.a_i, m.port.b_i), data_o: word },
      });
      m.unused(word, 'test');
      m.assign(m.port.y_o, concat(m.port.a_i, bits(1, 0)));
    }, { drives: true });
    expect(problemsOf(top)).toEqual([
      'core/u_cell.data_i: width 8 driven by 16 bits',
      'core/u_cell.data_o: width 8 drives 9 bits',
      'core.y_o: width 8 driven by 9 bits',
    ]);
  });

  it('are checked at every loop index; a slice must lie inside', () => {
    const top = core((m) => {
      m.generate('gen_a', 'i', 3, (g, i) => {
        const part = g.net('part', 4);
        g.assign(part, m.port.a_i.slice(i.times(4), 4));
        g.unused(part, 'test');
      });
    });
    expect(problemsOf(top)).toEqual(['core/gen_a[2].part: slice of 4 bits from bit 8 of a_i, which has 8 bits']);
  });

  it('must be positive, and constants must fit and be printable', () => {
    const top = core((m, P) => {
      const none = m.net('none', P.WIDTH.minus(8));
      m.assign(none, bits(1, 0));
      m.unused(none, 'test');
      const four = m.net('four', 4);
      m.assign(four, bits(4, 16));
      m.unused(four, 'test');
      const word = m.net('word', P.WIDTH);
      m.assign(word, bits(P.WIDTH, 3));
      m.unused(word, 'test');
    });
    expect(problemsOf(top)).toEqual([
      'core.none: width 0; expected at least 1',
      'core.four: constant 16 does not fit 4 bits, unsigned',
      'core.word: constant 3 of symbolic width; expected 0 or -1 (all ones)',
    ]);
  });

  it('of operands of logic must agree, and a scalar has no bits to select', () => {
    const top = core((m, P) => {
      const flag = m.net('flag', 1);
      m.assign(flag, bits(1, 0));
      m.generate('gen_a', 'i', 1, (g, i) => {
        g.unused(flag.bit(i), 'test');
      });
      m.assign(m.port.y_o, and(m.port.a_i, flag));
      m.unused(replicate(P.WIDTH.minus(8), flag), 'test');
    }, { drives: true });
    expect(problemsOf(top)).toEqual([
      'core/gen_a[0]: flag has the fixed width 1, so Verilog forbids a select; refer to it whole',
      'core.y_o: operands of and have widths 8, 1; expected equal widths',
      'core: replicated 0 times; expected at least once',
    ]);
  });

  it('that have no integer value are named', () => {
    const top = core((m, P) => {
      const third = m.net('third', P.WIDTH.dividedBy(3));
      m.unused(third, 'test');
    });
    expect(problemsOf(top)[0]).toBe('core.third: 8 / 3 has no integer value');
  });
});

describe('drivers', () => {
  it('may not overlap, not even in one bit', () => {
    const top = core((m) => {
      m.assign(m.port.y_o.slice(0, 5), m.port.a_i.slice(0, 5));
      m.instance('u_cell', cell, {
        parameters: { WIDTH: 4 },
        connect: { ...cellConnections(m), data_i: m.port.a_i.slice(0, 4), data_o: m.port.y_o.slice(4, 4) },
      });
    }, { drives: true });
    expect(problemsOf(top)).toEqual(['core.y_o: bit 4 driven by an assign and by core/u_cell.data_o']);
  });

  it('must cover every bit of nets and outputs', () => {
    const top = core((m, P) => {
      m.assign(m.port.y_o.slice(2, 4), m.port.a_i.slice(0, 4));
      const word = m.net('word', P.WIDTH);
      m.unused(word, 'test');
    }, { drives: true });
    expect(problemsOf(top)).toEqual([
      'core.y_o: output bits 0..1, 6..7 of 8 are not driven',
      'core.word: is not driven',
    ]);
  });

  it('must be able to drive', () => {
    const top = core((m) => {
      m.assign(m.port.a_i, m.port.b_i);
      m.assign(concat(m.port.y_o.slice(0, 7), bits(1, 0)), m.port.a_i);
    }, { drives: true });
    expect(problemsOf(top)).toEqual([
      'core.a_i: drives a_i, which is an input of this module',
      'core.y_o: drives a constant; expected a net, an output, or slices of these',
      'core.y_o: output bit 7 of 8 is not driven',
    ]);
  });

  it('are found in vectors of 100000 bits in no time', () => {
    const top = defineModule({
      name: 'wide',
      doc,
      parameters: {},
      ports: () => ({ a_i: input(100_000), y_o: output(100_000) }),
      body: (m) => {
        m.generate('gen_bit', 'i', 50_000, (g, i) => {
          g.assign(m.port.y_o.slice(i.times(2), 2), m.port.a_i.slice(i.times(2), 2));
        });
      },
    });
    const before = performance.now();
    expect(problemsOf(top)).toEqual([]);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe('unused things', () => {
  it('are inputs, nets and bits that nobody reads', () => {
    const top = core((m) => {
      const word = m.net('word', 8);
      m.assign(word, m.port.a_i);
      m.unused(word.slice(0, 7), 'test');
      m.net('idle', 3);
    }, { reads: true });
    expect(problemsOf(top)).toEqual([
      'core.b_i: input is never read; read it, or state unused(..., reason)',
      'core.word: bit 7 of 8 is never read; read it, or state unused(..., reason)',
      'core.idle: declared, but neither driven nor read; remove it',
    ]);
  });

  it('are parameters that nothing refers to', () => {
    const top = defineModule({
      name: 'core',
      doc,
      parameters: { WIDTH, DEPTH: WIDTH },
      ports: (P) => ({ a_i: input(P.WIDTH), y_o: output(P.WIDTH) }),
      body: (m) => m.assign(m.port.y_o, m.port.a_i),
    });
    expect(problemsOf(top)).toEqual(['module core: parameter DEPTH is never used']);
  });

  it('want a reason', () => {
    const top = core((m) => {
      m.unused(m.port.a_i, ' ');
      m.instance('u_cell', cell, { parameters: { WIDTH: 8 }, connect: { ...cellConnections(m), full_o: open('') } });
    });
    expect(problemsOf(top)).toEqual(['core: unused(...) without a reason', 'core/u_cell.full_o: open without a reason']);
  });
});

describe('instances', () => {
  it('must give every parameter and connect every port, also when the types were bypassed', () => {
    const anything = cell as unknown as Module;
    const top = core((m) => {
      m.instance('u_cell', anything, {
        parameters: { WIDE: 8 },
        connect: { clk_i: m.port.clk_i, enable_i: open('no'), typo_i: m.port.a_i, data_o: open('test') },
      });
    });
    expect(problemsOf(top)).toEqual([
      'core/u_cell: cell has no parameter WIDE',
      'core/u_cell: parameter WIDTH of cell is not given',
      'core/u_cell.typo_i: cell has no such port',
      'core/u_cell.enable_i: an input cannot be left open',
      'core/u_cell.data_i: input is not connected; connect it',
      'core/u_cell.full_o: output is not connected; connect it, or open(reason)',
    ]);
  });

  it('must keep parameters in their range, and so must the top', () => {
    const top = core((m, P) => {
      m.instance('u_cell', cell, {
        parameters: { WIDTH: P.WIDTH.times(64) },
        connect: { ...cellConnections(m), data_i: replicate(64, m.port.a_i) },
      });
    });
    expect(problemsOf(top)).toEqual(['core/u_cell: parameter WIDTH is 512; expected an integer in 1..256']);
    const outside = { ...top, parameters: { WIDTH: { ...WIDTH, default: 65 } } };
    expect(problemsOf(outside)[0]).toBe('core: parameter WIDTH is 65; expected an integer in 1..64');
  });

  it('must keep the rules of the module, like the address width of a memory', () => {
    const top = core((m) => {
      m.memory('u_mem', {
        width: 8,
        depth: 17,
        addressWidth: 4,
        doc: 'Test.',
        connect: {
          clk_i: m.port.clk_i,
          wr_en_i: bits(1, 0),
          wr_addr_i: bits(4, 0),
          wr_data_i: m.port.a_i,
          rd_en_i: bits(1, 0),
          rd_addr_i: bits(4, 0),
          rd_data_o: open('test'),
        },
      });
    });
    expect(problemsOf(top)).toEqual(['core/u_mem: ADDR_W is 4 but 17 words need 5 address bits']);
  });

  it('may not contain themselves', () => {
    const holder: { module?: Module } = {};
    holder.module = defineModule({
      name: 'loop',
      doc,
      parameters: {},
      ports: () => ({ a_i: input(1) }),
      body: (m) => m.instance('u_loop', holder.module!, { parameters: {}, connect: { a_i: m.port.a_i } }),
    });
    expect(problemsOf(holder.module)).toEqual(['loop/u_loop: loop contains itself']);
  });

  it('of one name must have one structure; default values may differ', () => {
    const inner = (width: number, fallback = 8): Module =>
      defineModule({
        name: 'inner',
        doc,
        parameters: { WIDTH: { ...WIDTH, default: fallback } },
        ports: (P) => ({ a_i: input(P.WIDTH.times(width)) }),
        body: (m) => m.unused(m.port.a_i, 'test'),
      });
    const both = (first: Module, second: Module): Module =>
      core((m) => {
        m.instance('u_a', first, { parameters: { WIDTH: 8 }, connect: { a_i: m.port.a_i } });
        m.instance('u_b', second, { parameters: { WIDTH: 4 }, connect: { a_i: m.port.a_i } });
      });
    expect(problemsOf(both(inner(1), inner(2)))).toEqual([
      'module inner: two descriptions of this name differ in structure; give one of them another name',
    ]);
    expect(problemsOf(both(inner(1), inner(1, 4)))).toEqual(['core/u_b.a_i: width 4 driven by 8 bits']);
  });
});

describe('scopes', () => {
  it('hide the nets of a loop from outside and those of other modules', () => {
    const foreign: { net?: ReturnType<TestBody['net']> } = {};
    const top = core((m) => {
      m.generate('gen_a', 'i', 2, (g) => {
        foreign.net = g.net('inner', 1);
        g.assign(foreign.net, bits(1, 0));
        g.unused(foreign.net, 'test');
      });
      m.unused(foreign.net!, 'test');
    });
    expect(problemsOf(top)).toEqual(['core: inner is not declared in this scope or one around it']);
  });

  it('of a condition are checked for the branch that is taken', () => {
    const top = core((m, P) => {
      m.generateIf(
        'gen_narrow',
        P.WIDTH.lessThan(8),
        (g) => g.assign(m.port.y_o, bits(3, 0)),
        (g) => g.assign(m.port.y_o, bits(9, 0)),
      );
    }, { drives: true });
    expect(problemsOf(top)).toEqual(['core/gen_narrow_else.y_o: width 8 driven by 9 bits']);
  });
});

describe('names', () => {
  it('follow the style of their kind and are not reserved, in SystemVerilog neither', () => {
    const top = defineModule({
      name: 'Core',
      doc,
      parameters: { width: WIDTH },
      ports: (P) => ({ a: input(P.width), y_i: output(P.width) }),
      body: (m, P) => {
        const logic = m.net('logic', P.width);
        m.assign(logic, m.port.a);
        m.assign(m.port.y_i, logic);
        m.generate('loop', 'I', 1, () => undefined);
        m.instance('cell', cell, {
          parameters: { WIDTH: P.width },
          connect: { clk_i: bits(1, 0), enable_i: bits(1, 0), data_i: logic, data_o: open('test'), full_o: open('test') },
        });
      },
    });
    expect(problemsOf(top, 'My')).toEqual([
      'design Core: prefix name "My" is not lower_snake_case, beginning with a letter',
      'module Core: module name "Core" is not lower_snake_case, beginning with a letter',
      'module Core: parameter name "width" is not ALL_CAPS, beginning with a letter',
      'module Core: input name "a" is not lower_snake_case, beginning with a letter, ending in _i',
      'module Core: output name "y_i" is not lower_snake_case, beginning with a letter, ending in _o',
      'module Core: net name "logic" is a reserved word of (System)Verilog',
      'module Core: generate block name "loop" is not gen_name',
      'module Core: generate index name "I" is not lower_snake_case, beginning with a letter',
      'module Core: instance name "cell" is not u_name',
    ]);
  });

  it('are taken once in a scope and in those around it', () => {
    const top = core((m) => {
      const use = (net: ReturnType<TestBody['net']>, scope: Pick<TestBody, 'assign' | 'unused'> = m): void => {
        scope.assign(net, bits(1, 0));
        scope.unused(net, 'test');
      };
      use(m.net('word', 1));
      use(m.net('word', 1));
      use(m.net('a_i', 1));
      m.generate('gen_a', 'i', 2, (g) => {
        use(g.net('word', 1), g);
        g.generate('gen_b', 'i', 2, () => undefined);
      });
      m.generate('gen_a', 'word', 2, () => undefined);
      use(m.net('unused', 1));
      use(m.net('unused_u_cell_full_o', 1));
      m.instance('u_cell', cell, { parameters: { WIDTH: 8 }, connect: cellConnections(m) });
    });
    expect(problemsOf(top)).toEqual([
      'module core: net "word" has the name of a net in the same or an outer scope',
      'module core: net "a_i" has the name of an input in the same or an outer scope',
      'module core: net "word" has the name of a net in the same or an outer scope',
      'module core: generate index "i" of gen_b is the index of a loop around it',
      'module core: generate block "gen_a" has the name of a generate block in the same or an outer scope',
      'module core: generate index "word" has the name of a net in the same or an outer scope',
      'module core: net "unused" has the name of a net (of the unused statement) in the same or an outer scope',
      'module core: net of an open output "unused_u_cell_full_o" has the name of a net in the same or an outer scope',
    ]);
  });
});

describe('descriptions', () => {
  it('have ports, docs and sensible ranges', () => {
    const top = defineModule({
      name: 'core',
      doc: { ...doc, timing: ' ' },
      parameters: { WIDTH: parameter({ doc: '', range: [4, 1], default: 2 }) },
      ports: () => ({}),
      body: () => undefined,
    });
    expect(problemsOf(top)).toEqual([
      'core: parameter WIDTH is 2; expected an integer in 4..1',
      'module core: parameter WIDTH is never used',
      'module core: has no port',
      'module core: range 4..1 of parameter WIDTH is not a range of integers',
      'module core: parameter WIDTH has no doc',
      'module core: doc.timing is empty',
    ]);
  });
});

describe('the error', () => {
  it('reports all problems together and folds those of a loop', () => {
    const top = core((m) => {
      m.generate('gen_a', 'i', 4, (g) => {
        g.instance('u_cell', cell, {
          parameters: { WIDTH: 4 },
          connect: cellConnections(m),
        });
      });
      m.net('idle', 1);
    });
    expect(() => elaborate(top, { prefix: 'demo' })).toThrow(
      'design core: 2 problems; expected none. Mend each in the module that it names:\n' +
        '  core/gen_a[0]/u_cell.data_i: width 4 driven by 8 bits (and 3 more like it)\n' +
        '  core.idle: declared, but neither driven nor read; remove it',
    );
  });
});
