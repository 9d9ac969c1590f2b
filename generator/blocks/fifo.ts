// SPDX-License-Identifier: Apache-2.0
/** Owns the two FIFOs: a small one with asynchronous read and one on block RAM; both show their first word. */
import { clock, defineModule, output, parameter, reset, stream } from '../dsl/index.js';

const fifoParameters = (largest: number) => ({
  WIDTH: parameter({ doc: 'word', unit: 'bits', range: [1, 65536], default: 32 }),
  DEPTH: parameter({ doc: 'capacity, a power of two', unit: 'words', range: [2, largest], default: 32 }),
});

const powerOfTwoDepth = ({ DEPTH }: { readonly DEPTH: number }): readonly string[] =>
  (DEPTH & (DEPTH - 1)) === 0 ? [] : [`DEPTH is ${DEPTH} but must be a power of two`];

export const fifo = defineModule({
  name: 'fifo',
  doc: {
    role: 'Small FIFO: registers or distributed RAM, the first word is shown.',
    timing: 'A word is shown one cycle after it was written; one word a cycle in and out. in_ready_o does not look at out_ready_i.',
    reset: 'Synchronous: empty. Contents are not reset.',
    numbers: 'Words of WIDTH bits, uninterpreted.',
  },
  parameters: fifoParameters(1024),
  rules: powerOfTwoDepth,
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    ...stream('in', { direction: 'in', fields: { data: P.WIDTH }, group: 'Input' }),
    ...stream('out', { direction: 'out', fields: { data: P.WIDTH }, group: 'Output' }),
  }),
});

export const blockFifo = defineModule({
  name: 'block_fifo',
  doc: {
    role: 'FIFO on block RAM with a registered output, the first word is shown.',
    timing: 'A word is shown three cycles after it was written; one word a cycle in and out. in_ready_o does not look at out_ready_i.',
    reset: 'Synchronous: empty. Contents are not reset.',
    numbers: 'Words of WIDTH bits, uninterpreted. Holds DEPTH words and two more behind the memory.',
  },
  parameters: fifoParameters(65536),
  rules: powerOfTwoDepth,
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    ...stream('in', { direction: 'in', fields: { data: P.WIDTH }, group: 'Input' }),
    ...stream('out', { direction: 'out', fields: { data: P.WIDTH }, group: 'Output' }),
    empty_o: output(1, { group: 'State', doc: 'nothing inside' }),
  }),
  memories: (P) => [{ name: 'mem', width: P.WIDTH, depth: P.DEPTH }],
});

