// SPDX-License-Identifier: Apache-2.0
/** Owns the store walker's ports: it checks store commands and walks their rows and segments in memory. */
import { STORE, STORE_WORDS } from '../arch/instructions.js';
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { codeConstants, errorCodes, fieldWires, reservedBits } from './contract-lines.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const storeWalkerModule = (all: MemoryParameters) =>
  defineModule({
    name: 'store_walker',
    doc: {
      role: 'Checks store commands, waits for their token and walks rows and segments in memory: one run a cycle.',
      timing: 'Two cycles of checks, then one run a cycle. The command is released when its last word has been read.',
      reset: 'Synchronous: no command. After an error it stays stopped until reset.',
      numbers: 'Byte addresses wrap at ADDR_W bits.',
    },
    parameters: pick(all, 'ADDR_W', 'GROUP'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      base_i: input(P.ADDR_W, { group: 'Memory base', doc: 'added to every program address' }),
      ...stream('command', {
        direction: 'in',
        group: 'Command',
        fields: { addr: 32, pop: 2, push: 2, payload: STORE_WORDS * 32 },
      }),
      compute_to_store_avail_i: input(1, { group: 'Tokens' }),
      compute_to_store_pop_o: output(1),
      ...stream('run', { direction: 'out', group: 'Runs', fields: { addr: P.ADDR_W, count: 24, last: 1, push: 2 } }),
      source_start_o: output(1, { group: 'Source walk, stable while the command lasts', doc: 'pulse' }),
      source_half_o: output(1),
      source_base_o: output(16),
      source_pitch_o: output(16),
      source_pixels_o: output(16),
      source_pixel_words_o: output(16),
      reading_i: input(1, { doc: 'words of this command are still to be read' }),
      overrun_i: input(1, { doc: 'pulse: the source walk left the output buffer' }),
      idle_o: output(1, { group: 'State' }),
      err_valid_o: output(1, { group: 'Error', doc: 'pulse' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W, { doc: 'low 32 bits: the instruction' }),
    }),
    view: {
      constants: codeConstants('ERROR_', errorCodes(ERROR_CODES, 'illegalField', 'outOfRange'), 8),
      fields: fieldWires('command_payload_i', STORE),
      reserved: reservedBits('command_payload_i', STORE, STORE_WORDS),
    },
  });
