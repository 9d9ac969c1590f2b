// SPDX-License-Identifier: Apache-2.0
/** Owns the load unit: from command words to the write ports of every buffer; structure only. */
import { destinationCount, LOAD_ACT_WORDS, STREAM_DESTINATIONS, TABLE_BITS } from '../arch/instructions.js';
import { type Integer, type Reference, and, clock, concat, connectStream, defineModule, input, not, open, output, reset, stream } from '../dsl/index.js';
import { burstCutterModule } from './burst-cutter.js';
import { commandReader } from './command-reader.js';
import { blockFifo, fifo } from './fifo.js';
import { loadIssueModule } from './load-issue.js';
import { DESTINATION_BITS, runSideFields } from './load-runs.js';
import { loadWalkerModule } from './load-walker.js';
import { loadWriterModule } from './load-writer.js';
import { loadsPatterns, type MemoryParameters, pick } from './memory-parameters.js';
import { packedWidth, unpackFields } from './packed-fields.js';
import { streamCount } from './stream-count.js';
import { streamUnpacker } from './stream-unpacker.js';
import { when } from './when.js';

export const loadModule = (all: MemoryParameters) => {
  const walker = loadWalkerModule(all);
  const cutter = burstCutterModule(all);
  const issue = loadIssueModule(all);
  const writer = loadWriterModule(all);
  const patterned = loadsPatterns(all);
  const DESTINATIONS = destinationCount(patterned);
  return defineModule({
    name: 'load',
    doc: {
      role: 'Load unit: executes LOAD_ACT and LOAD_STREAM.',
      timing:
        'Addresses run ahead of the data by LOAD_RUNS runs and LOAD_FIFO_DEPTH beats; activation data is written at one ' +
        'beat a cycle, streams at one beat or one word a cycle. r_valid_i is never refused: every burst has its room.',
      reset: 'Synchronous: no command, nothing on the way.',
      numbers: 'See the blocks.',
    },
    parameters: pick(
      all, 'BUS_W', 'ADDR_W', 'GROUP', 'LANES', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'MAX_BURST', 'LOAD_FIFO_DEPTH', 'LOAD_RUNS', 'ACT_ADDR_W',
      'WEIGHT_WORD_W', 'WEIGHT_STREAM_W', 'WEIGHT_ADDR_W', 'INDEX_WORD_W', 'INDEX_STREAM_W', 'INDEX_ADDR_W', 'SCHED_ADDR_W',
      'PARAM_WORD_W', 'PARAM_STREAM_W', 'PARAM_ADDR_W', 'TABLE_ADDR_W', ...(patterned ? (['PATTERN_WORD_W', 'PATTERN_STREAM_W', 'PATTERN_ADDR_W'] as const) : []),
    ),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      base_i: input(P.ADDR_W, { group: 'Memory base', doc: 'added to every program address' }),
      ...stream('cmd', { direction: 'in', fields: { data: 32 }, group: 'Command words' }),
      compute_to_load_avail_i: input(1, { group: 'Tokens' }),
      compute_to_load_pop_o: output(1),
      store_to_load_avail_i: input(1),
      store_to_load_pop_o: output(1),
      load_to_compute_push_o: output(1),
      ...stream('ar', { direction: 'out', group: 'Read bursts', fields: { addr: P.ADDR_W, len: 8 } }),
      r_valid_i: input(1, { group: 'Read data, never refused' }),
      r_data_i: input(P.BUS_W),
      r_resp_i: input(2),
      act_wr_lanes_o: output(P.LANES, { group: 'Activation write port', doc: 'which lanes take the words' }),
      act_wr_addr_o: output(P.ACT_ADDR_W, { doc: 'bank address of word 0' }),
      act_wr_words_o: output(P.BEAT_WORDS, { doc: 'which words are written' }),
      act_wr_data_o: output(P.BEAT_WORDS.times(P.GROUP).times(8)),
      weight_wr_en_o: output(1, { group: 'Stream write ports' }),
      weight_wr_addr_o: output(P.WEIGHT_ADDR_W),
      weight_wr_data_o: output(P.WEIGHT_WORD_W),
      index_wr_en_o: output(1),
      index_wr_addr_o: output(P.INDEX_ADDR_W),
      index_wr_data_o: output(P.INDEX_WORD_W),
      sched_wr_en_o: output(1),
      sched_wr_addr_o: output(P.SCHED_ADDR_W),
      sched_wr_data_o: output(32),
      param_wr_en_o: output(1),
      param_wr_addr_o: output(P.PARAM_ADDR_W),
      param_wr_data_o: output(P.PARAM_WORD_W),
      table_wr_en_o: output(1),
      table_wr_addr_o: output(P.TABLE_ADDR_W),
      table_wr_data_o: output(TABLE_BITS),
      ...when(patterned, () => ({
        pattern_wr_en_o: output(1),
        pattern_wr_addr_o: output(P.PATTERN_ADDR_W),
        pattern_wr_data_o: output(P.PATTERN_WORD_W),
      })),
      idle_o: output(1, { group: 'State', doc: 'no command under way' }),
      walker_err_valid_o: output(1, { group: 'Errors', doc: 'pulse' }),
      walker_err_code_o: output(8),
      walker_err_addr_o: output(P.ADDR_W),
      writer_err_valid_o: output(1, { doc: 'pulse' }),
      writer_err_code_o: output(8),
      writer_err_addr_o: output(P.ADDR_W),
    }),
    body: (m, P) => {
      const { port } = m;
      const { clk_i, rst_i } = port;
      const payloadWords = P.LANES.plus(LOAD_ACT_WORDS);
      
      m.comment('Commands become runs.');
      const command = m.stream('command', { addr: 32, opcode: 4, destination: 4, pop: 2, push: 2, payload: payloadWords.times(32) });
      const readerIdle = m.net('reader_idle', 1);
      const walkerIdle = m.net('walker_idle', 1);
      const side = runSideFields(P.LANES);
      const run = m.stream('run', { cut: 1, shape: 1, addr: P.ADDR_W, count: 24, ...side });
      m.instance('u_reader', commandReader, {
        parameters: { WORDS: payloadWords },
        connect: {
          clk_i, rst_i,
          cmd_valid_i: port.cmd_valid_i, cmd_ready_o: port.cmd_ready_o, cmd_data_i: port.cmd_data_i,
          ...connectStream('command', 'out', command),
          idle_o: readerIdle,
        },
      });
      m.instance('u_walker', walker, {
        parameters: pick(
          P, 'BUS_W', 'ADDR_W', 'GROUP', 'LANES', 'WEIGHT_ADDR_W', 'INDEX_ADDR_W', 'SCHED_ADDR_W', 'PARAM_ADDR_W', 'TABLE_ADDR_W',
          ...(patterned ? (['PATTERN_ADDR_W'] as const) : []),
        ),
        connect: {
          clk_i, rst_i,
          base_i: port.base_i,
          ...connectStream('command', 'in', command),
          compute_to_load_avail_i: port.compute_to_load_avail_i,
          compute_to_load_pop_o: port.compute_to_load_pop_o,
          store_to_load_avail_i: port.store_to_load_avail_i,
          store_to_load_pop_o: port.store_to_load_pop_o,
          ...connectStream('run', 'out', run),
          idle_o: walkerIdle,
          err_valid_o: port.walker_err_valid_o,
          err_code_o: port.walker_err_code_o,
          err_addr_o: port.walker_err_addr_o,
        },
      });

      m.comment('Runs become bursts; each burst claims its beats of the load FIFO.');
      const burstSide = m.net('burst_side', packedWidth(side), { doc: 'kind, destination, push, lanes, pad_byte, bank' });
      const burst = m.stream('burst', { addr: P.ADDR_W, len: 16, first: 1, slot: P.SLOT_W, tail: P.SLOT_W });
      const cutterBusy = m.net('cutter_busy', 1);
      const sides = unpackFields(m, 'burst', burstSide, side);
      const { kind, destination, push, lanes, pad_byte, bank } = run.fields;
      m.instance('u_cutter', cutter, {
        parameters: { ...pick(P, 'BUS_W', 'ADDR_W', 'GROUP', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'MAX_BURST'), SIDE_W: packedWidth(side) },
        connect: {
          clk_i, rst_i,
          run_valid_i: run.valid, run_ready_o: run.ready,
          run_cut_i: run.fields.cut, run_shape_i: run.fields.shape, run_addr_i: run.fields.addr, run_count_i: run.fields.count,
          run_side_i: concat(kind, destination, push, lanes, pad_byte, bank),
          ...connectStream('burst', 'out', burst),
          burst_last_o: open('the slots say where a run ends'),
          burst_side_o: burstSide,
          busy_o: cutterBusy,
        },
      });
      const issued = m.stream('issued', { kind: 3, first: 1, addr: P.ADDR_W, len: 16, bank: 16, slot: P.SLOT_W, tail: P.SLOT_W });
      const beat = m.stream('beat', { data: P.BUS_W, resp: 2 });
      const beatTaken = m.net('beat_taken', 1);
      m.assign(beatTaken, and(beat.valid, beat.ready));
      m.instance('u_issue', issue, {
        parameters: pick(P, 'ADDR_W', 'SLOT_W', 'MAX_BURST', 'LOAD_FIFO_DEPTH'),
        connect: {
          clk_i, rst_i,
          ...connectStream('burst', 'in', burst),
          burst_kind_i: sides.kind,
          burst_bank_i: sides.bank,
          ar_valid_o: port.ar_valid_o, ar_ready_i: port.ar_ready_i, ar_addr_o: port.ar_addr_o, ar_len_o: port.ar_len_o,
          ...connectStream('run', 'out', issued),
          beat_taken_i: beatTaken,
        },
      });

      m.comment('What is on the way: runs, and beats that have arrived.');
      const queued = { kind: 3, destination: DESTINATION_BITS, push: 1, lanes: P.LANES, pad_byte: 8, first: 1, addr: P.ADDR_W, len: 16, bank: 16, slot: P.SLOT_W, tail: P.SLOT_W } as const;
      const pending = m.stream('pending', { data: packedWidth(queued) });
      const pendingFields = unpackFields(m, 'next', pending.fields.data, queued);
      const i = issued.fields;
      m.instance('u_runs', fifo, {
        parameters: { WIDTH: packedWidth(queued), DEPTH: P.LOAD_RUNS },
        connect: {
          clk_i, rst_i,
          in_valid_i: issued.valid, in_ready_o: issued.ready,
          in_data_i: concat(i.kind, sides.destination, sides.push, sides.lanes, sides.pad_byte, i.first, i.addr, i.len, i.bank, i.slot, i.tail),
          ...connectStream('out', 'out', pending),
        },
      });
      const arrived = m.stream('arrived', { data: P.BUS_W.plus(2) });
      m.assign(beat.valid, arrived.valid);
      m.assign(arrived.ready, beat.ready);
      m.assign(beat.fields.data, arrived.fields.data.slice(0, P.BUS_W));
      m.assign(beat.fields.resp, arrived.fields.data.slice(P.BUS_W, 2));
      m.instance('u_beats', blockFifo, {
        parameters: { WIDTH: P.BUS_W.plus(2), DEPTH: P.LOAD_FIFO_DEPTH },
        connect: {
          clk_i, rst_i,
          in_valid_i: port.r_valid_i,
          in_ready_o: open('every burst has its room'),
          in_data_i: concat(port.r_resp_i, port.r_data_i),
          ...connectStream('out', 'out', arrived),
          empty_o: open('runs say what is awaited'),
        },
      });

      m.comment('Runs and beats become writes.');
      const streamStart = m.net('stream_start', DESTINATIONS, { doc: 'one bit a destination' });
      const streamBase = m.net('stream_base', 16);
      const streamLeft = m.net('stream_left', 16);
      const streamValid = m.net('stream_beat_valid', 1);
      const streamReady = m.net('stream_beat_ready', DESTINATIONS);
      const streamActive = m.net('stream_active', DESTINATIONS);
      const streamStarved = m.net('stream_starved', DESTINATIONS);
      const streamWrite = m.net('stream_write', DESTINATIONS);
      const streamAddr = m.net('stream_addr', 16);
      const writerIdle = m.net('writer_idle', 1);
      m.instance('u_writer', writer, {
        parameters: pick(P, 'BUS_W', 'ADDR_W', 'GROUP', 'LANES', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'ACT_ADDR_W'),
        connect: {
          clk_i, rst_i,
          run_valid_i: pending.valid, run_ready_o: pending.ready,
          run_kind_i: pendingFields.kind, run_destination_i: pendingFields.destination, run_push_i: pendingFields.push,
          run_lanes_i: pendingFields.lanes, run_pad_byte_i: pendingFields.pad_byte, run_addr_i: pendingFields.addr,
          run_first_i: pendingFields.first, run_len_i: pendingFields.len, run_bank_i: pendingFields.bank, run_slot_i: pendingFields.slot, run_tail_i: pendingFields.tail,
          ...connectStream('beat', 'in', beat),
          act_wr_lanes_o: port.act_wr_lanes_o, act_wr_addr_o: port.act_wr_addr_o,
          act_wr_words_o: port.act_wr_words_o, act_wr_data_o: port.act_wr_data_o,
          stream_start_o: streamStart, stream_base_o: streamBase, stream_left_o: streamLeft,
          stream_beat_valid_o: streamValid, stream_beat_ready_i: streamReady,
          stream_active_i: streamActive, stream_starved_i: streamStarved,
          push_o: port.load_to_compute_push_o,
          idle_o: writerIdle,
          err_valid_o: port.writer_err_valid_o, err_code_o: port.writer_err_code_o, err_addr_o: port.writer_err_addr_o,
        },
      });
      m.instance('u_count', streamCount, {
        parameters: { DESTINATIONS },
        connect: {
          clk_i, rst_i,
          start_i: streamStart, start_base_i: streamBase, start_left_i: streamLeft,
          write_i: streamWrite, active_o: streamActive, addr_o: streamAddr,
        },
      });
      m.unused(streamAddr, 'a buffer takes the low bits');
      const unpacker = (
        name: string, destination: number, widths: { WIDTH: Integer; STREAM_W: Integer }, addrWidth: typeof P.ADDR_W,
        en: Reference, addr: Reference, data: Reference,
      ): void => {
        m.instance(name, streamUnpacker, {
          parameters: { BUS_W: P.BUS_W, ...widths },
          connect: {
            clk_i,
            start_i: streamStart.bit(destination),
            active_i: streamActive.bit(destination),
            beat_valid_i: streamValid,
            beat_ready_o: streamReady.bit(destination),
            beat_data_i: beat.fields.data,
            starved_o: streamStarved.bit(destination),
            wr_en_o: streamWrite.bit(destination), wr_data_o: data,
          },
        });
        m.assign(en, streamWrite.bit(destination));
        m.assign(addr, streamAddr.slice(0, addrWidth));
      };
      const d = STREAM_DESTINATIONS;
      m.assign(port.idle_o, and(readerIdle, walkerIdle, not(cutterBusy), not(pending.valid), writerIdle));
      unpacker('u_weight', d.weight, { WIDTH: P.WEIGHT_WORD_W, STREAM_W: P.WEIGHT_STREAM_W }, P.WEIGHT_ADDR_W, port.weight_wr_en_o, port.weight_wr_addr_o, port.weight_wr_data_o);
      unpacker('u_index', d.index, { WIDTH: P.INDEX_WORD_W, STREAM_W: P.INDEX_STREAM_W }, P.INDEX_ADDR_W, port.index_wr_en_o, port.index_wr_addr_o, port.index_wr_data_o);
      unpacker('u_sched', d.schedule, { WIDTH: 32, STREAM_W: 32 }, P.SCHED_ADDR_W, port.sched_wr_en_o, port.sched_wr_addr_o, port.sched_wr_data_o);
      unpacker('u_param', d.parameter, { WIDTH: P.PARAM_WORD_W, STREAM_W: P.PARAM_STREAM_W }, P.PARAM_ADDR_W, port.param_wr_en_o, port.param_wr_addr_o, port.param_wr_data_o);
      unpacker('u_table', d.table, { WIDTH: TABLE_BITS, STREAM_W: TABLE_BITS }, P.TABLE_ADDR_W, port.table_wr_en_o, port.table_wr_addr_o, port.table_wr_data_o);
      if (patterned) unpacker('u_pattern', d.pattern, { WIDTH: P.PATTERN_WORD_W, STREAM_W: P.PATTERN_STREAM_W }, P.PATTERN_ADDR_W, port.pattern_wr_en_o, port.pattern_wr_addr_o, port.pattern_wr_data_o);
    },
  });
};
