// SPDX-License-Identifier: Apache-2.0
/** Owns the load writer's ports: it executes runs and drives the write ports of the buffers. */
import { destinationCount } from '../arch/instructions.js';
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { codeConstants, errorCodes, integerConstants } from './contract-lines.js';
import { DESTINATION_BITS, runKindConstants, runSideFields } from './load-runs.js';
import { loadsPatterns, type MemoryParameters, pick } from './memory-parameters.js';

export const loadWriterModule = (all: MemoryParameters) => {
  const DESTINATIONS = destinationCount(loadsPatterns(all));
  return defineModule({
    name: 'load_writer',
    doc: {
      role: 'Executes runs in order: beats or padding to the activation banks, beats to the stream unpackers.',
      timing:
        'One beat a cycle, runs back to back; an activation write leaves one cycle after its beat and is never refused. ' +
        'push_o comes with the last activation write of the command at the earliest, after its last stream write.',
      reset: 'Synchronous: no run at hand. After an error it stays stopped until reset.',
      numbers: 'The bank address of word i of a beat is act_wr_addr_o + i modulo the depth of the bank.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'GROUP', 'LANES', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'ACT_ADDR_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...stream('run', {
        direction: 'in',
        group: 'Runs',
        fields: {
          ...runSideFields(P.LANES), first: 1, addr: P.ADDR_W, len: 16, slot: P.SLOT_W, tail: P.SLOT_W,
        },
      }),
      ...stream('beat', { direction: 'in', group: 'Read data', fields: { data: P.BUS_W, resp: 2 } }),
      act_wr_lanes_o: output(P.LANES, { group: 'Activation write port', doc: 'which lanes take the words' }),
      act_wr_addr_o: output(P.ACT_ADDR_W, { doc: 'bank address of word 0' }),
      act_wr_words_o: output(P.BEAT_WORDS, { doc: 'which words are written' }),
      act_wr_data_o: output(P.BEAT_WORDS.times(P.GROUP).times(8)),
      stream_start_o: output(DESTINATIONS, { group: 'Stream unpackers, one bit a destination', doc: 'pulse' }),
      stream_base_o: output(16),
      stream_left_o: output(16, { doc: 'words, less one' }),
      stream_beat_valid_o: output(1, { doc: 'the data is beat_data_i' }),
      stream_beat_ready_i: input(DESTINATIONS, { doc: 'all, unless the active one has no room' }),
      stream_active_i: input(DESTINATIONS),
      stream_starved_i: input(DESTINATIONS),
      push_o: output(1, { group: 'State', doc: 'pulse: the token load->compute' }),
      idle_o: output(1),
      err_valid_o: output(1, { group: 'Error', doc: 'pulse' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W, { doc: 'the burst, or low 32 bits: the instruction' }),
    }),
    view: {
      constants: [
        ...runKindConstants(),
        ...integerConstants({ DESTINATIONS, DESTINATION_W: DESTINATION_BITS }),
        ...codeConstants('ERROR_', errorCodes(ERROR_CODES, 'illegalField', 'readSlverr', 'readDecerr'), 8),
      ],
    },
  });
};
