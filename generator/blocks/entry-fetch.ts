// SPDX-License-Identifier: Apache-2.0
/** Owns the walk over the group schedule, ahead of the sequencer. */
import { ERROR_CODES } from '../arch/registers.js';
import { SCHEDULE_ENTRY } from '../arch/instructions.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

/** What an entry brings to the sequencer; the widths are those of the module that uses them. */
export const entryFields = (addressBits: Parameters<typeof input>[0], selectBits: Parameters<typeof input>[0]) => ({
  offset: addressBits,
  last_step: selectBits,
  operand: 1,
  maximum: 1,
  spread: 1,
  pixel_first: 1,
  pixel_last: 1,
  tile_last: 1,
  command_first: 1,
  command_last: 1,
});

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');

/** Bits of the flags that an entry may carry. */
const flagBits = (clustered: boolean): number =>
  2 ** SCHEDULE_ENTRY.operand.lsb + 2 ** SCHEDULE_ENTRY.maximum.lsb + (clustered ? 2 ** SCHEDULE_ENTRY.spread.lsb : 0);

export const entryFetchModule = (all: ComputeParameters) =>
  defineModule({
    name: 'entry_fetch',
    doc: {
      role: 'Walks tiles, pixels and entries of a command over the schedule buffer, ahead of the sequencer.',
      timing:
        'An entry a cycle, four cycles after its issue, without a gap between pixels, tiles and commands; at most eight ' +
        'are read ahead or offered. A command can be taken in the cycle that issues the last entry of the one before.',
      reset: 'Valids and counters are cleared.',
      numbers: 'Offsets count bank words and wrap; last_step is the number of steps of the entry minus one.',
    },
    parameters: pick(all, 'SELECT_W', 'ACT_ADDR_W', 'SCHED_ADDR_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      start_ready_o: output(1, { group: 'Command' }),
      start_i: input(1),
      sched_base_i: input(16),
      sched_length_i: input(16),
      sched_stride_i: input(16),
      tiles_i: input(16),
      pixels_i: input(16),
      command_addr_i: input(32),
      rd_en_o: output(1, { group: 'Schedule buffer, data one cycle after the address' }),
      rd_addr_o: output(P.SCHED_ADDR_W),
      rd_data_i: input(32),
      ...stream('entry', {
        direction: 'out',
        fields: entryFields(P.ACT_ADDR_W, P.SELECT_W),
        group: 'Entries',
      }),
      idle_o: output(1, { group: 'Status' }),
      err_valid_o: output(1, { doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(32),
    }),
    view: {
      countLsb: SCHEDULE_ENTRY.countMinusOne.lsb,
      operandLsb: SCHEDULE_ENTRY.operand.lsb,
      maximumLsb: SCHEDULE_ENTRY.maximum.lsb,
      spreadLsb: SCHEDULE_ENTRY.spread.lsb,
      flagsMask: hex32(flagBits(all.CLUSTERS.default > 1)),
      offsetMask: hex32(2 ** SCHEDULE_ENTRY.offset.width - 1),
      outOfRange: ERROR_CODES.outOfRange.code,
      illegalField: ERROR_CODES.illegalField.code,
    },
  });
