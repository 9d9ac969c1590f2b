// SPDX-License-Identifier: Apache-2.0
/** Owns the load walker's ports: it checks load commands and walks their rows and segments. */
import { LOAD_ACT, LOAD_ACT_LANE, LOAD_ACT_WORDS, LOAD_STREAM, LOAD_STREAM_WORDS, OPCODES, STREAM_DESTINATIONS } from '../arch/instructions.js';
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { codeConstants, errorCodes, fieldWires, integerConstants, reservedBits } from './contract-lines.js';
import { DESTINATION_BITS, runKindConstants, runSideFields } from './load-runs.js';
import { loadsPatterns, type MemoryParameters, pick } from './memory-parameters.js';

/** The table buffer is the default branch. */
const { table: _table, pattern, ...OTHERS } = STREAM_DESTINATIONS;

export const loadWalkerModule = (all: MemoryParameters) =>
  defineModule({
    name: 'load_walker',
    doc: {
      role: 'Checks load commands, waits for their tokens and walks rows and segments: one run a cycle.',
      timing:
        'Two cycles of checks, then one run a cycle and one cycle more a row. Runs ahead of the data as far as the ' +
        'runs behind it have room. The command is released with its last run.',
      reset: 'Synchronous: no command. After an error it stays stopped until reset.',
      numbers:
        'Byte addresses wrap at ADDR_W bits, bank addresses at the depth of the bank. A row that no lane keeps is not read.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'GROUP', 'LANES', 'WEIGHT_ADDR_W', 'INDEX_ADDR_W', 'SCHED_ADDR_W', 'PARAM_ADDR_W', 'TABLE_ADDR_W', ...(loadsPatterns(all) ? (['PATTERN_ADDR_W'] as const) : [])),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      base_i: input(P.ADDR_W, { group: 'Memory base', doc: 'added to every program address' }),
      ...stream('command', {
        direction: 'in',
        group: 'Command',
        fields: { addr: 32, opcode: 4, destination: 4, pop: 2, push: 2, payload: P.LANES.plus(LOAD_ACT_WORDS).times(32) },
      }),
      compute_to_load_avail_i: input(1, { group: 'Tokens' }),
      compute_to_load_pop_o: output(1),
      store_to_load_avail_i: input(1),
      store_to_load_pop_o: output(1),
      ...stream('run', {
        direction: 'out',
        group: 'Runs',
        fields: { cut: 1, shape: 1, addr: P.ADDR_W, count: 24, ...runSideFields(P.LANES) },
      }),
      idle_o: output(1, { group: 'State' }),
      err_valid_o: output(1, { group: 'Error', doc: 'pulse' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W, { doc: 'low 32 bits: the instruction' }),
    }),
    view: {
      hasPatterns: loadsPatterns(all),
      constants: [
        ...codeConstants('OPCODE_', { loadAct: OPCODES.loadAct }, 4),
        ...codeConstants('DESTINATION_', { ...OTHERS, ...(loadsPatterns(all) ? { pattern } : {}) }, 4),
        ...codeConstants('ERROR_', errorCodes(ERROR_CODES, 'illegalField', 'outOfRange'), 8),
        ...runKindConstants(),
        ...integerConstants({
          DESTINATION_W: DESTINATION_BITS,
          LANE_WORD: LOAD_ACT_WORDS,
          ROW_FIRST_LSB: LOAD_ACT_LANE.rowFirst.lsb,
          ROW_LAST_LSB: LOAD_ACT_LANE.rowLast.lsb,
        }),
      ],
      fields: [
        ...fieldWires('command_payload_i', LOAD_ACT, 'act_'),
        ...fieldWires('command_payload_i', LOAD_STREAM, 'stream_'),
      ],
      actReserved: reservedBits('command_payload_i', LOAD_ACT, LOAD_ACT_WORDS),
      streamReserved: reservedBits('command_payload_i', LOAD_STREAM, LOAD_STREAM_WORDS),
    },
  });
