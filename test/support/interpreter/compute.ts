// SPDX-License-Identifier: Apache-2.0
/** Owns the effect of COMPUTE: its legality, its tiles, and each lane's walk over the output raster. */
import { COMPUTE, COMPUTE_LANE, COMPUTE_LANE_WORDS, COMPUTE_WORDS, OPERANDS } from '../../../generator/arch/instructions.js';
import { pixelSums, tileEntries } from './array.js';
import { drainPixel, secondParameters, tileParameters } from './drain.js';
import { reader, refuseReserved, type Reader } from './fields.js';
import type { Decoded } from './program.js';
import type { State } from './state.js';

const laneAt = (lane: number): number => COMPUTE_WORDS + COMPUTE_LANE_WORDS * lane;

function refuseIllegal({ config, derived }: State, payload: readonly number[], f: Reader<typeof COMPUTE>): void {
  const refuse = (isIllegal: boolean, what: string): void => {
    if (isIllegal) throw new Error(`interpreter: compute ${what}`);
  };
  refuseReserved(payload, COMPUTE, 'compute', COMPUTE_WORDS);
  for (const name of ['schedLength', 'tiles', 'pixels', 'outWidth', 'channels'] as const) refuse(f(name) < 1, `with ${name} 0`);
  refuse(f('clampMin') > f('clampMax'), 'with an empty clamp');
  refuse(f('outBase') % derived.drainWords !== 0 || f('outPitch') % derived.drainWords !== 0, 'whose output pixels do not begin in the first bank');
  const hasOperand = f('operand') !== OPERANDS.none;
  refuse(f('operand') > OPERANDS.mul, `with operand ${f('operand')}`);
  refuse(hasOperand && f('table') === 1, 'with a table and an operand');
  refuse(f('partialOut') === 1 && (hasOperand || f('table') === 1), 'to partial sums with a table or an operand');
  refuse(hasOperand && f('secondClampMin') > f('secondClampMax'), 'with an empty second clamp');
  for (let lane = 0; lane < config.lanes; lane++) {
    refuseReserved(payload, COMPUTE_LANE, `compute lane ${lane}`, COMPUTE_LANE_WORDS, laneAt(lane));
    refuse(reader(payload, COMPUTE_LANE, laneAt(lane))('startColumn') >= f('outWidth'), `whose lane ${lane} starts beyond its row`);
  }
}

export function compute(state: State, { payload }: Decoded): void {
  const { config, derived: { drain }, counters } = state;
  const f = reader(payload, COMPUTE);
  refuseIllegal(state, payload, f);
  const second = secondParameters(state, f);
  for (let tile = 0; tile < f('tiles'); tile++) {
    const entries = tileEntries(state, f, tile);
    const steps = entries.reduce((sum, entry) => sum + entry.steps.length, 0);
    counters.computeCycles += f('pixels') * Math.max(steps, f('operand') === OPERANDS.none ? drain : 2 * drain);
    const first = tileParameters(state, f, tile);
    for (let lane = 0; lane < config.lanes; lane++) {
      const start = reader(payload, COMPUTE_LANE, laneAt(lane));
      let window = f('actBase') + start('startAddress') + tile * f('actTileStep');
      let operandWindow = f('operandBase') + start('operandAddress') + tile * f('operandTileStep');
      let column = start('startColumn');
      for (let pixel = 0; pixel < f('pixels'); pixel++) {
        const sums = pixelSums(state, lane, entries, window, operandWindow);
        drainPixel(state, f, { lane, tile, pixel }, sums, first, second);
        const wraps = column === f('outWidth') - 1;
        window += wraps ? f('rowStep') : f('columnStep');
        operandWindow += wraps ? f('operandRowStep') : f('operandColumnStep');
        column = wraps ? 0 : column + 1;
      }
    }
  }
}
