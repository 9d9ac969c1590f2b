// SPDX-License-Identifier: Apache-2.0
/** Owns the drain's control: which channels of the captured pixel pass, with which parameters, to which output address. */
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

/** Register stages between the drain step and the write into the output buffer, and the same with a second pass. */
export const DRAIN_TO_WRITE = 9;
export const DRAIN_TO_SECOND_WRITE = 18;

export const drainControlModule = (all: ComputeParameters) =>
  defineModule({
    name: 'drain_control',
    doc: {
      role: 'Drains a captured pixel in DRAIN steps of REQUANT channels: parameter, partial-sum and output addresses, tokens.',
      timing:
        'capture_i in cycle t; drain steps in t + 1 .. t + DRAIN; a new capture may come every DRAIN cycles. The write ' +
        `of a step comes ${DRAIN_TO_WRITE} cycles after it. With a second pass a step is taken every other cycle, the first ` +
        `in t + 1 or t + 2, and written ${DRAIN_TO_SECOND_WRITE} cycles after it. Up to four commands wait for their first ` +
        'capture; commands with and without second pass are never in the drain together. load_push_o comes with the cycle ' +
        'after the last step: the loader needs nine cycles or more from it to a write.',
      reset: 'Valids, queue and counters are cleared; addresses are not.',
      numbers:
        'Output addresses count G-byte words; one beyond the buffer, or such a parameter or partial-sum address, is ' +
        'reported and stops the unit.',
    },
    parameters: pick(
      all, 'PES', 'GROUP', 'REQUANT', 'DRAIN', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARTIAL_ADDR_W', 'OUT_ADDR_W', 'OUT_ROW_W',
    ),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      push_i: input(1, { group: 'Command, when the sequencer takes it' }),
      room_o: output(1, { doc: 'another command can come' }),
      param_base_i: input(16),
      out_base_i: input(16),
      out_pitch_i: input(16),
      channels_i: input(16),
      out_half_i: input(1),
      out_zero_point_i: input(8),
      clamp_min_i: input(8),
      clamp_max_i: input(8),
      table_i: input(1, { doc: 'values are looked up' }),
      table_half_i: input(1, { doc: 'half of the table, for values' }),
      operand_i: input(2, { doc: 'second pass: 0 none, 1 add, 2 mul' }),
      partial_in_i: input(1, { doc: 'sums start from the partial sums' }),
      partial_out_i: input(1, { doc: 'sums go to the partial sums' }),
      operand_param_i: input(16),
      operand_zero_point_i: input(8),
      second_zero_point_i: input(8),
      second_clamp_min_i: input(8),
      second_clamp_max_i: input(8),
      push_load_i: input(1, { doc: 'ends with a compute->load token' }),
      push_store_i: input(1, { doc: 'ends with a compute->store token' }),
      command_addr_i: input(32),
      open_first_i: input(1, { doc: 'the command takes its first cycle' }),
      capture_i: input(1, { group: 'Capture' }),
      capture_tile_last_i: input(1),
      capture_command_first_i: input(1),
      capture_command_last_i: input(1),
      step_o: output(P.STEP_W, { group: 'Drain step', doc: 'which REQUANT channels pass the mux' }),
      second_slot_o: output(1, { doc: 'cycle of the second pass: no drain step' }),
      param_rd_en_o: output(1),
      param_rd_addr_o: output(P.PARAM_ADDR_W),
      partial_rd_en_o: output(1),
      partial_rd_addr_o: output(P.PARTIAL_ADDR_W),
      partial_in_o: output(1, { group: 'Partial sums: at the requantizer, one cycle later', doc: 'the partial sum instead of the bias' }),
      partial_out_o: output(1, { doc: 'no left shift' }),
      partial_wr_en_o: output(1, { doc: 'two cycles later' }),
      partial_wr_addr_o: output(P.PARTIAL_ADDR_W),
      zero_point_o: output(8, { group: 'At the clamp, seven cycles later', doc: 'int8' }),
      clamp_min_o: output(8, { doc: 'int8' }),
      clamp_max_o: output(8, { doc: 'int8' }),
      real_o: output(P.REQUANT, { doc: 'which channels are real' }),
      operand_zero_point_o: output(8, { doc: 'int8' }),
      operand_half_o: output(1, { doc: 'half of the table, for operands' }),
      value_zero_point_o: output(8, { group: 'At the value, eight cycles later', doc: 'zero_point_o a cycle later' }),
      value_half_o: output(1, { doc: 'half of the table, for values' }),
      multiply_o: output(1, { group: 'Behind the table, nine cycles later', doc: 'the second pass takes the product' }),
      table_o: output(P.REQUANT, { doc: 'which values are looked up' }),
      wr_en_o: output(P.OUT_BANKS, { group: 'At the write', doc: 'which words hold a real channel' }),
      wr_half_o: output(1),
      wr_row_o: output(P.OUT_ROW_W),
      wr_byte_o: output(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
      load_push_o: output(1, { group: 'Tokens', doc: 'compute->load: the loader may overwrite all buffers of the command' }),
      store_push_o: output(1, { doc: 'compute->store: all outputs of the command are written' }),
      span_o: output(1, { group: 'Status', doc: 'a command is between its first cycle and its last write' }),
      idle_o: output(1, { doc: 'no command between hand-over and last write' }),
      err_valid_o: output(1, { doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(32),
    }),
    view: { outOfRange: ERROR_CODES.outOfRange.code },
  });
