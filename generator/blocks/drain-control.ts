// SPDX-License-Identifier: Apache-2.0
/** Owns the drain's steps: which channels of the captured pixel pass when, with which parameters, to which output address. */
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

/** Cycles from a drain step to its place in the output buffer. */
export const STEP_TO_PLACE = 2;

export const drainControlModule = (all: ComputeParameters) =>
  defineModule({
    name: 'drain_control',
    doc: {
      role: 'Drains a captured pixel in DRAIN steps of REQUANT channels: parameter, partial-sum and output addresses.',
      timing:
        'capture_i in cycle t; drain steps in t + 1 .. t + DRAIN; a new capture may come every DRAIN cycles. With a second ' +
        'pass a step is taken every other cycle, the first in t + 1 or t + 2; the cycles between are second slots. What a ' +
        `step writes is known ${STEP_TO_PLACE} cycles after it, its error one.`,
      reset: 'Valids, phase and error are cleared; addresses are not.',
      numbers:
        'Output addresses count G-byte words; one beyond the buffer, or such a parameter or partial-sum address, is ' +
        'reported and nothing is written from there on.',
    },
    parameters: pick(
      all, 'PES', 'GROUP', 'REQUANT', 'DRAIN', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARTIAL_ADDR_W', 'OUT_ADDR_W', 'OUT_ROW_W',
    ),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      head_param_base_i: input(16, { group: 'Oldest command in the queue' }),
      head_out_base_i: input(16),
      begins_i: input(1, { doc: 'it has its first capture' }),
      alone_i: input(1, { doc: 'the drain is empty when it begins' }),
      out_base_i: input(16, { group: 'Command that drains' }),
      out_pitch_i: input(16),
      channels_i: input(16),
      second_pass_i: input(1),
      partial_in_i: input(1),
      partial_out_i: input(1),
      operand_param_i: input(16, { doc: 'parameter word of the second pass' }),
      command_addr_i: input(32),
      capture_i: input(1, { group: 'Capture' }),
      capture_tile_last_i: input(1),
      capture_command_last_i: input(1),
      step_o: output(P.STEP_W, { group: 'Drain step', doc: 'which REQUANT channels pass the mux' }),
      real_o: output(P.REQUANT, { group: 'Two cycles later', doc: 'which of them are real' }),
      banks_o: output(P.OUT_BANKS, { doc: 'which words are written' }),
      row_o: output(P.OUT_ROW_W),
      byte_o: output(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
      command_last_o: output(1, { doc: 'last step of the command' }),
      step_phase_o: output(1, { group: 'Cycle', doc: 'drain steps may be taken' }),
      second_phase_o: output(1, { doc: 'not step_phase_o' }),
      second_slot_o: output(1, { doc: 'cycle of the second pass: no drain step' }),
      second_param_i: input(P.PARAM_ADDR_W, { group: 'Parameter buffer', doc: 'word for a second slot' }),
      param_rd_en_o: output(1),
      param_rd_addr_o: output(P.PARAM_ADDR_W),
      partial_rd_en_o: output(1, { group: 'Partial-sum buffer, read' }),
      partial_rd_addr_o: output(P.PARTIAL_ADDR_W),
      partial_in_o: output(1, { group: 'Partial sums: at the requantizer, one cycle later', doc: 'the partial sum instead of the bias' }),
      partial_wr_en_o: output(1, { doc: 'three cycles later' }),
      partial_wr_addr_o: output(P.PARTIAL_ADDR_W),
      err_valid_o: output(1, { group: 'Error of the command that drains', doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(32),
    }),
    view: { outOfRange: ERROR_CODES.outOfRange.code },
  });
