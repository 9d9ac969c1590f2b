// SPDX-License-Identifier: Apache-2.0
/** Owns the drain mux: REQUANT of the PES captured sums a cycle and lane. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

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
      sums_o: output(P.REQUANT.times(P.LANES).times(P.ACC_W), { doc: 'requantizer 0 lowest, in it lane 0' }),
    }),
    view: { single: all.DRAIN.default === 1 },
  });
