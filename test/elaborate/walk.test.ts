// SPDX-License-Identifier: Apache-2.0
/** The walk over a design counts instances and memories with the multiplicity of their loops. */
import { describe, expect, it } from 'vitest';
import { bits, clock, defineModule, input, output, ramSdp } from '../../generator/dsl/index.js';
import { elaborate, instancesOf, memoriesOf } from '../../generator/elaborate/index.js';
import { row } from '../support/small-design.js';

const doc = { role: 'Test.', timing: 'None.', reset: 'None.', numbers: 'None.' };

/** Three rows of four cells, then two rows of growing width. */
const rows = defineModule({
  name: 'rows',
  doc,
  parameters: {},
  ports: () => ({ clk_i: clock(), a_i: input(32), y_o: output(3 * 32), z_o: output(8 + 16) }),
  body: (m) => {
    const common = { clk_i: m.port.clk_i, rst_i: bits(1, 0), wr_en_i: bits(1, 1), addr_i: bits(4, 0) };
    m.generate('gen_same', 'i', 3, (g, i) => {
      g.instance('u_row', row, {
        parameters: { CELLS: 4, WIDTH: 8, ADDR_W: 4 },
        connect: { ...common, data_i: m.port.a_i, data_o: m.port.y_o.slice(i.times(32), 32) },
      });
    });
    m.generate('gen_grow', 'j', 2, (g, j) => {
      const width = j.plus(1).times(8);
      g.instance('u_row', row, {
        parameters: { CELLS: 1, WIDTH: width, ADDR_W: 4 },
        connect: { ...common, data_i: m.port.a_i.slice(0, width), data_o: m.port.z_o.slice(j.times(8), width) },
      });
    });
  },
});

describe('the walk', () => {
  const design = elaborate(rows, { prefix: 'demo' });

  it('lists modules once, dependencies first', () => {
    expect(design.modules.map((module) => module.name)).toEqual(['ram_sdp', 'cell', 'row', 'rows']);
  });

  it('counts memories by width and depth', () => {
    expect(memoriesOf(design)).toEqual([
      { path: 'rows/gen_same[*]/u_row/u_mem/mem', widthBits: 32, depth: 16, count: 3 },
      { path: 'rows/gen_grow[*]/u_row/u_mem/mem', widthBits: 8, depth: 16, count: 1 },
      { path: 'rows/gen_grow[*]/u_row/u_mem/mem', widthBits: 16, depth: 16, count: 1 },
    ]);
  });

  it('multiplies nested loops', () => {
    const cells = instancesOf(design).filter((use) => use.module.name === 'cell');
    expect(cells.map((use) => [use.path, use.count])).toEqual([
      ['rows/gen_same[*]/u_row/gen_cell[*]/u_cell', 12],
      ['rows/gen_grow[*]/u_row/gen_cell[*]/u_cell', 1],
      ['rows/gen_grow[*]/u_row/gen_cell[*]/u_cell', 1],
    ]);
  });

  it('takes a memory as top by itself', () => {
    expect(memoriesOf(elaborate(ramSdp, { prefix: 'demo' }))).toEqual([
      { path: 'ram_sdp/mem', widthBits: 8, depth: 512, count: 1 },
    ]);
  });
});
