// SPDX-License-Identifier: Apache-2.0
/** Owns the dispatch: cuts the word stream into instructions and sends each to its unit. */
import { COMPUTE_LANE_WORDS, COMPUTE_WORDS, HEADER, LOAD_ACT_WORDS, LOAD_STREAM_WORDS, OPCODES, STORE_WORDS, destinationCount } from '../arch/instructions.js';
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { loadsPatterns, type MemoryParameters, pick } from './memory-parameters.js';

export const dispatchModule = (all: MemoryParameters) =>
  defineModule({
    name: 'dispatch',
    doc: {
      role: 'Cuts the program into instructions, checks their headers, sends them to the queues of the three units.',
      timing: 'A word a cycle; one cycle more an instruction for its address. END waits until every queue is empty and every unit idle.',
      reset: 'Synchronous: before the first instruction.',
      numbers: 'None.',
    },
    parameters: pick(all, 'ADDR_W', 'LANES'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...stream('word', { direction: 'in', fields: { data: 32, addr: 32 }, group: 'Program words' }),
      ...stream('load_cmd', { direction: 'out', fields: {}, group: 'Queues of the units; data is shared' }),
      ...stream('compute_cmd', { direction: 'out', fields: {}, group: 'Queues of the units; data is shared' }),
      ...stream('store_cmd', { direction: 'out', fields: {}, group: 'Queues of the units; data is shared' }),
      cmd_data_o: output(32),
      load_queue_empty_i: input(1, { group: 'State of the units' }),
      compute_queue_empty_i: input(1),
      store_queue_empty_i: input(1),
      load_idle_i: input(1),
      compute_idle_i: input(1),
      store_idle_i: input(1),
      finish_o: output(1, { group: 'End', doc: 'END was reached and everything is done; until reset' }),
      err_valid_o: output(1, { group: 'Error', doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W, { doc: 'the instruction, low 32 bits' }),
    }),
    view: {
      header: HEADER,
      opcodes: OPCODES,
      lastDestination: destinationCount(loadsPatterns(all)) - 1,
      loadActWords: LOAD_ACT_WORDS,
      loadStreamWords: LOAD_STREAM_WORDS,
      computeWords: COMPUTE_WORDS,
      computeLaneWords: COMPUTE_LANE_WORDS,
      storeWords: STORE_WORDS,
      illegalOpcode: ERROR_CODES.illegalOpcode.code,
      illegalField: ERROR_CODES.illegalField.code,
      wide: all.ADDR_W.default > 32,
    },
  });
