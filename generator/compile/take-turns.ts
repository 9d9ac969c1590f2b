// SPDX-License-Identifier: Apache-2.0
/**
 * Owns which neighbours of a program take turns, band by band: where one waits for transfers and the other for the array, both together take less than one after the
 * other. Each gets a share of the buffers.
 */
import { derive } from '../arch/derive.js';
import { EIGHTHS, shareOfConfig, shareOfDepth, type BufferShare } from './buffer-share.js';
import { LayerDoesNotFitError } from './errors.js';
import type { ProgramLayer, ScheduledLayer, Turns } from './scheduled-layer.js';
import { chooseTiling } from './choose-tiling.js';
import type { LayerTiling } from './tiling.js';

/** Eighths of every buffer for the layer that the array limits; the rest is for the one that transfers limit. */
const LEADERS = [6, 5, 4];

/** What must be gained at least, since the model errs: cycles, a share of both layers' cycles, and of those that the filler waits when it is alone. */
const LEAST_GAIN = 300;
const LEAST_SHARE = 0.005;
const LEAST_OF_WAITING = 0.6;

/** Transfers of both layers over their steps, at most: they do not come evenly. */
const MOST_BUSY = 0.75;

type Turning = Pick<ScheduledLayer, 'tiling'> & { readonly turns: Turns };

interface Pair {
  readonly first: Turning;
  readonly second: Turning;
  /** Modelled cycles that are saved. */
  readonly gain: number;
}

/** Layers of one program in order; pairs of neighbours are chosen so that most is saved, each layer in one pair at most. */
export function takeTurns(layers: readonly ProgramLayer[], apart: ReadonlySet<string>): ScheduledLayer[] {
  const pairs = layers.map((second, i): Pair | undefined => {
    const first = layers[i - 1];
    return first === undefined || apart.has(first.layer.name) || apart.has(second.layer.name) ? undefined : pairOf(first, second);
  });
  /** Most that is saved among the first i layers. */
  const most = [0];
  layers.forEach((_, i) => most.push(Math.max(most[i] as number, (most[i - 1] ?? 0) + (pairs[i]?.gain ?? 0))));
  const turning = new Map<ScheduledLayer, Turning>();
  for (let i = layers.length; i > 0; ) {
    const pair = pairs[i - 1];
    if (pair === undefined || most[i] === most[i - 1]) { i--; continue; }
    turning.set(layers[i - 1] as ProgramLayer, pair.second);
    turning.set(layers[i - 2] as ProgramLayer, pair.first);
    i -= 2;
  }
  return layers.map((one): ScheduledLayer => ({ layer: one.layer, schedule: one.schedule, tiling: one.tiling, ...turning.get(one) }));
}

/** Whether transfers limit a layer, so that another one's steps would cost nothing. */
const waits = ({ tiling: { cost } }: ProgramLayer): boolean => cost.cycles - cost.compute > Math.max(LEAST_GAIN, 0.1 * cost.compute);

/** What the second reads, the first writes, row after row, into a tensor of that very shape. */
const follows = ({ layer: first }: ProgramLayer, { layer: second, context }: ProgramLayer): boolean =>
  !context.startsProgram && second.inputId === first.outputId && first.operand === undefined && second.operand === undefined &&
  second.inputStep.height === 1 && first.outputPlaces.length === 1 && first.outputPlaces[0]?.row === 0 && first.outputPlaces[0].rowStep === 1 &&
  first.output.height >= second.input.height;

function pairOf(first: ProgramLayer, second: ProgramLayer): Pair | undefined {
  if (!follows(first, second) || waits(first) === waits(second)) return undefined;
  const { config } = first.context;
  const separate = first.tiling.cost.cycles + second.tiling.cost.cycles;
  const { cost } = (waits(first) ? first : second).tiling;
  const least = Math.max(LEAST_GAIN, LEAST_SHARE * separate, LEAST_OF_WAITING * (cost.cycles - cost.compute));
  let best: Pair | undefined;
  for (const leaders of LEADERS) {
    const cut = waits(first) ? EIGHTHS - leaders : leaders;
    if (shareOfDepth(config.outDepth, { from: 0, to: cut }).to % derive(config).outSubBanks !== 0) continue;
    const shares = [{ from: 0, to: cut }, { from: cut, to: EIGHTHS }] as const;
    const [a, b] = [first, second].map((one, i) => tilingWithin(one, waits(one) ? 'filler' : 'leader', shares[i] as BufferShare));
    if (a === undefined || b === undefined) continue;
    const gain = separate - togetherCycles(...(waits(first) ? [b, a] as const : [a, b] as const));
    if (gain <= (best?.gain ?? least)) continue;
    best = { first: { tiling: a, turns: { after: undefined, ...shares[0] } }, second: { tiling: b, turns: { after: first.layer.name, ...shares[1] } }, gain };
  }
  return best;
}

/**
 * Modelled cycles of two layers in turns. A turn of the filler loads while one of the leader is computed: a second one behind the same turn has nothing to hide behind,
 * nor has the first band or the last one.
 */
function togetherCycles({ cost: leader, ...leading }: LayerTiling, { cost: filler, ...filling }: LayerTiling): number {
  const sum = (value: 'compute' | 'transfers' | 'stores'): number => leader[value] + filler[value];
  if (Math.max(sum('transfers'), sum('stores')) > MOST_BUSY * sum('compute')) return Infinity;
  const overhead = leader.cycles - Math.max(leader.compute, leader.transfers, leader.stores);
  const turns = ({ bands, groups }: Omit<LayerTiling, 'cost'>): number => bands.length * groups.length;
  const alone = Math.max(0, 1 - turns(leading) / turns(filling)) + 2 / filling.bands.length;
  return sum('compute') + overhead + filler.exposed + alone * Math.max(filler.transfers, filler.stores);
}

/** A tiling for turns inside a share of the buffers. */
function tilingWithin({ layer, schedule, context }: ProgramLayer, takesTurns: 'leader' | 'filler', share: BufferShare): LayerTiling | undefined {
  try {
    return chooseTiling(layer, schedule, { ...context, config: shareOfConfig(context.config, share), takesTurns });
  } catch (error) {
    if (error instanceof LayerDoesNotFitError) return undefined;
    throw error;
  }
}
