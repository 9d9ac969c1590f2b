// SPDX-License-Identifier: Apache-2.0
/** Owns the reader that collects a command's words in front of a unit. */
import { HEADER } from '../arch/instructions.js';
import { clock, defineModule, output, parameter, reset, stream } from '../dsl/index.js';
import { fieldWires } from './contract-lines.js';

export const commandReader = defineModule({
  name: 'command_reader',
  doc: {
    role: 'Collects the words of one command and holds them until the unit has finished with them.',
    timing: 'One word a cycle; command_valid_o one cycle after the last word. The next command is taken after command_ready_i.',
    reset: 'Synchronous: no command. Contents are not reset.',
    numbers: 'Payload word w is payload bits [32*w, 32*w + 32). Only commands with payload come here.',
  },
  parameters: { WORDS: parameter({ doc: 'longest payload', unit: 'words', range: [1, 64], default: 9 }) },
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    ...stream('cmd', { direction: 'in', fields: { data: 32 }, group: 'Command words' }),
    ...stream('command', {
      direction: 'out',
      group: 'Command: pop and push are {B, A}',
      fields: { addr: 32, opcode: 4, destination: 4, pop: 2, push: 2, payload: P.WORDS.times(32) },
    }),
    idle_o: output(1, { group: 'State', doc: 'no command, not even a part of one' }),
  }),
  view: { headerFields: fieldWires('header_q', HEADER) },
});
