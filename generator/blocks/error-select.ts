// SPDX-License-Identifier: Apache-2.0
/** Owns the list of what can report an error, and the block that takes the first. */
import { ERROR_CODES } from '../arch/registers.js';
import { type Expression, defineModule, input, output } from '../dsl/index.js';
import { codeConstants, errorCodes } from './contract-lines.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

/** Units that report errors; of several in one cycle the first counts. */
export const ERROR_SOURCES = ['fetch', 'dispatch', 'walker', 'writer', 'compute', 'store', 'write'] as const;

/** Token queues that can overflow. */
export const TOKEN_QUEUES = ['compute_to_load', 'store_to_load', 'load_to_compute', 'store_to_compute', 'compute_to_store'] as const;

type ErrorPorts = {
  readonly [K in (typeof ERROR_SOURCES)[number] as `${K}_err_valid_i` | `${K}_err_code_i` | `${K}_err_addr_i`]: ReturnType<typeof input>;
} & { readonly [K in (typeof TOKEN_QUEUES)[number] as `${K}_overflow_i`]: ReturnType<typeof input> };

/** The error inputs, the same on `control` and inside it. */
export const errorPorts = (addrWidth: Expression): ErrorPorts =>
  Object.fromEntries([
    ...ERROR_SOURCES.flatMap((name, i) => [
      [`${name}_err_valid_i`, input(1, i === 0 ? { group: 'Errors of the units', doc: 'pulse' } : {})],
      [`${name}_err_code_i`, input(8)],
      [`${name}_err_addr_i`, input(addrWidth)],
    ]),
    ...TOKEN_QUEUES.map((name, i) => [`${name}_overflow_i`, input(1, i === 0 ? { group: 'Overflow of the token queues', doc: 'pulse' } : {})]),
  ]) as ErrorPorts;

/** Names with what separates them. */
const listed = (names: readonly string[]) => names.map((name, i) => ({ name, comma: i < names.length - 1 ? ',' : '' }));

export const errorSelectModule = (all: MemoryParameters) =>
  defineModule({
    name: 'error_select',
    doc: {
      role: 'Takes one of the errors that are reported in a cycle.',
      timing: 'Combinational.',
      reset: 'None: no state.',
      numbers: 'An overflow of a token queue has the address 0.',
    },
    parameters: pick(all, 'ADDR_W'),
    ports: (P) => ({
      ...errorPorts(P.ADDR_W),
      err_valid_o: output(1, { group: 'Error', doc: 'pulse' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W),
    }),
    view: {
      constants: codeConstants('ERROR_', errorCodes(ERROR_CODES, 'tokenOverflow'), 8),
      sources: listed([...ERROR_SOURCES].reverse()),
      queues: listed(TOKEN_QUEUES),
    },
  });
