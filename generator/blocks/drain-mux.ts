// SPDX-License-Identifier: Apache-2.0
/** Owns the drain muxes: REQUANT of the PES captured sums, and of the captured operands, a cycle and lane. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { DRAIN_TO_OPERAND } from './drain-delay.js';

export const drainMuxModule = (all: ComputeParameters) =>
  defineModule({
    name: 'drain_mux',
    doc: {
      role: 'Passes the sums of channels step*REQUANT .. step*REQUANT + REQUANT - 1 of every lane.',
      timing: 'Registered: sums_o one cycle after step_i.',
      reset: 'None: no state but the register.',
      numbers: 'Sums are two\'s complement, unchanged.',
    },
    parameters: pick(all, 'PES', 'LANES', 'REQUANT', 'DRAIN', 'STEP_W', 'ACC_W'),
    ports: (P) => ({
      clk_i: clock(),
      step_i: input(P.STEP_W, { group: 'Drain step' }),
      results_i: input(P.PES.times(P.LANES).times(P.ACC_W), { doc: 'PE 0 lowest, in it lane 0' }),
      sums_o: output(P.REQUANT.times(P.LANES).times(32), { group: 'Selection', doc: 'requantizer 0 lowest, in it lane 0' }),
    }),
    view: { single: all.DRAIN.default === 1, narrow: all.ACC_W.default < 32 && all.DRAIN.default > 1 },
  });

export const operandMuxModule = (all: ComputeParameters) =>
  defineModule({
    name: 'operand_mux',
    doc: {
      role: 'Passes the operand bytes of the channels of a drain step, and delays them until their values are there.',
      timing: `operands_o ${DRAIN_TO_OPERAND} cycles after step_i.`,
      reset: 'None: no state but the delay.',
      numbers: 'Bytes are not interpreted.',
    },
    parameters: pick(all, 'PES', 'LANES', 'REQUANT', 'DRAIN', 'STEP_W'),
    ports: (P) => ({
      clk_i: clock(),
      step_i: input(P.STEP_W, { group: 'Drain step' }),
      operands_i: input(P.PES.times(P.LANES).times(8), { doc: 'PE 0 lowest, in it lane 0' }),
      operands_o: output(P.REQUANT.times(P.LANES).times(8), { group: 'Selection', doc: 'requantizer 0 lowest, in it lane 0' }),
    }),
    view: { single: all.DRAIN.default === 1, delay: DRAIN_TO_OPERAND },
  });
