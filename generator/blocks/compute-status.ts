// SPDX-License-Identifier: Apache-2.0
/** Owns what the compute side tells control: its cycle class, its error, whether it is idle. */
import { clock, defineModule, input, output, reset } from '../dsl/index.js';

const errorInputs = <N extends string>(name: N, doc: string) =>
  ({
    [`${name}_err_valid_i`]: input(1, { doc }),
    [`${name}_err_code_i`]: input(8),
    [`${name}_err_addr_i`]: input(32),
  }) as { readonly [K in `${N}_err_valid_i` | `${N}_err_code_i` | `${N}_err_addr_i`]: ReturnType<typeof input> };

export const computeStatusModule = () =>
  defineModule({
    name: 'compute_status',
    doc: {
      role: 'Merges errors and states of the compute side for control.',
      timing: 'Registered: an error two cycles after its source, every other output one, idle_o in the same.',
      reset: 'Valids and classes are cleared; codes and addresses are not.',
      numbers: 'None.',
    },
    parameters: {},
    ports: () => ({
      clk_i: clock(),
      rst_i: reset(),
      ...errorInputs('command', 'illegal field'),
      ...errorInputs('fetch', 'schedule out of range'),
      ...errorInputs('sequencer', 'weight or index out of range'),
      ...errorInputs('drain', 'parameter or output out of range'),
      err_valid_o: output(1, { group: 'Error', doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(32),
      fire_i: input(1, { group: 'State', doc: 'a step is decided' }),
      open_i: input(1, { doc: 'a pixel is under way' }),
      span_i: input(1, { doc: 'a command is between first cycle and last write' }),
      command_idle_i: input(1),
      fetch_idle_i: input(1),
      sequencer_idle_i: input(1),
      drain_idle_i: input(1),
      wait_load_i: input(1),
      wait_store_i: input(1),
      step_o: output(1, { group: 'Cycle class', doc: 'a step' }),
      pace_o: output(1, { doc: 'a pixel waits for its slot to be DRAIN cycles long' }),
      drain_busy_o: output(1, { doc: 'the last drain runs out and no command waits' }),
      span_o: output(1),
      wait_load_o: output(1),
      wait_store_o: output(1),
      idle_o: output(1, { doc: 'no command anywhere' }),
    }),
  });
