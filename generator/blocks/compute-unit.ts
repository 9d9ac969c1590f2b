// SPDX-License-Identifier: Apache-2.0
/** Owns the compute side as a hierarchy: command, schedule walk, sequencer, buffers, array, drain, output buffer. */
import type { AccelConfig } from '../arch/config.js';
import { PARAMETER_BITS, TABLE_BITS, TABLE_DEPTH } from '../arch/instructions.js';
import { indexBits } from '../core/integers.js';
import { clock, connectStream, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { actBufferModule } from './act-buffer.js';
import { arrayControlModule } from './array-control.js';
import { commandFieldNets, computeCommandModule } from './compute-command.js';
import { type ComputeParameters, hasPatterns, pick } from './compute-parameters.js';
import { computeStatusModule } from './compute-status.js';
import { drainModule } from './drain.js';
import { entryFetchModule, entryFields } from './entry-fetch.js';
import type { IndexDecoder } from './index-decoder.js';
import { outputBufferModule } from './output-buffer.js';
import { beatOutputBufferModule } from './output-buffer-beats.js';
import { patternTableModule } from './pattern-table.js';
import { peArrayModule } from './pe-array.js';
import { sequencerModule } from './sequencer.js';
import { weightGroupBufferModule } from './weight-group-buffer.js';
import { when, wideBus } from './when.js';

export const computeUnitModule = (config: AccelConfig, all: ComputeParameters, decoder: IndexDecoder) => {
  const command = computeCommandModule(all);
  const fetch = entryFetchModule(all);
  const sequencer = sequencerModule(all, decoder.format);
  const control = arrayControlModule(all);
  const actBuffer = actBufferModule(all);
  const weightBuffer = weightGroupBufferModule(all);
  const patterned = hasPatterns(all);
  // Decoders behind a pattern table take its words.
  const array = peArrayModule(config, patterned ? { ...all, INDEX_W: all.PATTERN_W } : all, decoder);
  const drain = drainModule(config, all);
  const beats = wideBus(all);
  const status = computeStatusModule();

  return defineModule({
    name: 'compute_unit',
    doc: {
      role: 'Compute side: executes compute commands on loaded buffers, fills the output buffer.',
      timing:
        'A command over N pixels a lane and T tiles takes T * N * max(steps of a pixel, DRAIN) cycles and the next one ' +
        'follows without a gap; its last output is written a constant FILL later (see accel.json). With a second pass it is ' +
        '2 * DRAIN, and the drain empties between commands with and without.',
      reset: 'Control is cleared; buffers and datapath are not.',
      numbers: 'See pe and requantizer.',
    },
    parameters: all,
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...stream('cmd', { direction: 'in', fields: { data: 32 }, group: 'Command words' }),
      load_avail_i: input(1, { group: 'Tokens', doc: 'load->compute' }),
      load_pop_o: output(1),
      store_avail_i: input(1, { doc: 'store->compute' }),
      store_pop_o: output(1),
      load_push_o: output(1, { doc: 'compute->load' }),
      store_push_o: output(1, { doc: 'compute->store' }),
      act_wr_lanes_i: input(P.LANES, { group: 'Activation write port' }),
      act_wr_words_i: input(P.BEAT_WORDS),
      act_wr_addr_i: input(P.ACT_ADDR_W),
      act_wr_data_i: input(P.BEAT_WORDS.times(P.GROUP).times(8)),
      weight_wr_en_i: input(1, { group: 'Stream write ports' }),
      weight_wr_addr_i: input(P.WEIGHT_ADDR_W),
      weight_wr_data_i: input(P.PES.times(P.WEIGHT_W)),
      index_wr_en_i: input(1),
      index_wr_addr_i: input(P.INDEX_ADDR_W),
      index_wr_data_i: input(P.PES.times(P.INDEX_W)),
      sched_wr_en_i: input(1),
      sched_wr_addr_i: input(P.SCHED_ADDR_W),
      sched_wr_data_i: input(32),
      param_wr_en_i: input(1),
      param_wr_addr_i: input(P.PARAM_ADDR_W),
      param_wr_data_i: input(P.REQUANT.times(PARAMETER_BITS)),
      table_wr_en_i: input(1),
      table_wr_addr_i: input(indexBits(TABLE_DEPTH)),
      table_wr_data_i: input(TABLE_BITS),
      ...when(patterned, () => ({
        pattern_wr_en_i: input(1),
        pattern_wr_addr_i: input(P.INDEX_W),
        pattern_wr_data_i: input(P.PATTERN_W),
      })),
      out_rd_en_i: input(1, { group: 'Store read port, data three cycles later' }),
      out_rd_half_i: input(1),
      out_rd_lane_i: input(P.LANE_W),
      out_rd_addr_i: input(P.OUT_ADDR_W, beats ? { doc: 'of the lowest word of the data' } : {}),
      out_rd_data_o: output(beats ? P.BEAT_WORDS.times(P.GROUP).times(8) : P.GROUP.times(8)),
      step_o: output(1, { group: 'Status', doc: 'cycle classes' }),
      pace_o: output(1),
      drain_busy_o: output(1),
      span_o: output(1),
      wait_load_o: output(1),
      wait_store_o: output(1),
      idle_o: output(1),
      err_valid_o: output(1),
      err_code_o: output(8),
      err_addr_o: output(32),
    }),
    body: (m, P) => {
      const clk = m.port.clk_i;
      const rst = m.port.rst_i;
      const actAddr = P.ACT_ADDR_W;
      const word = P.GROUP.times(8);

      m.comment('Command');
      const fields = commandFieldNets(m);
      const laneStart = m.net('lane_start', P.LANES.times(32));
      const operandStart = m.net('operand_start', P.LANES.times(16));
      const commandAddr = m.net('command_addr', 32);
      const pushLoad = m.net('push_load', 1);
      const pushStore = m.net('push_store', 1);
      const startReady = m.net('start_ready', 1);
      const start = m.net('start', 1);
      const held = m.net('held', 1);
      const take = m.net('take', 1);
      const idle = { command: m.net('command_idle', 1), fetch: m.net('fetch_idle', 1), sequencer: m.net('sequencer_idle', 1), drain: m.net('drain_idle', 1) };
      const waitLoad = m.net('wait_load', 1);
      const waitStore = m.net('wait_store', 1);
      const error = (name: string) => ({ valid: m.net(`${name}_err_valid`, 1), code: m.net(`${name}_err_code`, 8) });
      const errors = { command: error('command'), fetch: error('fetch'), sequencer: error('sequencer'), drain: error('drain') };
      const fetchErrAddr = m.net('fetch_err_addr', 32);
      const sequencerErrAddr = m.net('sequencer_err_addr', 32);
      const drainErrAddr = m.net('drain_err_addr', 32);
      m.instance('u_command', command, {
        parameters: pick(P, 'LANES'),
        connect: {
          clk_i: clk, rst_i: rst,
          cmd_valid_i: m.port.cmd_valid_i, cmd_ready_o: m.port.cmd_ready_o, cmd_data_i: m.port.cmd_data_i,
          load_avail_i: m.port.load_avail_i, load_pop_o: m.port.load_pop_o,
          store_avail_i: m.port.store_avail_i, store_pop_o: m.port.store_pop_o,
          push_load_o: pushLoad, push_store_o: pushStore,
          start_ready_i: startReady, start_o: start, held_o: held, take_i: take,
          ...fields.from(command), lane_start_o: laneStart, operand_start_o: operandStart, command_addr_o: commandAddr,
          idle_o: idle.command, wait_load_o: waitLoad, wait_store_o: waitStore,
          err_valid_o: errors.command.valid, err_code_o: errors.command.code,
        },
      });

      m.comment('Group schedule');
      const schedEn = m.net('sched_rd_en', 1);
      const schedAddr = m.net('sched_rd_addr', P.SCHED_ADDR_W);
      const schedData = m.net('sched_rd_data', 32);
      const entry = m.stream('entry', entryFields(actAddr, P.SELECT_W));
      m.instance('u_entry_fetch', fetch, {
        parameters: pick(P, 'SELECT_W', 'ACT_ADDR_W', 'SCHED_ADDR_W'),
        connect: {
          clk_i: clk, rst_i: rst, start_ready_o: startReady, start_i: start,
          ...fields.to(fetch), command_addr_i: commandAddr,
          rd_en_o: schedEn, rd_addr_o: schedAddr, rd_data_i: schedData,
          ...connectStream('entry', 'out', entry),
          idle_o: idle.fetch, err_valid_o: errors.fetch.valid, err_code_o: errors.fetch.code, err_addr_o: fetchErrAddr,
        },
      });
      m.memory('u_schedule', {
        width: 32, depth: P.SCHED_DEPTH, addressWidth: P.SCHED_ADDR_W, outputRegister: false, doc: 'Schedule buffer: one entry a word.',
        connect: {
          clk_i: clk, wr_en_i: m.port.sched_wr_en_i, wr_addr_i: m.port.sched_wr_addr_i, wr_data_i: m.port.sched_wr_data_i,
          rd_en_i: schedEn, rd_addr_i: schedAddr, rd_data_o: schedData,
        },
      });

      m.comment('Steps');
      const room = m.net('room', 1);
      const actEn = m.net('act_rd_en', 1);
      const actAddrs = m.net('act_rd_addr', P.LANES.times(actAddr));
      const actSpread = m.net('act_rd_spread', 1);
      const actMaximum = m.net('act_rd_maximum', 1);
      const weightEn = m.net('weight_rd_en', 1);
      const weightAddr = m.net('weight_rd_addr', P.WEIGHT_ADDR_W);
      const indexEn = m.net('index_rd_en', 1);
      const indexAddr = m.net('index_rd_addr', P.INDEX_ADDR_W);
      const flag = (name: string) => m.net(`step_${name}`, 1);
      const s = {
        valid: flag('valid'), step: m.net('step_in_group', P.SELECT_W), groupFirst: flag('group_first'), dense: flag('dense'),
        operand: flag('operand'),
        pixelFirst: flag('pixel_first'), pixelLast: flag('pixel_last'), tileLast: flag('tile_last'),
        commandFirst: flag('command_first'), commandLast: flag('command_last'),
      };
      const pixelOpen = m.net('pixel_open', 1);
      const fire = m.net('fire', 1);
      const openFirst = m.net('open_first', 1);
      m.instance('u_sequencer', sequencer, {
        parameters: pick(P, 'LANES', 'DRAIN', 'SELECT_W', 'ACT_ADDR_W', 'WEIGHT_ADDR_W', 'INDEX_ADDR_W'),
        connect: {
          clk_i: clk, rst_i: rst, held_i: held, take_o: take,
          ...fields.to(sequencer), lane_start_i: laneStart, operand_start_i: operandStart, command_addr_i: commandAddr,
          ...connectStream('entry', 'in', entry),
          room_i: room, drain_idle_i: idle.drain,
          act_rd_en_o: actEn, act_rd_addr_o: actAddrs, act_rd_spread_o: actSpread, act_rd_maximum_o: actMaximum,
          weight_rd_en_o: weightEn, weight_rd_addr_o: weightAddr, index_rd_en_o: indexEn, index_rd_addr_o: indexAddr,
          valid_o: s.valid, step_o: s.step, group_first_o: s.groupFirst, dense_o: s.dense, operand_o: s.operand,
          pixel_first_o: s.pixelFirst, pixel_last_o: s.pixelLast, tile_last_o: s.tileLast,
          command_first_o: s.commandFirst, command_last_o: s.commandLast,
          open_o: pixelOpen, fire_o: fire, open_first_o: openFirst, idle_o: idle.sequencer,
          err_valid_o: errors.sequencer.valid, err_code_o: errors.sequencer.code, err_addr_o: sequencerErrAddr,
        },
      });
      const dec = { valid: m.net('dec_valid', 1), first: m.net('dec_first', 1), dense: m.net('dec_dense', 1), step: m.net('dec_step', P.SELECT_W) };
      const hold = m.net('hold', 1);
      const macEnable = m.net('mac_enable', 1);
      const macClear = m.net('mac_clear', 1);
      const capture = m.net('capture', 1);
      const captureTileLast = m.net('capture_tile_last', 1);
      const captureFirst = m.net('capture_command_first', 1);
      const captureLast = m.net('capture_command_last', 1);
      m.instance('u_array_control', control, {
        parameters: pick(P, 'SELECT_W'),
        connect: {
          clk_i: clk, rst_i: rst, valid_i: s.valid, step_i: s.step, group_first_i: s.groupFirst, dense_i: s.dense, operand_i: s.operand,
          pixel_first_i: s.pixelFirst, pixel_last_i: s.pixelLast, tile_last_i: s.tileLast,
          command_first_i: s.commandFirst, command_last_i: s.commandLast,
          dec_valid_o: dec.valid, dec_first_o: dec.first, dec_dense_o: dec.dense, dec_step_o: dec.step,
          hold_o: hold, mac_enable_o: macEnable, mac_clear_o: macClear, capture_o: capture,
          capture_tile_last_o: captureTileLast, capture_command_first_o: captureFirst, capture_command_last_o: captureLast,
        },
      });

      m.comment('Buffers and array');
      const actWords = m.net('act_words', P.CLUSTERS.times(P.LANES).times(word));
      m.instance('u_act_buffer', actBuffer, {
        parameters: pick(P, 'GROUP', 'LANES', 'BEAT_WORDS', 'SUB_BANKS', 'CLUSTERS', 'ACT_ADDR_W', 'ACT_BANK_W', 'ACT_ROW_W', 'ACT_DEPTH'),
        connect: {
          clk_i: clk, wr_lanes_i: m.port.act_wr_lanes_i, wr_words_i: m.port.act_wr_words_i,
          wr_addr_i: m.port.act_wr_addr_i, wr_data_i: m.port.act_wr_data_i,
          rd_en_i: actEn, rd_addr_i: actAddrs, rd_spread_i: actSpread, rd_maximum_i: actMaximum, rd_data_o: actWords,
        },
      });
      const weights = m.net('weights', P.PES.times(P.WEIGHT_W));
      const indices = m.net('indices', P.PES.times(P.INDEX_W));
      m.instance('u_weight_group_buffer', weightBuffer, {
        parameters: pick(P, 'PES', 'WEIGHT_W', 'INDEX_W', 'WEIGHT_ADDR_W', 'WEIGHT_DEPTH', 'INDEX_ADDR_W', 'INDEX_DEPTH'),
        connect: {
          clk_i: clk, weight_wr_en_i: m.port.weight_wr_en_i, weight_wr_addr_i: m.port.weight_wr_addr_i,
          weight_wr_data_i: m.port.weight_wr_data_i, weight_rd_en_i: weightEn, weight_rd_addr_i: weightAddr, weight_rd_data_o: weights,
          index_wr_en_i: m.port.index_wr_en_i, index_wr_addr_i: m.port.index_wr_addr_i,
          index_wr_data_i: m.port.index_wr_data_i, index_rd_en_i: indexEn, index_rd_addr_i: indexAddr, index_rd_data_o: indices,
        },
      });
      const patterns = patterned ? m.net('patterns', P.PES.times(P.PATTERN_W)) : indices;
      if (patterned) {
        m.instance('u_pattern_table', patternTableModule(all), {
          parameters: pick(P, 'PES', 'INDEX_W', 'PATTERN_W', 'PATTERNS'),
          connect: {
            clk_i: clk, wr_en_i: m.port.pattern_wr_en_i, wr_addr_i: m.port.pattern_wr_addr_i, wr_data_i: m.port.pattern_wr_data_i,
            ids_i: indices, patterns_o: patterns,
          },
        });
      }
      const results = m.net('results', P.PES.times(P.LANES).times(P.ACC_W));
      const operands = m.net('operands', P.PES.times(P.LANES).times(8));
      m.instance('u_pe_array', array, {
        parameters: { ...pick(P, 'PES', 'GROUP', 'LANES', 'CLUSTERS', 'SELECT_W', 'WEIGHT_W', 'ACC_W'), INDEX_W: patterned ? P.PATTERN_W : P.INDEX_W },
        connect: {
          clk_i: clk, act_i: actWords, weights_i: weights, indices_i: patterns,
          dec_valid_i: dec.valid, dec_first_i: dec.first, dec_dense_i: dec.dense, dec_step_i: dec.step, hold_i: hold,
          mac_clear_i: macClear, mac_enable_i: macEnable, capture_i: capture, results_o: results, operands_o: operands,
        },
      });

      m.comment('Drain');
      const values = m.net('values', P.REQUANT.times(P.LANES).times(8));
      const outEn = m.net('out_wr_en', P.OUT_BANKS);
      const outHalf = m.net('out_wr_half', 1);
      const outRow = m.net('out_wr_row', P.OUT_ROW_W);
      const outByte = m.net('out_wr_byte', P.BYTE_W);
      const span = m.net('span', 1);
      m.instance('u_drain', drain, {
        parameters: pick(
          P, 'PES', 'GROUP', 'LANES', 'REQUANT', 'DRAIN', 'ACC_W', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARAM_DEPTH',
          'PARTIAL_ADDR_W', 'PARTIAL_DEPTH', 'OUT_ADDR_W', 'OUT_ROW_W',
        ),
        connect: {
          clk_i: clk, rst_i: rst, push_i: take, room_o: room, ...fields.to(drain),
          push_load_i: pushLoad, push_store_i: pushStore, command_addr_i: commandAddr, open_first_i: openFirst,
          param_wr_en_i: m.port.param_wr_en_i, param_wr_addr_i: m.port.param_wr_addr_i, param_wr_data_i: m.port.param_wr_data_i,
          table_wr_en_i: m.port.table_wr_en_i, table_wr_addr_i: m.port.table_wr_addr_i, table_wr_data_i: m.port.table_wr_data_i,
          results_i: results, operands_i: operands, capture_i: capture, capture_tile_last_i: captureTileLast,
          capture_command_first_i: captureFirst, capture_command_last_i: captureLast,
          values_o: values, wr_en_o: outEn, wr_half_o: outHalf, wr_row_o: outRow, wr_byte_o: outByte,
          load_push_o: m.port.load_push_o, store_push_o: m.port.store_push_o, span_o: span, idle_o: idle.drain,
          err_valid_o: errors.drain.valid, err_code_o: errors.drain.code, err_addr_o: drainErrAddr,
        },
      });
      const outConnect = {
        clk_i: clk, wr_en_i: outEn, wr_half_i: outHalf, wr_row_i: outRow, wr_byte_i: outByte, wr_values_i: values,
        rd_en_i: m.port.out_rd_en_i, rd_half_i: m.port.out_rd_half_i, rd_lane_i: m.port.out_rd_lane_i,
        rd_addr_i: m.port.out_rd_addr_i, rd_data_o: m.port.out_rd_data_o,
      };
      const outShape = pick(P, 'GROUP', 'LANES', 'REQUANT', 'OUT_BANKS', 'LANE_W', 'BYTE_W', 'OUT_ADDR_W', 'OUT_ROW_W', 'OUT_DEPTH');
      if (beats) m.instance('u_output_buffer', beatOutputBufferModule(all), { parameters: { ...outShape, ...pick(P, 'BEAT_WORDS', 'OUT_SUB_BANKS', 'OUT_SUB_ROW_W') }, connect: outConnect });
      else m.instance('u_output_buffer', outputBufferModule(all), { parameters: { ...outShape, ...pick(P, 'OUT_BANK_W') }, connect: outConnect });

      m.comment('Status');
      m.instance('u_status', status, {
        parameters: {},
        connect: {
          clk_i: clk, rst_i: rst,
          command_err_valid_i: errors.command.valid, command_err_code_i: errors.command.code, command_err_addr_i: commandAddr,
          fetch_err_valid_i: errors.fetch.valid, fetch_err_code_i: errors.fetch.code, fetch_err_addr_i: fetchErrAddr,
          sequencer_err_valid_i: errors.sequencer.valid, sequencer_err_code_i: errors.sequencer.code, sequencer_err_addr_i: sequencerErrAddr,
          drain_err_valid_i: errors.drain.valid, drain_err_code_i: errors.drain.code, drain_err_addr_i: drainErrAddr,
          err_valid_o: m.port.err_valid_o, err_code_o: m.port.err_code_o, err_addr_o: m.port.err_addr_o,
          fire_i: fire, open_i: pixelOpen, span_i: span,
          command_idle_i: idle.command, fetch_idle_i: idle.fetch, sequencer_idle_i: idle.sequencer, drain_idle_i: idle.drain,
          wait_load_i: waitLoad, wait_store_i: waitStore,
          step_o: m.port.step_o, pace_o: m.port.pace_o, drain_busy_o: m.port.drain_busy_o, span_o: m.port.span_o,
          wait_load_o: m.port.wait_load_o, wait_store_o: m.port.wait_store_o, idle_o: m.port.idle_o,
        },
      });
    },
  });
};
