// SPDX-License-Identifier: Apache-2.0
/** Owns the drain as a hierarchy: from captured sums to requantized bytes with their place in the output buffer. */
import type { AccelConfig } from '../arch/config.js';
import { PARAMETER_BITS, TABLE_BITS, TABLE_DEPTH } from '../arch/instructions.js';
import { and, bits, clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { drainCommandModule } from './drain-command.js';
import { drainControlModule } from './drain-control.js';
import { DRAIN_TO_SECOND_WRITE, DRAIN_TO_WRITE, drainDelayModule } from './drain-delay.js';
import { drainMuxModule, operandMuxModule } from './drain-mux.js';
import { TABLE_ADDR_W, postStageModule } from './post-stage.js';
import { requantizerModule } from './requantizer.js';

export const drainModule = (config: AccelConfig, all: ComputeParameters) => {
  const command = drainCommandModule();
  const control = drainControlModule(all);
  const delay = drainDelayModule(all);
  const mux = drainMuxModule(all);
  const operandMux = operandMuxModule(all);
  const requantizer = requantizerModule(config, all);
  const postStage = postStageModule();
  return defineModule({
    name: 'drain',
    doc: {
      role: 'Drain: takes the captured sums of a pixel, REQUANT channels a cycle, and requantizes them, once or twice.',
      timing:
        `capture_i in cycle t; REQUANT values a lane in each of the DRAIN cycles from t + 1 + ${DRAIN_TO_WRITE} on. With a second ` +
        `pass in every other cycle from t + 1 + ${DRAIN_TO_SECOND_WRITE} or one later on. A partial sum can be read four cycles ` +
        'after the step that wrote it. load_push_o and store_push_o come with the last write of their command: no buffer is ' +
        'read for it from there on.',
      reset: 'Control is cleared; parameters, tables, partial sums and datapath are not.',
      numbers: 'See requantizer and post_stage.',
    },
    parameters: pick(
      all, 'PES', 'GROUP', 'LANES', 'REQUANT', 'DRAIN', 'ACC_W', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARAM_DEPTH',
      'PARTIAL_ADDR_W', 'PARTIAL_DEPTH', 'OUT_ADDR_W', 'OUT_ROW_W',
    ),
    ports: (P) => {
      const c = command.ports;
      return {
        clk_i: clock(),
        rst_i: reset(),
        push_i: c.push_i, room_o: c.room_o, param_base_i: c.param_base_i, out_base_i: c.out_base_i, out_pitch_i: c.out_pitch_i,
        channels_i: c.channels_i, out_half_i: c.out_half_i, out_zero_point_i: c.out_zero_point_i, clamp_min_i: c.clamp_min_i,
        clamp_max_i: c.clamp_max_i, table_i: c.table_i, table_half_i: c.table_half_i, operand_i: c.operand_i,
        partial_in_i: c.partial_in_i, partial_out_i: c.partial_out_i, operand_param_i: c.operand_param_i,
        operand_zero_point_i: c.operand_zero_point_i, second_zero_point_i: c.second_zero_point_i,
        second_clamp_min_i: c.second_clamp_min_i, second_clamp_max_i: c.second_clamp_max_i,
        push_load_i: c.push_load_i, push_store_i: c.push_store_i, command_addr_i: c.command_addr_i,
        open_first_i: input(1, { doc: 'the command takes its first cycle' }),
        param_wr_en_i: input(1, { group: 'Parameter buffer, write' }),
        param_wr_addr_i: input(P.PARAM_ADDR_W),
        param_wr_data_i: input(P.REQUANT.times(PARAMETER_BITS)),
        table_wr_en_i: input(1, { group: 'Table buffer, write' }),
        table_wr_addr_i: input(TABLE_ADDR_W),
        table_wr_data_i: input(TABLE_BITS),
        results_i: input(P.PES.times(P.LANES).times(P.ACC_W), { group: 'Captured sums', doc: 'from the cycle after capture_i on' }),
        operands_i: input(P.PES.times(P.LANES).times(8), { doc: 'captured operands, with results_i' }),
        capture_i: input(1),
        capture_tile_last_i: input(1),
        capture_command_first_i: input(1),
        capture_command_last_i: input(1),
        values_o: output(P.REQUANT.times(P.LANES).times(8), { group: 'Output buffer', doc: 'requantizer 0 lowest, in it lane 0' }),
        wr_en_o: output(P.OUT_BANKS, { doc: 'which words hold a real channel' }),
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
      };
    },
    body: (m, P) => {
      const { port } = m;
      const clk = port.clk_i;
      m.comment('Commands');
      const begins = m.net('begins', 1);
      const ends = m.net('ends', 1);
      const alone = m.net('alone', 1);
      const secondPass = m.net('second_pass', 1);
      const head = { paramBase: m.net('head_param_base', 16), outBase: m.net('head_out_base', 16) };
      const field = {
        outBase: m.net('cmd_out_base', 16), outPitch: m.net('cmd_out_pitch', 16), channels: m.net('cmd_channels', 16), outHalf: m.net('cmd_out_half', 1),
        outZeroPoint: m.net('cmd_out_zero_point', 8), clampMin: m.net('cmd_clamp_min', 8), clampMax: m.net('cmd_clamp_max', 8),
        table: m.net('cmd_table', 1), tableHalf: m.net('cmd_table_half', 1), multiply: m.net('cmd_multiply', 1),
        partialIn: m.net('cmd_partial_in', 1), partialOut: m.net('cmd_partial_out', 1),
        operandParam: m.net('cmd_operand_param', 16), operandZeroPoint: m.net('cmd_operand_zero_point', 8),
        secondZeroPoint: m.net('cmd_second_zero_point', 8), secondClampMin: m.net('cmd_second_clamp_min', 8), secondClampMax: m.net('cmd_second_clamp_max', 8),
        pushLoad: m.net('cmd_push_load', 1), pushStore: m.net('cmd_push_store', 1), address: m.net('cmd_address', 32),
      };
      m.assign(begins, and(port.capture_i, port.capture_command_first_i));
      m.instance('u_command', command, {
        parameters: {},
        connect: {
          clk_i: clk, rst_i: port.rst_i, push_i: port.push_i, room_o: port.room_o, param_base_i: port.param_base_i,
          out_base_i: port.out_base_i, out_pitch_i: port.out_pitch_i, channels_i: port.channels_i, out_half_i: port.out_half_i,
          out_zero_point_i: port.out_zero_point_i, clamp_min_i: port.clamp_min_i, clamp_max_i: port.clamp_max_i,
          table_i: port.table_i, table_half_i: port.table_half_i, operand_i: port.operand_i, partial_in_i: port.partial_in_i,
          partial_out_i: port.partial_out_i, operand_param_i: port.operand_param_i, operand_zero_point_i: port.operand_zero_point_i,
          second_zero_point_i: port.second_zero_point_i, second_clamp_min_i: port.second_clamp_min_i,
          second_clamp_max_i: port.second_clamp_max_i,
          push_load_i: port.push_load_i, push_store_i: port.push_store_i, command_addr_i: port.command_addr_i,
          opens_i: port.open_first_i, begins_i: begins, ends_i: ends,
          head_param_base_o: head.paramBase, head_out_base_o: head.outBase,
          out_base_o: field.outBase, out_pitch_o: field.outPitch, channels_o: field.channels, out_half_o: field.outHalf,
          out_zero_point_o: field.outZeroPoint, clamp_min_o: field.clampMin, clamp_max_o: field.clampMax,
          table_o: field.table, table_half_o: field.tableHalf, second_pass_o: secondPass, multiply_o: field.multiply,
          partial_in_o: field.partialIn, partial_out_o: field.partialOut,
          operand_param_o: field.operandParam, operand_zero_point_o: field.operandZeroPoint,
          second_zero_point_o: field.secondZeroPoint, second_clamp_min_o: field.secondClampMin, second_clamp_max_o: field.secondClampMax,
          push_load_o: field.pushLoad, push_store_o: field.pushStore, command_addr_o: field.address,
          alone_o: alone, span_o: port.span_o, idle_o: port.idle_o,
        },
      });
      m.comment('Drain steps');
      const step = m.net('step', P.STEP_W);
      const place = {
        real: m.net('step_real', P.REQUANT), banks: m.net('step_banks', P.OUT_BANKS), row: m.net('step_row', P.OUT_ROW_W), byte: m.net('step_byte', P.BYTE_W),
        commandLast: m.net('step_command_last', 1),
      };
      const phase = { step: m.net('step_phase', 1), second: m.net('second_phase', 1) };
      const secondSlot = m.net('second_slot', 1);
      const param = { second: m.net('second_param', P.PARAM_ADDR_W), en: m.net('param_rd_en', 1), addr: m.net('param_rd_addr', P.PARAM_ADDR_W) };
      const partial = {
        rdEn: m.net('partial_rd_en', 1), rdAddr: m.net('partial_rd_addr', P.PARTIAL_ADDR_W), in: m.net('partial_in', 1),
        wrEn: m.net('partial_wr_en', 1), wrAddr: m.net('partial_wr_addr', P.PARTIAL_ADDR_W),
      };
      m.instance('u_control', control, {
        parameters: pick(
          P, 'PES', 'GROUP', 'REQUANT', 'DRAIN', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARTIAL_ADDR_W', 'OUT_ADDR_W', 'OUT_ROW_W',
        ),
        connect: {
          clk_i: clk, rst_i: port.rst_i, head_param_base_i: head.paramBase, head_out_base_i: head.outBase, begins_i: begins, alone_i: alone,
          out_base_i: field.outBase, out_pitch_i: field.outPitch, channels_i: field.channels, second_pass_i: secondPass,
          partial_in_i: field.partialIn, partial_out_i: field.partialOut, operand_param_i: field.operandParam, command_addr_i: field.address,
          capture_i: port.capture_i, capture_tile_last_i: port.capture_tile_last_i, capture_command_last_i: port.capture_command_last_i,
          step_o: step, real_o: place.real, banks_o: place.banks, row_o: place.row, byte_o: place.byte, command_last_o: place.commandLast,
          step_phase_o: phase.step, second_phase_o: phase.second, second_slot_o: secondSlot,
          second_param_i: param.second, param_rd_en_o: param.en, param_rd_addr_o: param.addr,
          partial_rd_en_o: partial.rdEn, partial_rd_addr_o: partial.rdAddr, partial_in_o: partial.in,
          partial_wr_en_o: partial.wrEn, partial_wr_addr_o: partial.wrAddr,
          err_valid_o: port.err_valid_o, err_code_o: port.err_code_o, err_addr_o: port.err_addr_o,
        },
      });
      const late = {
        zeroPoint: m.net('late_zero_point', 8), clampMin: m.net('late_clamp_min', 8), clampMax: m.net('late_clamp_max', 8),
        real: m.net('late_real', P.REQUANT), operandZeroPoint: m.net('late_operand_zero_point', 8), operandHalf: m.net('late_operand_half', 1),
      };
      const value = { zeroPoint: m.net('value_zero_point', 8), half: m.net('value_half', 1) };
      const multiply = m.net('multiply', 1);
      const looked = m.net('looked_up', P.REQUANT);
      m.instance('u_delay', delay, {
        parameters: pick(P, 'REQUANT', 'OUT_BANKS', 'BYTE_W', 'PARAM_ADDR_W', 'OUT_ROW_W'),
        connect: {
          clk_i: clk, rst_i: port.rst_i, second_pass_i: secondPass, step_phase_i: phase.step, second_phase_i: phase.second, second_slot_i: secondSlot,
          real_i: place.real, banks_i: place.banks, row_i: place.row, byte_i: place.byte, command_last_i: place.commandLast,
          out_half_i: field.outHalf, out_zero_point_i: field.outZeroPoint, clamp_min_i: field.clampMin, clamp_max_i: field.clampMax,
          table_i: field.table, table_half_i: field.tableHalf, multiply_i: field.multiply,
          operand_param_i: field.operandParam.slice(0, P.PARAM_ADDR_W), operand_zero_point_i: field.operandZeroPoint,
          second_zero_point_i: field.secondZeroPoint, second_clamp_min_i: field.secondClampMin, second_clamp_max_i: field.secondClampMax,
          push_load_i: field.pushLoad, push_store_i: field.pushStore,
          zero_point_o: late.zeroPoint, clamp_min_o: late.clampMin, clamp_max_o: late.clampMax, real_o: late.real, second_param_o: param.second,
          operand_zero_point_o: late.operandZeroPoint, operand_half_o: late.operandHalf,
          value_zero_point_o: value.zeroPoint, value_half_o: value.half, multiply_o: multiply, table_o: looked,
          wr_en_o: port.wr_en_o, wr_half_o: port.wr_half_o, wr_row_o: port.wr_row_o, wr_byte_o: port.wr_byte_o,
          load_push_o: port.load_push_o, store_push_o: port.store_push_o, command_last_o: ends,
        },
      });
      m.comment('Parameters, captured sums and operands of the step');
      const params = m.net('params', P.REQUANT.times(PARAMETER_BITS));
      m.memory('u_parameters', {
        width: P.REQUANT.times(PARAMETER_BITS), depth: P.PARAM_DEPTH, addressWidth: P.PARAM_ADDR_W, outputRegister: false,
        doc: 'Parameter buffer: bias, multiplier and shifts of REQUANT channels a word.',
        connect: {
          clk_i: clk, wr_en_i: port.param_wr_en_i, wr_addr_i: port.param_wr_addr_i, wr_data_i: port.param_wr_data_i,
          rd_en_i: param.en, rd_addr_i: param.addr, rd_data_o: params,
        },
      });
      const sumBits = P.LANES.times(32);
      const byteBits = P.LANES.times(8);
      const sums = m.net('sums', P.REQUANT.times(sumBits));
      const secondSums = m.net('second_sums', P.REQUANT.times(sumBits));
      m.instance('u_mux', mux, {
        parameters: pick(P, 'PES', 'LANES', 'REQUANT', 'DRAIN', 'STEP_W', 'ACC_W'),
        connect: {
          clk_i: clk, step_i: step, results_i: port.results_i, sums_o: sums,
        },
      });
      const operands = m.net('operands', P.REQUANT.times(byteBits));
      m.instance('u_operand_mux', operandMux, {
        parameters: pick(P, 'PES', 'LANES', 'REQUANT', 'DRAIN', 'STEP_W'),
        connect: { clk_i: clk, step_i: step, operands_i: port.operands_i, operands_o: operands },
      });
      m.generate('gen_requant', 'r', P.REQUANT, (g, r) => {
        const partialsRead = g.net('partials_read', P.LANES.times(32));
        const partials = g.net('partials', P.LANES.times(32));
        const values = g.net('values', byteBits);
        g.memory('u_partials', {
          width: P.LANES.times(32), depth: P.PARTIAL_DEPTH, addressWidth: P.PARTIAL_ADDR_W, outputRegister: false,
          doc: 'Partial sums: a word a drain step.',
          connect: {
            clk_i: clk, wr_en_i: partial.wrEn, wr_addr_i: partial.wrAddr, wr_data_i: partials,
            rd_en_i: partial.rdEn, rd_addr_i: partial.rdAddr, rd_data_o: partialsRead,
          },
        });
        g.instance('u_requantizer', requantizer, {
          parameters: pick(P, 'LANES'),
          connect: {
            clk_i: clk,
            second_slot_i: secondSlot, sums_i: sums.slice(r.times(sumBits), sumBits),
            second_sums_i: secondSums.slice(r.times(sumBits), sumBits),
            params_i: params.slice(r.times(PARAMETER_BITS), PARAMETER_BITS),
            partial_in_i: partial.in, partials_i: partialsRead, partials_o: partials,
            real_i: late.real.bit(r),
            zero_point_i: late.zeroPoint, clamp_min_i: late.clampMin, clamp_max_i: late.clampMax,
            values_o: values,
          },
        });
        g.generate('gen_lane', 'l', P.LANES, (lane, l) => {
          const place = r.times(P.LANES).plus(l);
          const tableAddr = lane.net('table_addr', TABLE_ADDR_W);
          const tableData = lane.net('table_data', TABLE_BITS);
          lane.memory('u_table', {
            width: TABLE_BITS, depth: TABLE_DEPTH, addressWidth: TABLE_ADDR_W, outputRegister: false,
            doc: 'Table buffer: the same words for every requantizer and lane.',
            connect: {
              clk_i: clk, wr_en_i: port.table_wr_en_i, wr_addr_i: port.table_wr_addr_i, wr_data_i: port.table_wr_data_i,
              rd_en_i: bits(1, 1), rd_addr_i: tableAddr, rd_data_o: tableData,
            },
          });
          lane.instance('u_post_stage', postStage, {
            parameters: {},
            connect: {
              clk_i: clk, second_slot_i: secondSlot,
              operand_i: operands.slice(place.times(8), 8), operand_half_i: late.operandHalf, operand_zero_point_i: late.operandZeroPoint,
              value_i: values.slice(l.times(8), 8), value_half_i: value.half, value_zero_point_i: value.zeroPoint,
              table_addr_o: tableAddr, table_data_i: tableData,
              multiply_i: multiply, table_i: looked.bit(r),
              sum_o: secondSums.slice(place.times(32), 32),
              value_o: port.values_o.slice(place.times(8), 8),
            },
          });
        });
      });
    },
  });
};
