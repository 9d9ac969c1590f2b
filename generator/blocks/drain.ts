// SPDX-License-Identifier: Apache-2.0
/** Owns the drain as a hierarchy: from captured sums to requantized bytes with their place in the output buffer. */
import { PARAMETER_BITS } from '../arch/instructions.js';
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { DRAIN_TO_WRITE, drainControlModule } from './drain-control.js';
import { drainMuxModule } from './drain-mux.js';
import { requantizerModule } from './requantizer.js';

export const drainModule = (all: ComputeParameters) => {
  const control = drainControlModule(all);
  const mux = drainMuxModule(all);
  const requantizer = requantizerModule(all);
  return defineModule({
    name: 'drain',
    doc: {
      role: 'Drain: takes the captured sums of a pixel, REQUANT channels a cycle, and requantizes them.',
      timing: `capture_i in cycle t; REQUANT values a lane in each of the DRAIN cycles from t + 1 + ${DRAIN_TO_WRITE} on.`,
      reset: 'Control is cleared; parameters and datapath are not.',
      numbers: 'See requantizer.',
    },
    parameters: pick(
      all, 'PES', 'GROUP', 'LANES', 'REQUANT', 'DRAIN', 'ACC_W', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARAM_DEPTH',
      'OUT_ADDR_W', 'OUT_ROW_W',
    ),
    ports: (P) => {
      const c = control.ports;
      return {
        clk_i: clock(),
        rst_i: reset(),
        push_i: c.push_i, room_o: c.room_o, param_base_i: c.param_base_i, out_base_i: c.out_base_i, out_pitch_i: c.out_pitch_i,
        channels_i: c.channels_i, out_half_i: c.out_half_i, out_zero_point_i: c.out_zero_point_i, clamp_min_i: c.clamp_min_i,
        clamp_max_i: c.clamp_max_i, push_load_i: c.push_load_i, push_store_i: c.push_store_i, command_addr_i: c.command_addr_i,
        open_first_i: c.open_first_i,
        param_wr_en_i: input(1, { group: 'Parameter buffer, write' }),
        param_wr_addr_i: input(P.PARAM_ADDR_W),
        param_wr_data_i: input(P.REQUANT.times(PARAMETER_BITS)),
        results_i: input(P.PES.times(P.LANES).times(P.ACC_W), { group: 'Captured sums', doc: 'from the cycle after capture_i on' }),
        capture_i: input(1),
        capture_tile_last_i: c.capture_tile_last_i, capture_command_first_i: c.capture_command_first_i,
        capture_command_last_i: c.capture_command_last_i,
        values_o: output(P.REQUANT.times(P.LANES).times(8), { group: 'Output buffer', doc: 'requantizer 0 lowest, in it lane 0' }),
        wr_en_o: output(P.OUT_BANKS, { doc: 'which words hold a real channel' }),
        wr_half_o: c.wr_half_o, wr_row_o: c.wr_row_o, wr_byte_o: c.wr_byte_o,
        load_push_o: c.load_push_o, store_push_o: c.store_push_o, span_o: c.span_o, idle_o: c.idle_o,
        err_valid_o: c.err_valid_o, err_code_o: c.err_code_o, err_addr_o: c.err_addr_o,
      };
    },
    body: (m, P) => {
      const { port } = m;
      const clk = port.clk_i;
      const step = m.net('step', P.STEP_W);
      const paramEn = m.net('param_rd_en', 1);
      const paramAddr = m.net('param_rd_addr', P.PARAM_ADDR_W);
      const late = {
        zeroPoint: m.net('late_zero_point', 8), clampMin: m.net('late_clamp_min', 8), clampMax: m.net('late_clamp_max', 8),
        real: m.net('late_real', P.REQUANT),
      };
      m.instance('u_control', control, {
        parameters: pick(P, 'PES', 'GROUP', 'REQUANT', 'DRAIN', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'OUT_ADDR_W', 'OUT_ROW_W'),
        connect: {
          clk_i: clk, rst_i: port.rst_i, push_i: port.push_i, room_o: port.room_o, param_base_i: port.param_base_i,
          out_base_i: port.out_base_i, out_pitch_i: port.out_pitch_i, channels_i: port.channels_i, out_half_i: port.out_half_i,
          out_zero_point_i: port.out_zero_point_i, clamp_min_i: port.clamp_min_i, clamp_max_i: port.clamp_max_i,
          push_load_i: port.push_load_i, push_store_i: port.push_store_i, command_addr_i: port.command_addr_i,
          open_first_i: port.open_first_i, capture_i: port.capture_i, capture_tile_last_i: port.capture_tile_last_i,
          capture_command_first_i: port.capture_command_first_i, capture_command_last_i: port.capture_command_last_i,
          step_o: step, param_rd_en_o: paramEn, param_rd_addr_o: paramAddr,
          zero_point_o: late.zeroPoint, clamp_min_o: late.clampMin, clamp_max_o: late.clampMax, real_o: late.real,
          wr_en_o: port.wr_en_o, wr_half_o: port.wr_half_o, wr_row_o: port.wr_row_o, wr_byte_o: port.wr_byte_o,
          load_push_o: port.load_push_o, store_push_o: port.store_push_o, span_o: port.span_o, idle_o: port.idle_o,
          err_valid_o: port.err_valid_o, err_code_o: port.err_code_o, err_addr_o: port.err_addr_o,
        },
      });
      const params = m.net('params', P.REQUANT.times(PARAMETER_BITS));
      m.memory('u_parameters', {
        width: P.REQUANT.times(PARAMETER_BITS), depth: P.PARAM_DEPTH, addressWidth: P.PARAM_ADDR_W, outputRegister: false,
        doc: 'Parameter buffer: bias, multiplier and shifts of REQUANT channels a word.',
        connect: {
          clk_i: clk, wr_en_i: port.param_wr_en_i, wr_addr_i: port.param_wr_addr_i, wr_data_i: port.param_wr_data_i,
          rd_en_i: paramEn, rd_addr_i: paramAddr, rd_data_o: params,
        },
      });
      const sumBits = P.LANES.times(P.ACC_W);
      const sums = m.net('sums', P.REQUANT.times(sumBits));
      m.instance('u_mux', mux, {
        parameters: pick(P, 'PES', 'LANES', 'REQUANT', 'DRAIN', 'STEP_W', 'ACC_W'),
        connect: { clk_i: clk, step_i: step, results_i: port.results_i, sums_o: sums },
      });
      m.generate('gen_requant', 'r', P.REQUANT, (g, r) => {
        g.instance('u_requantizer', requantizer, {
          parameters: pick(P, 'LANES', 'ACC_W'),
          connect: {
            clk_i: clk,
            sums_i: sums.slice(r.times(sumBits), sumBits),
            params_i: params.slice(r.times(PARAMETER_BITS), PARAMETER_BITS),
            real_i: late.real.bit(r),
            zero_point_i: late.zeroPoint, clamp_min_i: late.clampMin, clamp_max_i: late.clampMax,
            values_o: port.values_o.slice(r.times(P.LANES.times(8)), P.LANES.times(8)),
          },
        });
      });
    },
  });
};
