// SPDX-License-Identifier: Apache-2.0
/** Owns a token queue between two units: a counter. */
import { TOKEN_CAPACITY } from '../arch/instructions.js';
import { clock, defineModule, input, output, parameter, reset } from '../dsl/index.js';

export const tokenCounterModule = () =>
  defineModule({
    name: 'token_counter',
    doc: {
      role: 'Token queue between two units.',
      timing: 'A pushed token can be popped in the next cycle; push and pop may meet in one cycle.',
      reset: 'Synchronous: empty.',
      numbers: 'At most CAPACITY tokens; one more is reported and lost.',
    },
    parameters: {
      CAPACITY: parameter({ doc: 'tokens that it holds', unit: 'tokens', range: [1, 15], default: TOKEN_CAPACITY }),
    },
    ports: () => ({
      clk_i: clock(),
      rst_i: reset(),
      push_i: input(1, { doc: 'one token more' }),
      pop_i: input(1, { doc: 'one token less, only while avail_o' }),
      avail_o: output(1, { doc: 'there is a token' }),
      overflow_o: output(1, { doc: 'one cycle: a token was pushed to a full queue' }),
    }),
  });
