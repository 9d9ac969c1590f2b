// SPDX-License-Identifier: Apache-2.0
/** Owns the cost model that ranks tilings: modelled cycles from compute, bus beats and what cannot overlap. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { ceilDiv } from '../core/integers.js';
import { prefetchesRows } from './banding.js';
import { bandRows, pixelsPerLane, type Band } from './geometry.js';
import type { ArrayLayer } from './layer.js';
import type { LayerSchedule } from './schedule.js';
import type { TileGroup } from './tile-group.js';
import type { LayerTiling, TilingContext } from './tiling.js';

/** Cycles from a load command to its data, and of a command on the program stream. */
const LATENCY_CYCLES = 40;
const COMMAND_CYCLES = 16;
/** Weight of bus traffic that is hidden: a tie-break that saves energy. */
const HIDDEN_TRAFFIC = 0.02;

const beats = (bits: number, config: AccelConfig): number => ceilDiv(bits, config.bus);

/** Bus beats of a group's streams; the schedule counts in full although tiles may share it. */
function groupBeats(group: TileGroup, config: AccelConfig, indexBits: number): number {
  const { weightStreamBits, parameterStreamBits } = derive(config);
  return (
    beats(group.words.weight * weightStreamBits, config) + beats(group.words.index * indexBits, config) +
    beats(group.words.schedule * 32, config) + beats(group.words.parameter * parameterStreamBits, config)
  );
}

/** Modelled cycles of a layer under a tiling; comparable between tilings of one layer only. */
export function tilingCost(layer: ArrayLayer, schedule: LayerSchedule, tiling: LayerTiling, context: TilingContext): number {
  const { config, format } = context;
  const { drain } = derive(config);
  const wordBits = config.group * 8;
  const indexBits = schedule.dense ? 0 : config.pes * format.bitsPerPe(config.group);
  const passes = tiling.order === 'bands-outer' && !tiling.resident && tiling.groups.length > 1 ? tiling.bands.length : 1;
  const streamBeats = tiling.groups.map((group) => groupBeats(group, config, indexBits));
  const streams = passes * streamBeats.reduce((a, b) => a + b, 0);

  const rowBeats = beats(tiling.rowPitch * wordBits, config) + 1;
  const loadOf = (band: Band, before: Band | undefined): number => {
    const [first, count] = bandRows(layer, band);
    const known = tiling.ring && before !== undefined ? Math.max(0, sum(bandRows(layer, before)) - first) : 0;
    return (count - known) * rowBeats;
  };
  const loads = tiling.bands.map((band, i) => loadOf(band, tiling.bands[i - 1]));
  const reloads = tiling.order === 'groups-outer' && !tiling.wholeInput ? tiling.groups.length : 1;
  const activations = reloads * loads.reduce((a, b) => a + b, 0);

  const steps = tiling.groups.map((group) => group.tiles.reduce((total, tile) => total + Math.max(tile.steps, drain), 0));
  const allSteps = steps.reduce((a, b) => a + b, 0);
  const compute = tiling.bands.reduce((total, band) => total + pixelsPerLane(band, config.lanes) * allSteps, 0);

  const storeOf = (band: Band, group: TileGroup): number => {
    const slices = tiling.groups.length > 1 ? band.rows * band.columns : 1;
    return beats(band.rows * band.columns * group.outWords * wordBits, config) + slices;
  };
  const stores = tiling.bands.reduce((total, band) => total + tiling.groups.reduce((t, group) => t + storeOf(band, group), 0), 0);
  const commands = tiling.bands.length * tiling.groups.length;
  const transfers = streams + activations + commands * (LATENCY_CYCLES + COMMAND_CYCLES);

  const [firstLoad, firstStreams] = [loads[0] ?? 0, streamBeats[0] ?? 0];
  const biggestGroup = Math.max(...tiling.groups.map((group) => group.words.weight));
  const streamsHidden = !context.startsProgram && biggestGroup * 2 <= config.weightDepth;
  const exposed =
    firstLoad + LATENCY_CYCLES + (streamsHidden ? 0 : firstStreams) +
    storeOf(tiling.bands.at(-1) as Band, tiling.groups.at(-1) as TileGroup) + LATENCY_CYCLES;
  // Without room for two, a pass waits for its loads.
  const stalled =
    (passes > 1 && biggestGroup * 2 > config.weightDepth ? streams : 0) +
    (prefetchesRows(layer, tiling, config) ? 0 : activations - firstLoad);
  return Math.max(compute, transfers, stores) + exposed + stalled + commands + HIDDEN_TRAFFIC * (streams + activations + stores);
}

const sum = ([a, b]: readonly [number, number]): number => a + b;
