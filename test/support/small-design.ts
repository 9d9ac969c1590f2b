// SPDX-License-Identifier: Apache-2.0
/** A small design for the tests of the description language: a leaf, a memory, an array of both. */
import { bits, clock, defineModule, input, open, output, parameter, reset } from '../../generator/dsl/index.js';

const doc = { timing: 'One cycle.', reset: 'None.', numbers: 'Unsigned.' };

/** A register with an enable, its behaviour inline. */
export const cell = defineModule({
  name: 'cell',
  doc: { ...doc, role: 'Register with enable.' },
  parameters: { WIDTH: parameter({ doc: 'word width', unit: 'bits', range: [1, 256], default: 8 }) },
  ports: (P) => ({
    clk_i: clock(),
    enable_i: input(1, { group: 'Data' }),
    data_i: input(P.WIDTH),
    data_o: output(P.WIDTH, { doc: 'last word that was enabled' }),
    full_o: output(1),
  }),
  template: {
    text: `  reg [WIDTH-1:0] data_q;

  always @(posedge clk_i) begin
    if (enable_i) data_q <= data_i;
  end

  assign data_o = data_q;
  assign full_o = &data_q;
`,
  },
});

/** A row of cells that each take a slice of one memory word. */
export const row = defineModule({
  name: 'row',
  doc: { ...doc, role: 'A memory and a row of cells.', timing: 'Four cycles from the read address to data_o.' },
  parameters: {
    CELLS: parameter({ doc: 'cells in the row', unit: 'cells', range: [1, 64], default: 4 }),
    WIDTH: parameter({ doc: 'bits a cell', unit: 'bits', range: [1, 256], default: 8 }),
    ADDR_W: parameter({ doc: 'address width', unit: 'bits', range: [1, 20], default: 4 }),
  },
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    wr_en_i: input(1, { group: 'Write' }),
    addr_i: input(P.ADDR_W),
    data_i: input(P.CELLS.times(P.WIDTH)),
    data_o: output(P.CELLS.times(P.WIDTH), { group: 'Result' }),
  }),
  body: (m, P) => {
    const { port } = m;
    m.unused(port.rst_i, 'nothing here has a state to reset');
    const word = m.net('word', P.CELLS.times(P.WIDTH), { doc: 'one slice a cell' });
    m.memory('u_mem', {
      width: P.CELLS.times(P.WIDTH),
      depth: 16,
      addressWidth: P.ADDR_W,
      doc: 'The words of the row.',
      connect: {
        clk_i: port.clk_i,
        wr_en_i: port.wr_en_i,
        wr_addr_i: port.addr_i,
        wr_data_i: port.data_i,
        rd_en_i: bits(1, 1),
        rd_addr_i: port.addr_i,
        rd_data_o: word,
      },
    });
    m.generate('gen_cell', 'c', P.CELLS, (g, c) => {
      g.instance('u_cell', cell, {
        parameters: { WIDTH: P.WIDTH },
        connect: {
          clk_i: port.clk_i,
          enable_i: bits(1, 1),
          data_i: word.slice(c.times(P.WIDTH), P.WIDTH),
          data_o: port.data_o.slice(c.times(P.WIDTH), P.WIDTH),
          full_o: open('nobody asks'),
        },
      });
    });
  },
});
