// SPDX-License-Identifier: Apache-2.0
/** Owns the control pipeline that accompanies a step through memories and array. */
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const arrayControlModule = (all: ComputeParameters) =>
  defineModule({
    name: 'array_control',
    doc: {
      role: 'Delays the flags of a step so that they meet its operands, product, sum and capture.',
      timing:
        'Inputs in cycle t, with the addresses of the step. Decoder flags in t + 2, the operand flag in t + 4, ' +
        'multiply-accumulate flags in t + 5, capture flags in t + 6. One step a cycle, no backpressure.',
      reset: 'Valids are cleared; flags are not, they count only with their valid.',
      numbers: 'None.',
    },
    parameters: pick(all, 'SELECT_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      valid_i: input(1, { group: 'Step at its addresses', doc: 'a step is taken' }),
      step_i: input(P.SELECT_W, { doc: 'step within the group, from 0' }),
      group_first_i: input(1, { doc: 'first step of a group' }),
      dense_i: input(1, { doc: 'the step counter is the index' }),
      operand_i: input(1, { doc: 'it gives an operand, nothing is accumulated' }),
      pixel_first_i: input(1, { doc: 'first step of a pixel' }),
      pixel_last_i: input(1, { doc: 'last step of a pixel' }),
      tile_last_i: input(1, { doc: 'last pixel of its tile' }),
      command_first_i: input(1, { doc: 'first pixel of its command' }),
      command_last_i: input(1, { doc: 'last pixel of its command' }),
      dec_valid_o: output(1, { group: 'At the decoders' }),
      dec_first_o: output(1),
      dec_dense_o: output(1),
      dec_step_o: output(P.SELECT_W),
      hold_o: output(1, { group: 'At the operand registers' }),
      mac_enable_o: output(1, { group: 'At the accumulators' }),
      mac_clear_o: output(1),
      capture_o: output(1, { group: 'At the capture registers' }),
      capture_tile_last_o: output(1),
      capture_command_first_o: output(1),
      capture_command_last_o: output(1),
    }),
  });
