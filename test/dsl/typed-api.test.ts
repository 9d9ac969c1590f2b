// SPDX-License-Identifier: Apache-2.0
/** The compiler refuses wrong connections before elaboration does; vitest runs what type-checks. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type InputPort,
  type Module,
  type OutputPort,
  type Reference,
  axi4Lite,
  axi4Master,
  bits,
  clock,
  connectStream,
  defineModule,
  input,
  open,
  output,
  parameter,
  startingWith,
  stream,
} from '../../generator/dsl/index.js';
import { cell } from '../support/small-design.js';

const doc = { role: 'Test.', timing: 'None.', reset: 'None.', numbers: 'None.' };

/** Type-checks a body without building it. */
const typed = (body: NonNullable<Parameters<typeof defineModule>[0]['body']>): Module =>
  defineModule({ name: 'typed', doc, parameters: {}, ports: () => ({ clk_i: clock() }), body });

describe('typed instances', () => {
  it('want every port, every parameter, and only these', () => {
    typed((m) => {
      const data = m.net('data', 8);
      const connect = { clk_i: bits(1, 0), enable_i: bits(1, 1), data_i: data, data_o: data };
      m.instance('u_a', cell, { parameters: { WIDTH: 8 }, connect: { ...connect, full_o: open('nobody asks') } });
      // @ts-expect-error full_o is missing
      m.instance('u_b', cell, { parameters: { WIDTH: 8 }, connect });
      // @ts-expect-error WIDTH is missing
      m.instance('u_c', cell, { parameters: {}, connect: { ...connect, full_o: open('nobody asks') } });
      // @ts-expect-error there is no port called typo_i
      m.instance('u_d', cell, { parameters: { WIDTH: 8 }, connect: { ...connect, full_o: data, typo_i: data } });
      // @ts-expect-error there is no parameter called DEPTH
      m.instance('u_e', cell, { parameters: { WIDTH: 8, DEPTH: 2 }, connect: { ...connect, full_o: data } });
    });
  });

  it('let an output drive neither a constant nor an input be left open', () => {
    typed((m) => {
      const data = m.net('data', 8);
      const connect = { clk_i: bits(1, 0), enable_i: bits(1, 1), data_i: data, data_o: data, full_o: data };
      // @ts-expect-error an output cannot drive a constant
      m.instance('u_a', cell, { parameters: { WIDTH: 8 }, connect: { ...connect, data_o: bits(8, 0) } });
      // @ts-expect-error an input cannot be left open
      m.instance('u_b', cell, { parameters: { WIDTH: 8 }, connect: { ...connect, data_i: open('no') } });
    });
  });

  it('know the ports and parameters of the module that is being described', () => {
    defineModule({
      name: 'typed',
      doc,
      parameters: { WIDTH: parameter({ doc: 'width', range: [1, 8], default: 8 }) },
      ports: (P) => {
        // @ts-expect-error there is no parameter DEPTH
        void P.DEPTH;
        return { data_i: input(P.WIDTH), data_o: output(P.WIDTH) };
      },
      body: (m, P) => {
        m.assign(m.port.data_o, m.port.data_i.slice(0, P.WIDTH));
        // @ts-expect-error there is no port dota_i
        void m.port.dota_i;
      },
    });
  });
});

describe('streams and buses', () => {
  it('name their ports by direction', () => {
    const sink = stream('cmd', { direction: 'in', fields: { data: 32, last: 1 } });
    expect(Object.keys(sink)).toEqual(['cmd_valid_i', 'cmd_ready_o', 'cmd_data_i', 'cmd_last_i']);
    const source = stream('cmd', { direction: 'out', fields: { data: 32, last: 1 } });
    expect(Object.keys(source)).toEqual(['cmd_valid_o', 'cmd_ready_i', 'cmd_data_o', 'cmd_last_o']);
    expectTypeOf(sink.cmd_ready_o).toEqualTypeOf<OutputPort>();
    expectTypeOf(sink.cmd_data_i).toEqualTypeOf<InputPort>();
    expectTypeOf(source.cmd_last_o).toEqualTypeOf<OutputPort>();
    // @ts-expect-error the other end's name
    void sink.cmd_valid_o;
  });

  it('connect both ends to the same nets, and the compiler knows when a field is missing', () => {
    const end = <D extends 'in' | 'out'>(direction: D) =>
      defineModule({
        name: `end_${direction}`,
        doc,
        parameters: {},
        ports: () => stream('cmd', { direction, fields: { data: 32 } }),
      });
    typed((m) => {
      const cmd = m.stream('cmd', { data: 32 });
      m.instance('u_in', end('in'), { parameters: {}, connect: connectStream('cmd', 'in', cmd) });
      m.instance('u_out', end('out'), { parameters: {}, connect: connectStream('cmd', 'out', cmd) });
      // @ts-expect-error the wrong end
      m.instance('u_no', end('out'), { parameters: {}, connect: connectStream('cmd', 'in', cmd) });
      const bare = m.stream('bare', {});
      // @ts-expect-error no data
      m.instance('u_bare', end('in'), { parameters: {}, connect: connectStream('cmd', 'in', bare) });
    }).items();
  });

  it('carry the standard AXI names, driven from the right side', () => {
    const master = axi4Master('m_axi', { dataWidth: 64, addrWidth: 32, idWidth: 4 });
    expect(Object.keys(master)).toHaveLength(33);
    expect(master.m_axi_wstrb.width.node).toEqual({ kind: 'literal', value: 8 });
    expectTypeOf(master.m_axi_awaddr).toEqualTypeOf<OutputPort>();
    expectTypeOf(master.m_axi_rdata).toEqualTypeOf<InputPort>();
    const slave = axi4Lite('s_axil', { dataWidth: 32, addrWidth: 12 });
    expect(Object.keys(slave)).toHaveLength(19);
    expectTypeOf(slave.s_axil_awaddr).toEqualTypeOf<InputPort>();
    expectTypeOf(slave.s_axil_rdata).toEqualTypeOf<OutputPort>();
    for (const [name, port] of Object.entries({ ...master, ...slave })) {
      const managerDrives = !/_(awready|wready|bid|bresp|bvalid|arready|rid|rdata|rresp|rlast|rvalid)$/.test(name);
      expect(port.direction, name).toBe(managerDrives === name.startsWith('m_axi') ? 'output' : 'input');
    }
  });

  it('pass through whole by their prefix', () => {
    const references = { m_axi_awaddr: 1, m_axi_awlen: 2, clk_i: 3 };
    const passed = startingWith(references, 'm_axi_');
    expect(passed).toEqual({ m_axi_awaddr: 1, m_axi_awlen: 2 });
    // @ts-expect-error clk_i has another prefix
    void passed.clk_i;
    expectTypeOf(startingWith({ a_x: {} as Reference }, 'a_')).toEqualTypeOf<{ readonly a_x: Reference }>();
  });
});
