// SPDX-License-Identifier: Apache-2.0
/** Owns where the cycles of a compiled network go: from useful multiplications to all cycles, cause by cause, without a remainder. */
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { classify } from '../../generator/estimate/classes.js';
import { estimateProgram, type Estimate } from '../../generator/estimate/estimate.js';
import { timeProgram } from '../../generator/estimate/program.js';
import { describeUnits } from '../../generator/estimate/units.js';
import { isWeighted } from '../../generator/graph/network.js';
import { opLaw, type LawKeep } from '../../generator/model/law.js';

/** In multiplier cycles, P x L of which are one cycle: whole numbers, so that sums are exact. */
export const CAUSES = {
  useful: 'useful multiplications',
  rounding: 'partial tiles, lanes without a pixel, padding slots',
  bands: 'bands whose pixels do not divide by the lanes',
  slowDrain: 'pixels that the drain limits',
  noWeights: 'pooling, means, additions',
  firstLoad: 'loads before a layer\'s first step',
  load: 'loads inside layers',
  store: 'stores',
  drain: 'drain of the last pixels',
  dispatch: 'dispatch',
} as const;
export type Cause = keyof typeof CAUSES;
export type Waterfall = Readonly<Record<Cause, number>>;

/** Load cycles between the last step of a layer and the first one of the next. */
function firstLoads({ segments, image, config }: CompiledNetwork, latency: number): number {
  const units = describeUnits(config, { readLatency: latency, writeLatency: latency });
  let sum = 0;
  for (const { instructions, programAddress, instructionLayers } of segments) {
    const timing = timeProgram({ instructions, programAddress, image }, units);
    const seen = new Set<string | undefined>();
    const stretches = classify([...timing.computes.values()], timing.cycles, timing.storeBusy);
    [...timing.computes.keys()].forEach((at, i) => {
      if (!seen.has(instructionLayers[at])) sum += stretches[i]?.load ?? 0;
      seen.add(instructionLayers[at]);
    });
  }
  return sum;
}

/** Throws where the parts are not all cycles. */
export function assertWhole(waterfall: Waterfall, cycles: number, multipliers: number, where: string): void {
  const sum = (Object.keys(CAUSES) as Cause[]).reduce((total, cause) => total + waterfall[cause], 0);
  if (sum !== cycles * multipliers) throw new Error(`${where}: the causes are ${sum} multiplier cycles, not ${multipliers} x ${cycles} = ${cycles * multipliers}`);
  const negative = (Object.keys(CAUSES) as Cause[]).find((cause) => waterfall[cause] < 0);
  if (negative !== undefined) throw new Error(`${where}: ${negative} is ${waterfall[negative]} multiplier cycles, less than none`);
}

/** `keeps` by operator name, as for the law; an absent name is dense. */
export function measureWaterfall(compiled: CompiledNetwork, keeps: ReadonlyMap<string, LawKeep>, latency: number): { readonly waterfall: Waterfall; readonly estimate: Estimate } {
  const { network, config } = compiled;
  const estimate = estimateProgram(compiled, { readLatency: latency, writeLatency: latency });
  const multipliers = config.pes * config.lanes;
  const weighted = network.ops.filter(isWeighted);
  const laws = weighted.map((op) => opLaw(network, op, keeps.get(op.name) ?? 'dense', config));
  const useful = laws.reduce((sum, law) => sum + (law?.usefulWork ?? 0), 0);
  const lawSteps = laws.reduce((sum, law) => sum + (law?.cyclesWithoutDrain ?? 0), 0);

  const names = new Set(weighted.map(({ name }) => name));
  let [steps, slow, others, othersSlow] = [0, 0, 0, 0];
  for (const { ops, limits } of estimate.layers) {
    const own = ops.some((op) => names.has(op));
    if (own) [steps, slow] = [steps + limits.steps, slow + limits.law - limits.steps];
    else [others, othersSlow] = [others + limits.steps, othersSlow + limits.law - limits.steps];
  }
  const { totals } = estimate;
  const first = firstLoads(compiled, latency);
  const inCycles = {
    bands: steps - lawSteps, slowDrain: slow, noWeights: others + othersSlow, firstLoad: first, load: totals.load - first,
    store: totals.store, drain: totals.drain - slow - othersSlow, dispatch: totals.dispatch,
  };
  const scaled = Object.fromEntries(Object.entries(inCycles).map(([cause, cycles]) => [cause, cycles * multipliers])) as Omit<Waterfall, 'useful' | 'rounding'>;
  const waterfall: Waterfall = { useful, rounding: lawSteps * multipliers - useful, ...scaled };
  assertWhole(waterfall, totals.cycles, multipliers, `${network.name} on ${config.name}`);
  return { waterfall, estimate };
}
