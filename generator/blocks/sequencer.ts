// SPDX-License-Identifier: Apache-2.0
/** Owns the sequencer's ports: it turns schedule entries into steps and addresses. */
import { PARTIAL_SUM_CYCLES } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { entryFields } from './entry-fetch.js';

export const sequencerModule = (all: ComputeParameters, format: IndexFormat) =>
  defineModule({
    name: 'sequencer',
    doc: {
      role: 'Takes one step a cycle: spends last_step + 1 steps on every entry and forms all read addresses.',
      timing:
        'A step decided in cycle t has its addresses and flags on the outputs in t + 3, that of the weights in t + 4. The ' +
        'fields of a command are read up to the cycle after take_o. No gap between entries, pixels, ' +
        'tiles and commands while entries arrive. The last step of a pixel is held back until its slot is DRAIN cycles ' +
        'long (twice that with a second pass), so that a pixel takes max(steps, DRAIN) cycles. Commands with a second pass ' +
        'and those without are kept apart: the drain is empty between them. It is also empty before a command that starts ' +
        `from partial sums when DRAIN is less than ${PARTIAL_SUM_CYCLES}, so that the last of them are written before the first are read.`,
      reset: 'Valids and state are cleared; addresses are not.',
      numbers: 'Activation addresses wrap; a weight or index address beyond its depth is reported and stops the unit.',
    },
    parameters: pick(all, 'LANES', 'DRAIN', 'SELECT_W', 'ACT_ADDR_W', 'WEIGHT_ADDR_W', 'INDEX_ADDR_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      held_i: input(1, { group: 'Command', doc: 'a started command can be taken' }),
      take_o: output(1, { doc: 'it is taken' }),
      weight_base_i: input(16),
      weight_stride_i: input(16),
      index_base_i: input(16),
      index_stride_i: input(16),
      act_base_i: input(16),
      column_step_i: input(16),
      row_step_i: input(16),
      out_width_i: input(16),
      act_tile_step_i: input(16),
      operand_base_i: input(16),
      operand_column_step_i: input(16),
      operand_row_step_i: input(16),
      operand_tile_step_i: input(16),
      dense_i: input(1),
      operand_i: input(2, { doc: 'not 0: the command drains in two passes' }),
      partial_in_i: input(1, { doc: 'its sums start from the partial sums' }),
      lane_start_i: input(P.LANES.times(32), { doc: 'start column and start address a lane' }),
      operand_start_i: input(P.LANES.times(16), { doc: 'start address of the operand a lane' }),
      command_addr_i: input(32),
      ...stream('entry', {
        direction: 'in',
        fields: entryFields(P.ACT_ADDR_W, P.SELECT_W),
        group: 'Entries',
      }),
      room_i: input(1, { group: 'Drain', doc: 'it can take another command' }),
      drain_idle_i: input(1, { doc: 'it holds no command' }),
      act_rd_en_o: output(1, { group: 'Read addresses of the step' }),
      act_rd_addr_o: output(P.LANES.times(P.ACT_ADDR_W), { doc: 'lane 0 lowest' }),
      act_rd_spread_o: output(1, { doc: 'every cluster reads a word of its own' }),
      act_rd_maximum_o: output(1, { doc: 'the words join a running maximum' }),
      weight_rd_en_o: output(1),
      weight_rd_addr_o: output(P.WEIGHT_ADDR_W),
      index_rd_en_o: output(1),
      index_rd_addr_o: output(P.INDEX_ADDR_W),
      valid_o: output(1, { group: 'Flags of the step', doc: 'a step is taken' }),
      step_o: output(P.SELECT_W, { doc: 'step within the group, from 0' }),
      group_first_o: output(1),
      dense_o: output(1),
      operand_o: output(1, { doc: 'the step gives an operand' }),
      pixel_first_o: output(1),
      pixel_last_o: output(1),
      tile_last_o: output(1),
      command_first_o: output(1),
      command_last_o: output(1),
      open_o: output(1, { group: 'Status', doc: 'a pixel is under way in this cycle' }),
      fire_o: output(1, { doc: 'a step is decided in this cycle' }),
      open_first_o: output(1, { doc: 'first cycle of a command' }),
      idle_o: output(1, { doc: 'no command' }),
      err_valid_o: output(1, { doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(32),
    }),
    view: { indexPerStep: format.unit === 'step', outOfRange: ERROR_CODES.outOfRange.code, partialSumCycles: PARTIAL_SUM_CYCLES },
  });
