// SPDX-License-Identifier: Apache-2.0
/** A design that uses everything the emitter prints: streams, buses, conditions, logic, long concatenations. */
import {
  type Reference,
  allBits,
  and,
  anyBit,
  axi4ReadMaster,
  bits,
  clock,
  concat,
  connectStream,
  defineModule,
  input,
  not,
  or,
  output,
  parameter,
  replicate,
  reset,
  startingWith,
  stream,
  xor,
} from '../../generator/dsl/index.js';

const doc = { timing: 'Combinational.', reset: 'None.', numbers: 'Unsigned.' };
const WIDTH = parameter({ doc: 'payload width', unit: 'bits', range: [1, 64], default: 12 });

const stage = defineModule({
  name: 'stage',
  doc: { ...doc, role: 'Passes a stream on.' },
  parameters: { WIDTH },
  ports: (P) => ({
    ...stream('in', { direction: 'in', fields: { data: P.WIDTH } }),
    ...stream('out', { direction: 'out', fields: { data: P.WIDTH } }),
  }),
  template: {
    text: '  assign out_valid_o = in_valid_i;\n  assign in_ready_o = out_ready_i;\n  assign out_data_o = in_data_i;\n',
  },
});

/** Holds its bus quiet. */
const reader = defineModule({
  name: 'reader',
  doc: { ...doc, role: 'A read master that never reads.' },
  parameters: { DATA_W: parameter({ doc: 'bus width', unit: 'bits', range: [32, 512], default: 64 }) },
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    ...axi4ReadMaster('m_axi', { dataWidth: P.DATA_W, addrWidth: 32, idWidth: 4 }),
  }),
  body: (m) => {
    const { port } = m;
    const rest: readonly Reference[] = [port.clk_i, port.rst_i, port.m_axi_arready, port.m_axi_rid, port.m_axi_rdata];
    m.unused(concat(...rest, port.m_axi_rresp, port.m_axi_rlast, port.m_axi_rvalid), 'nothing is ever asked for');
    m.assign(
      concat(
        ...[port.m_axi_arid, port.m_axi_araddr, port.m_axi_arlen, port.m_axi_arsize, port.m_axi_arburst],
        ...[port.m_axi_arcache, port.m_axi_arprot, port.m_axi_arvalid, port.m_axi_rready],
      ),
      bits(58, 0, 'hex'),
    );
  },
});

export const wiring = defineModule({
  name: 'wiring',
  doc: {
    ...doc,
    role: 'Everything that the emitter prints.',
    numbers: 'Unsigned; a long sentence that is here to be wrapped at one hundred columns, as all the headers of emitted files are.',
  },
  parameters: {
    WIDTH,
    STAGES: parameter({ doc: 'stages in a row', unit: 'stages', range: [1, 8], default: 3 }),
    INVERT: parameter({ doc: '1: the sum is inverted', range: [0, 1], default: 0 }),
    DATA_W: parameter({ doc: 'bus width', unit: 'bits', range: [32, 512], default: 64 }),
  },
  ports: (P) => ({
    clk_i: clock({ doc: 'rising edge' }),
    rst_i: reset({ doc: 'synchronous, active high' }),
    ...stream('in', { direction: 'in', fields: { data: P.WIDTH }, doc: 'what comes' }),
    ...stream('out', { direction: 'out', fields: { data: P.WIDTH } }),
    flags_i: input(4, {
      group: 'Logic',
      doc: 'four flags, with a remark that is so long that it has to stand above the port, wrapped if need be',
    }),
    sum_o: output(1),
    any_o: output(1),
    wide_o: output(P.WIDTH.times(16)),
    ...axi4ReadMaster('m_axi', { dataWidth: P.DATA_W, addrWidth: 32, idWidth: 4 }),
  }),
  body: (m, P) => {
    const { port } = m;
    m.comment('A row of stages: stage s drives slice s + 1.');
    const valid = m.net('valid', P.STAGES.plus(1), { doc: 'before and behind each stage' });
    const ready = m.net('ready', P.STAGES.plus(1));
    const data = m.net('data', P.STAGES.plus(1).times(P.WIDTH));
    m.assign(valid.bit(0), port.in_valid_i);
    m.assign(port.in_ready_o, ready.bit(0));
    m.assign(data.slice(0, P.WIDTH), port.in_data_i);
    m.generate(
      'gen_stage',
      's',
      P.STAGES,
      (g, s) => {
        const before = g.stream('before', { data: P.WIDTH });
        g.assign(before.valid, valid.bit(s));
        g.assign(ready.bit(s), before.ready);
        g.assign(before.fields.data, data.slice(s.times(P.WIDTH), P.WIDTH));
        const next = s.plus(1);
        g.instance('u_stage', stage, {
          parameters: { WIDTH: P.WIDTH },
          connect: {
            ...connectStream('in', 'in', before),
            out_valid_o: valid.bit(next),
            out_ready_i: ready.bit(next),
            out_data_o: data.slice(next.times(P.WIDTH), P.WIDTH),
          },
        });
      },
      { doc: 'One stage after the other.' },
    );
    m.assign(port.out_valid_o, valid.bit(P.STAGES), { doc: 'The last slice leaves.' });
    m.assign(ready.bit(P.STAGES), port.out_ready_i);
    m.assign(port.out_data_o, data.slice(P.STAGES.times(P.WIDTH), P.WIDTH));

    const flag = (i: number) => port.flags_i.bit(i);
    const sum = m.net('sum', 1);
    m.assign(sum, xor(and(flag(0), flag(1)), or(not(flag(2)), flag(3)), allBits(port.flags_i)));
    m.generateIf(
      'gen_invert',
      P.INVERT.equals(1),
      (g) => g.assign(port.sum_o, not(sum)),
      (g) => g.assign(port.sum_o, sum),
    );
    const long = Array.from({ length: 4 }, (_, i) => replicate(P.WIDTH.times(2), flag(i)));
    m.assign(port.any_o, anyBit(concat(bits(8, 0xa5, 'hex'), bits(3, -1), bits(1, 0), port.flags_i)));
    m.assign(port.wide_o, concat(...long, ...long));
    m.instance('u_reader', reader, {
      parameters: { DATA_W: P.DATA_W },
      connect: { clk_i: port.clk_i, rst_i: port.rst_i, ...startingWith(port, 'm_axi_') },
      doc: 'The bus passes through.',
    });
  },
});
