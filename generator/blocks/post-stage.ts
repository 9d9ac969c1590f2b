// SPDX-License-Identifier: Apache-2.0
/** Owns what follows a requantized value, one requantizer and lane: table lookup, and the sum that passes a second time. */
import { TABLE_BITS, TABLE_DEPTH } from '../arch/instructions.js';
import { indexBits } from '../core/integers.js';
import { clock, defineModule, input, output } from '../dsl/index.js';

/** Address of the table buffer: half and value. */
export const TABLE_ADDR_W = indexBits(TABLE_DEPTH);

export const postStageModule = () =>
  defineModule({
    name: 'post_stage',
    doc: {
      role: 'Looks a value up in its table, or joins it with its operand to the sum of a second pass.',
      timing:
        'Operand in cycle t - 1, value in t, value_o in t + 2, sum_o in t + 3. The table has one read port: the operand is read ' +
        'in the cycle before the value, in its slot of the second pass.',
      reset: 'None: the valid flags run beside it.',
      numbers:
        'Add: two table entries, the sum wraps. Mul: both bytes less their zero points, 9 x 9 bits. A looked-up value is the low byte.',
    },
    parameters: {},
    ports: () => ({
      clk_i: clock(),
      second_slot_i: input(1, { group: 'Cycle', doc: 'of the second pass: the operand is read' }),
      operand_i: input(8, { group: 'In t - 1', doc: 'int8' }),
      operand_half_i: input(1, { doc: 'its half of the table' }),
      operand_zero_point_i: input(8, { doc: 'int8' }),
      value_i: input(8, { group: 'In t', doc: 'int8' }),
      value_half_i: input(1, { doc: 'its half of the table' }),
      value_zero_point_i: input(8, { doc: 'int8' }),
      table_addr_o: output(TABLE_ADDR_W, { group: 'Table, data a cycle later' }),
      table_data_i: input(TABLE_BITS),
      multiply_i: input(1, { group: 'In t + 1', doc: 'the sum is the product' }),
      table_i: input(1, { doc: 'the value is looked up' }),
      sum_o: output(32),
      value_o: output(8),
    }),
  });
