// SPDX-License-Identifier: Apache-2.0
/** Owns the delays beside the requantizer: what belongs to a drain step arrives with its value; decides nothing. */
import { REQUANT_STAGES, SECOND_PASS_STAGES } from '../arch/derive.js';
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { STEP_TO_PLACE } from './drain-control.js';
import { SUM_TO_CLAMP, SUM_TO_VALUE } from './requantizer.js';

/** Cycles from a drain step to the zero point of its sum, to its operand byte, and to its write into the output buffer. */
const TO_CLAMP = 1 + SUM_TO_CLAMP;
export const DRAIN_TO_OPERAND = SUM_TO_VALUE;
export const DRAIN_TO_WRITE = REQUANT_STAGES;
/** The same with a second pass. */
const TO_SECOND_CLAMP = SECOND_PASS_STAGES + TO_CLAMP;
export const DRAIN_TO_SECOND_WRITE = SECOND_PASS_STAGES + REQUANT_STAGES;

export const drainDelayModule = (all: ComputeParameters) =>
  defineModule({
    name: 'drain_delay',
    doc: {
      role: 'Delays what belongs to a drain step, so that it meets its value at clamp, table and write.',
      timing:
        `Step in cycle t, its flags and place ${STEP_TO_PLACE} later: clamp in t + ${TO_CLAMP}, operand in t + ${DRAIN_TO_OPERAND}, value in ` +
        `t + ${DRAIN_TO_OPERAND + 1}, table data in t + ${DRAIN_TO_OPERAND + 2}, write and tokens in t + ${DRAIN_TO_WRITE}. With a second pass: its ` +
        `parameters are read in t + ${SECOND_PASS_STAGES}, clamp again in t + ${TO_SECOND_CLAMP}, write and tokens in ` +
        `t + ${DRAIN_TO_SECOND_WRITE}. All reads of a step are made before its tokens.`,
      reset: 'Flags to the write and tokens are cleared; the rest is not.',
      numbers: 'None: fields pass as they are.',
    },
    parameters: pick(all, 'REQUANT', 'OUT_BANKS', 'BYTE_W', 'PARAM_ADDR_W', 'OUT_ROW_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      second_pass_i: input(1, { group: 'Cycle', doc: 'the commands in the drain have a second pass' }),
      step_phase_i: input(1, { doc: 'drain steps may be taken' }),
      second_phase_i: input(1, { doc: 'not step_phase_i' }),
      second_slot_i: input(1, { doc: 'cycle of the second pass' }),
      real_i: input(P.REQUANT, { group: 'Drain step, two cycles later', doc: 'which channels are real' }),
      banks_i: input(P.OUT_BANKS, { doc: 'which words are written' }),
      row_i: input(P.OUT_ROW_W),
      byte_i: input(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
      command_last_i: input(1, { doc: 'last step of the command' }),
      out_half_i: input(1, { group: 'Fields of its command' }),
      out_zero_point_i: input(8),
      clamp_min_i: input(8),
      clamp_max_i: input(8),
      table_i: input(1),
      table_half_i: input(1),
      multiply_i: input(1),
      operand_param_i: input(P.PARAM_ADDR_W),
      operand_zero_point_i: input(8),
      second_zero_point_i: input(8),
      second_clamp_min_i: input(8),
      second_clamp_max_i: input(8),
      push_load_i: input(1),
      push_store_i: input(1),
      zero_point_o: output(8, { group: 'At the clamp', doc: 'int8' }),
      clamp_min_o: output(8, { doc: 'int8' }),
      clamp_max_o: output(8, { doc: 'int8' }),
      real_o: output(P.REQUANT, { doc: 'which channels are real' }),
      second_param_o: output(P.PARAM_ADDR_W, { group: 'At the second read of parameters' }),
      operand_zero_point_o: output(8, { group: 'At the operand', doc: 'int8' }),
      operand_half_o: output(1, { doc: 'half of the table, for operands' }),
      value_zero_point_o: output(8, { group: 'At the value', doc: 'int8' }),
      value_half_o: output(1, { doc: 'half of the table, for values' }),
      multiply_o: output(1, { group: 'At the data of the table', doc: 'the second pass takes the product' }),
      table_o: output(P.REQUANT, { doc: 'which values are looked up' }),
      wr_en_o: output(P.OUT_BANKS, { group: 'At the write', doc: 'which words hold a real channel' }),
      wr_half_o: output(1),
      wr_row_o: output(P.OUT_ROW_W),
      wr_byte_o: output(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
      load_push_o: output(1, { doc: 'compute->load: the loader may overwrite all buffers of the command' }),
      store_push_o: output(1, { doc: 'compute->store: all outputs of the command are written' }),
      command_last_o: output(1, { doc: 'last write of the command' }),
    }),
    view: {
      clamp: TO_CLAMP, secondClamp: TO_SECOND_CLAMP, secondReals: (TO_SECOND_CLAMP - STEP_TO_PLACE) / 2, place: STEP_TO_PLACE,
      secondPass: SECOND_PASS_STAGES, operand: DRAIN_TO_OPERAND, write: DRAIN_TO_WRITE, secondWrite: DRAIN_TO_SECOND_WRITE,
    },
  });
