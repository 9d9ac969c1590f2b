// SPDX-License-Identifier: Apache-2.0
/** Owns the list of what can report an error, and the block that takes the first. */
import { ERROR_CODES } from '../arch/registers.js';
import { type Expression, clock, defineModule, input, output, reset } from '../dsl/index.js';
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

/** The first four and the last three: each is one choice of four, the last with the choice before. */
const [EARLY, LATE] = [ERROR_SOURCES.slice(0, 4), ERROR_SOURCES.slice(4)];
/** Units whose code and address are gone after the pulse. */
const FLEETING: readonly string[] = ['compute', 'write'] satisfies readonly (typeof ERROR_SOURCES)[number][];

const reported = (name: string) =>
  FLEETING.includes(name) ? { code: `${name}_code_q`, addr: `${name}_addr_q` } : { code: `${name}_err_code_i`, addr: `${name}_err_addr_i` };

/** The number of the first that is valid, counted from `first`; the last one without a question. */
const picked = (names: readonly string[], first: number): string =>
  names.map((name, i) => (i === names.length - 1 ? `2'd${first + i}` : `${name}_q ? 2'd${first + i}`)).join('\n                : ');

/** Names with what separates them. */
const listed = (names: readonly string[]) => names.map((name, i) => ({ name, comma: i < names.length - 1 ? ',' : '' }));

export const errorSelectModule = (all: MemoryParameters) =>
  defineModule({
    name: 'error_select',
    doc: {
      role: 'Takes one of the errors that are reported in a cycle.',
      timing: 'Two cycles after the pulse; all but compute and write keep code and address in the two cycles after their pulse.',
      reset: 'Synchronous: no error.',
      numbers: 'An overflow of a token queue has the address 0.',
    },
    parameters: pick(all, 'ADDR_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...errorPorts(P.ADDR_W),
      err_valid_o: output(1, { group: 'Error', doc: 'pulse' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W),
    }),
    view: {
      constants: codeConstants('ERROR_', errorCodes(ERROR_CODES, 'tokenOverflow'), 8),
      early: EARLY.map((name, i) => ({ label: i === EARLY.length - 1 ? 'default:' : `2'd${i}:`, ...reported(name) })),
      late: LATE.map((name, i) => ({ label: `2'd${i + 1}:`, ...reported(name) })),
      pulses: ERROR_SOURCES.map((name) => ({ name, padded: `${name}_q`.padEnd(10) })),
      earlyNames: listed(EARLY),
      lateNames: listed(LATE),
      pickEarly: picked(EARLY, 0),
      pickLate: picked(LATE, 1),
      fleeting: FLEETING,
      queues: listed(TOKEN_QUEUES),
    },
  });
