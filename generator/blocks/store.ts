// SPDX-License-Identifier: Apache-2.0
/** Owns the store unit: from command words to the AXI4 write channels; structure only. */
import { STORE_WORDS } from '../arch/instructions.js';
import { and, axi4WriteMaster, bits, clock, concat, connectStream, defineModule, input, not, open, or, output, reset, startingWith, stream } from '../dsl/index.js';
import { burstCutterModule } from './burst-cutter.js';
import { commandReader } from './command-reader.js';
import { blockFifo, fifo } from './fifo.js';
import { type MemoryParameters, pick } from './memory-parameters.js';
import { packedWidth, unpackFields } from './packed-fields.js';
import { storePackerModule } from './store-packer.js';
import { storeReaderModule } from './store-reader.js';
import { storeWalkerModule } from './store-walker.js';
import { when, wideBus } from './when.js';
import { writeMasterModule } from './write-master.js';

export const storeModule = (all: MemoryParameters) => {
  const walker = storeWalkerModule(all);
  const cutter = burstCutterModule(all);
  const reader = storeReaderModule(all);
  const packer = storePackerModule(all);
  const master = writeMasterModule(all);
  const wide = wideBus(all);
  return defineModule({
    name: 'store',
    doc: {
      role: 'Store unit: executes STORE.',
      timing:
        `${wide ? 'One beat a cycle of words that lie together; where they do not, one stretch of them' : 'One word a cycle or one beat a cycle, whichever is slower'}. ` +
        'The next command is read while the responses of the one before are awaited; tokens are pushed after the last response of their command.',
      reset: 'Synchronous: no command, nothing open.',
      numbers: 'See the blocks.',
    },
    parameters: pick(
      all, 'BUS_W', 'ADDR_W', 'ID_W', 'GROUP', 'LANES', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'MAX_BURST', 'STORE_FIFO_DEPTH', 'STORE_BURSTS', 'OUT_ADDR_W',
    ),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      halt_i: input(1, { group: 'Stop', doc: 'level: no new address' }),
      base_i: input(P.ADDR_W, { group: 'Memory base', doc: 'added to every program address' }),
      ...stream('cmd', { direction: 'in', fields: { data: 32 }, group: 'Command words' }),
      compute_to_store_avail_i: input(1, { group: 'Tokens' }),
      compute_to_store_pop_o: output(1),
      store_to_compute_push_o: output(1),
      store_to_load_push_o: output(1),
      out_rd_en_o: output(1, { group: 'Output buffer read port: data three cycles later' }),
      out_rd_half_o: output(1),
      out_rd_lane_o: output(P.LANES.indexBits()),
      out_rd_addr_o: output(P.OUT_ADDR_W, wide ? { doc: 'of the lowest word of the data' } : {}),
      out_rd_data_i: input(wide ? P.BEAT_WORDS.times(P.GROUP).times(8) : P.GROUP.times(8)),
      idle_o: output(1, { group: 'State', doc: 'no command under way' }),
      busy_o: output(1, { doc: 'the opposite' }),
      quiet_o: output(1, { doc: 'no burst open' }),
      event_o: output(1, { doc: 'a handshake on any write channel' }),
      beat_o: output(1, { doc: 'a data beat' }),
      store_err_valid_o: output(1, { group: 'Errors', doc: 'pulse: commands' }),
      store_err_code_o: output(8),
      store_err_addr_o: output(P.ADDR_W),
      write_err_valid_o: output(1, { doc: 'pulse: responses' }),
      write_err_code_o: output(8),
      write_err_addr_o: output(P.ADDR_W),
      ...axi4WriteMaster('m_axi', { dataWidth: P.BUS_W, addrWidth: P.ADDR_W, idWidth: P.ID_W }),
    }),
    body: (m, P) => {
      const { port } = m;
      const { clk_i, rst_i } = port;
      
      m.comment('Commands become runs.');
      const command = m.stream('command', { addr: 32, pop: 2, push: 2, payload: STORE_WORDS * 32 });
      const readerIdle = m.net('command_reader_idle', 1);
      const walkerIdle = m.net('walker_idle', 1);
      const run = m.stream('run', { addr: P.ADDR_W, count: 24, last: 1, push: 2 });
      const source = {
        start: m.net('source_start', 1),
        half: m.net('source_half', 1),
        base: m.net('source_base', 16),
        pitch: m.net('source_pitch', 16),
        pixels: m.net('source_pixels', 16),
        pixelWords: m.net('source_pixel_words', 16),
      };
      const reading = m.net('reading', 1);
      const overrun = m.net('overrun', 1);
      m.instance('u_command_reader', commandReader, {
        parameters: { WORDS: STORE_WORDS },
        connect: {
          clk_i, rst_i,
          cmd_valid_i: port.cmd_valid_i, cmd_ready_o: port.cmd_ready_o, cmd_data_i: port.cmd_data_i,
          ...connectStream('command', 'out', command),
          command_opcode_o: open('only STORE comes here'),
          command_destination_o: open('STORE has none'),
          idle_o: readerIdle,
        },
      });
      m.instance('u_walker', walker, {
        parameters: pick(P, 'ADDR_W', 'GROUP'),
        connect: {
          clk_i, rst_i,
          base_i: port.base_i,
          ...connectStream('command', 'in', command),
          compute_to_store_avail_i: port.compute_to_store_avail_i,
          compute_to_store_pop_o: port.compute_to_store_pop_o,
          ...connectStream('run', 'out', run),
          source_start_o: source.start, source_half_o: source.half, source_base_o: source.base,
          source_pitch_o: source.pitch, source_pixels_o: source.pixels, source_pixel_words_o: source.pixelWords,
          reading_i: reading,
          overrun_i: overrun,
          idle_o: walkerIdle,
          err_valid_o: port.store_err_valid_o, err_code_o: port.store_err_code_o, err_addr_o: port.store_err_addr_o,
        },
      });

      m.comment('Runs become bursts.');
      const side = m.net('burst_side', 3, { doc: 'last run of the command, its tokens' });
      const burst = m.stream('burst', { addr: P.ADDR_W, len: 16, slot: P.SLOT_W, tail: P.SLOT_W });
      const burstLast = m.net('burst_last', 1);
      const cutterBusy = m.net('cutter_busy', 1);
      m.instance('u_cutter', cutter, {
        parameters: { ...pick(P, 'BUS_W', 'ADDR_W', 'GROUP', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'MAX_BURST'), SIDE_W: 3 },
        connect: {
          clk_i, rst_i,
          run_valid_i: run.valid, run_ready_o: run.ready,
          run_cut_i: bits(1, 1), run_shape_i: bits(1, 1), run_addr_i: run.fields.addr, run_count_i: run.fields.count,
          run_side_i: concat(run.fields.last, run.fields.push),
          ...connectStream('burst', 'out', burst),
          burst_first_o: open('the slots say where a run begins'),
          burst_last_o: burstLast,
          burst_side_o: side,
          busy_o: cutterBusy,
        },
      });

      m.comment('Bursts are filled from the output buffer.');
      const read = m.stream('read', { addr: P.ADDR_W, len: 8 });
      const pack = {
        valid: m.net('pack_valid', 1),
        ...when(!wide, () => ({ load: m.net('pack_load', 1) })),
        slot: m.net('pack_slot', P.SLOT_W),
        ...when(wide, () => ({ tail: m.net('pack_tail', P.SLOT_W) })),
        beatDone: m.net('pack_beat_done', 1),
        burstDone: m.net('pack_burst_done', 1),
      };
      const readerBusy = m.net('reader_busy', 1);
      const beatTaken = m.net('beat_taken', 1);
      m.assign(reading, or(cutterBusy, readerBusy));
      m.instance('u_reader', reader, {
        parameters: { ...pick(P, 'ADDR_W', 'LANES', 'SLOT_W', 'MAX_BURST', 'STORE_FIFO_DEPTH', 'OUT_ADDR_W'), ...when(!wide, () => pick(P, 'WORD_BEATS')) },
        connect: {
          clk_i, rst_i,
          source_start_i: source.start, source_half_i: source.half, source_base_i: source.base,
          source_pitch_i: source.pitch, source_pixels_i: source.pixels, source_pixel_words_i: source.pixelWords,
          overrun_o: overrun,
          ...connectStream('burst', 'in', burst),
          ...connectStream('pending', 'out', read),
          out_rd_en_o: port.out_rd_en_o, out_rd_half_o: port.out_rd_half_o, out_rd_lane_o: port.out_rd_lane_o, out_rd_addr_o: port.out_rd_addr_o,
          pack_valid_o: pack.valid, pack_slot_o: pack.slot, pack_beat_done_o: pack.beatDone, pack_burst_done_o: pack.burstDone,
          ...when(!wide, () => ({ pack_load_o: pack.load })),
          ...when(wide, () => ({ pack_tail_o: pack.tail })),
          beat_taken_i: beatTaken,
          busy_o: readerBusy,
        },
      });
      const packed = { valid: m.net('packed_valid', 1), last: m.net('packed_last', 1), strobe: m.net('packed_strobe', P.BEAT_WORDS), data: m.net('packed_data', P.BUS_W) };
      const complete = m.net('complete', 1);
      m.instance('u_packer', packer, {
        parameters: pick(P, 'BUS_W', 'GROUP', 'BEAT_WORDS', 'SLOT_W'),
        connect: {
          clk_i, rst_i,
          pack_valid_i: pack.valid, pack_slot_i: pack.slot, pack_beat_done_i: pack.beatDone, pack_burst_done_i: pack.burstDone,
          ...when(!wide, () => ({ pack_load_i: pack.load })),
          ...when(wide, () => ({ pack_tail_i: pack.tail })),
          out_rd_data_i: port.out_rd_data_i,
          beat_valid_o: packed.valid, beat_last_o: packed.last, beat_strobe_o: packed.strobe, beat_data_o: packed.data,
          complete_o: complete,
        },
      });

      m.comment('What waits: bursts, their data, and bursts without response.');
      const pendingFields = { addr: P.ADDR_W, len: 8, last: 1, push: 2 } as const;
      const pending = m.stream('pending', { packed: packedWidth(pendingFields) });
      const lastOfCommand = m.net('last_of_command', 1);
      m.assign(lastOfCommand, and(side.bit(2), burstLast));
      m.instance('u_pending', fifo, {
        parameters: { WIDTH: packedWidth(pendingFields), DEPTH: P.STORE_BURSTS },
        connect: {
          clk_i, rst_i,
          in_valid_i: read.valid, in_ready_o: read.ready,
          in_data_i: concat(read.fields.addr, read.fields.len, lastOfCommand, side.slice(0, 2)),
          out_valid_o: pending.valid, out_ready_i: pending.ready, out_data_o: pending.fields.packed,
        },
      });
      const beatFields = { last: 1, strobe: P.BEAT_WORDS, data: P.BUS_W } as const;
      const beat = m.stream('beat', { packed: packedWidth(beatFields) });
      m.assign(beatTaken, and(beat.valid, beat.ready));
      m.instance('u_beats', blockFifo, {
        parameters: { WIDTH: packedWidth(beatFields), DEPTH: P.STORE_FIFO_DEPTH },
        connect: {
          clk_i, rst_i,
          in_valid_i: packed.valid,
          in_ready_o: open('every burst has claimed its room'),
          in_data_i: concat(packed.last, packed.strobe, packed.data),
          out_valid_o: beat.valid, out_ready_i: beat.ready, out_data_o: beat.fields.packed,
          empty_o: open('bursts say what is left'),
        },
      });
      const openFields = { addr: P.ADDR_W, last: 1, push: 2 } as const;
      const sent = m.stream('sent', openFields);
      const answer = m.stream('answer', { packed: packedWidth(openFields) });
      m.instance('u_open', fifo, {
        parameters: { WIDTH: packedWidth(openFields), DEPTH: P.STORE_BURSTS },
        connect: {
          clk_i, rst_i,
          in_valid_i: sent.valid, in_ready_o: sent.ready,
          in_data_i: concat(sent.fields.addr, sent.fields.last, sent.fields.push),
          out_valid_o: answer.valid, out_ready_i: answer.ready, out_data_o: answer.fields.packed,
        },
      });

      m.comment('The write channels.');
      const p = unpackFields(m, 'pending', pending.fields.packed, pendingFields);
      const b = unpackFields(m, 'beat', beat.fields.packed, beatFields);
      const a = unpackFields(m, 'answer', answer.fields.packed, openFields);
      m.instance('u_master', master, {
        parameters: pick(P, 'BUS_W', 'ADDR_W', 'ID_W', 'BEAT_WORDS', 'STORE_FIFO_DEPTH'),
        connect: {
          clk_i, rst_i,
          halt_i: port.halt_i,
          pending_valid_i: pending.valid, pending_ready_o: pending.ready,
          pending_addr_i: p.addr, pending_len_i: p.len, pending_last_i: p.last, pending_push_i: p.push,
          complete_i: complete,
          beat_valid_i: beat.valid, beat_ready_o: beat.ready, beat_last_i: b.last, beat_strobe_i: b.strobe, beat_data_i: b.data,
          ...connectStream('open', 'out', sent),
          answer_valid_i: answer.valid, answer_ready_o: answer.ready, answer_addr_i: a.addr, answer_last_i: a.last, answer_push_i: a.push,
          store_to_compute_push_o: port.store_to_compute_push_o, store_to_load_push_o: port.store_to_load_push_o,
          quiet_o: port.quiet_o, event_o: port.event_o, beat_o: port.beat_o,
          err_valid_o: port.write_err_valid_o, err_code_o: port.write_err_code_o, err_addr_o: port.write_err_addr_o,
          ...startingWith(port, 'm_axi_'),
        },
      });
      const idle = m.net('idle', 1);
      m.assign(idle, and(readerIdle, walkerIdle, not(reading), not(pending.valid), not(answer.valid)));
      m.assign(port.idle_o, idle);
      m.assign(port.busy_o, not(idle));
    },
  });
};
