// SPDX-License-Identifier: Apache-2.0
/** Owns the cost model that ranks tilings: modelled cycles from compute, bus beats and what cannot overlap. */
import { derive } from '../arch/derive.js';
import { planeBitsPerPe } from '../arch/index-decoder.js';
import { ceilDiv } from '../core/integers.js';
import { windowExtent, type ArrayLayer } from './array-layer.js';
import { bandClasses, operandWalk, type BandClass } from './banding.js';
import { walkOf } from './chunks.js';
import { bandColumns, bandRows, pixelsPerLane, type Band, type Walk } from './geometry.js';
import { commonPlanes, type Grouping } from './grouping.js';
import type { LayerSchedule } from './schedule.js';
import type { GroupPart, TileGroup } from './tile-group.js';
import type { TilingChoice, TilingContext } from './tiling.js';
import { sumOf } from './totals.js';
import { inputWindow, operandWindow } from './windows.js';

/** Cycles from a load command to its data, and of a command on the program stream. */
const LATENCY_CYCLES = 40;
const COMMAND_CYCLES = 16;
/** From the end of a command to its first write beat, and from its last one to the room that its response frees. */
const STORE_CYCLES = LATENCY_CYCLES + 16;
/** Weight of bus traffic that is hidden: a tie-break that saves energy. */
const HIDDEN_TRAFFIC = 0.02;

/** Things that are alike, and how many there are. */
interface Alike<T> {
  readonly like: T;
  readonly count: number;
}

function alike<T>(items: readonly T[], key: (item: T) => string): Alike<T>[] {
  const found = new Map<string, { like: T; count: number }>();
  for (const item of items) {
    const known = found.get(key(item));
    if (known === undefined) found.set(key(item), { like: item, count: 1 });
    else known.count++;
  }
  return [...found.values()];
}

/** Words of a pixel under some walk. */
interface Read {
  readonly walk: Walk;
  readonly words: number;
}

/** Modelled cycles of a layer. */
export interface TilingCost {
  /** Of the layer alone; comparable between tilings of one layer only. */
  readonly cycles: number;
  /** Of the array, of the read channel, of the write channel: they overlap. */
  readonly compute: number;
  readonly transfers: number;
  readonly stores: number;
  /** What the layer's own commands do not hide at its beginning and end. */
  readonly exposed: number;
  /** What waits for room in the buffers. */
  readonly stalled: number;
}

/** Modelled cycles of a layer under a grouping by choice of bands and loops. */
export function costModel(layer: ArrayLayer, schedule: LayerSchedule, grouping: Grouping, context: TilingContext): (choice: TilingChoice) => TilingCost {
  const { config, format, startsProgram, pixelBytes } = context;
  const { weightStreamBits, parameterStreamBits, busBytes, fillSecond } = derive(config);
  const { groups } = grouping;
  const common = commonPlanes(schedule);
  const beats = (bits: number): number => ceilDiv(bits, config.bus);
  const bits = { weight: weightStreamBits, index: schedule.dense ? 0 : config.pes * planeBitsPerPe(format, config.group), schedule: 32 };
  const planes = ['weight', 'index', 'schedule'] as const;
  const partBeats = (part: GroupPart): number => sumOf(planes, (plane) => (common[plane] ? 0 : beats(part.words[plane] * bits[plane])));
  const streams = sumOf(groups, (group) => sumOf(group.parts, partBeats) + beats(group.parameterWords * parameterStreamBits));
  const commonBeats = sumOf((groups[0] as TileGroup).parts, (part) => sumOf(planes, (plane) => (common[plane] ? beats(part.words[plane] * bits[plane]) : 0)));
  const firstStreams = partBeats((groups[0] as TileGroup).parts[0] as GroupPart) + commonBeats;
  const parts = groups.flatMap((group) => group.parts.map((part) => ({ group, part })));
  const ownReads = alike(
    parts.map(({ group, part }): Read => ({ walk: walkOf(layer, part.chunk), words: inputWindow(layer, schedule, group, part.chunk, true, config).words })),
    ({ walk, words }) => `${words},${walk.kernel.height},${walk.kernel.width}`,
  );
  const operandReads = alike(groups.map((group) => operandWindow(layer, schedule, group, true, config).words), String);
  const outWords = alike(groups.map((group) => group.outWords), String);
  const inputBytes = pixelBytes?.(layer.inputId) ?? layer.input.words * config.group;

  /** Beats of a row: pixels that lie together are one burst. */
  const rowBeats = (columns: number, words: number, together: boolean): number =>
    together ? ceilDiv(columns * words * config.group, busBytes) + 1 : columns * (ceilDiv(words * config.group, busBytes) + 1);
  const readBeats = ({ walk, words }: Read, band: Band, pitch: number): number =>
    bandRows(walk, band)[1] * rowBeats(bandColumns(walk, band)[1], words, words * config.group === inputBytes && pitch === words && layer.inputStep.width === 1);
  const wholeRead: Read = { walk: layer, words: layer.input.words };
  const biggest = Math.max(grouping.ofCommand.weight, grouping.ofCommand.index);
  const fitsTwice = biggest * 2 <= config.weightDepth;
  const fitsAll = Math.max(grouping.ofLayer.weight, grouping.ofLayer.index) <= config.weightDepth;
  const groupWork = alike(groups.map((group) => ({ outWords: group.outWords, cycles: sumOf(group.parts, ({ pixelCycles }) => pixelCycles) })), ({ outWords: words, cycles }) => `${words},${cycles}`);
  const storeBeats = (band: Band, words: number): number =>
    layer.outputPlaces.length * (ceilDiv(band.rows * band.columns * words * config.group, busBytes) + (groups.length > 1 ? band.rows * band.columns : 1));

  return (choice) => {
    const classes = bandClasses(layer, choice.rows, choice.columns);
    const bandCount = sumOf(classes, ({ count }) => count);
    const overBands = (value: (band: Band) => number): number => sumOf(classes, ({ band, count }) => count * value(band));
    const first = (classes[0] as BandClass).band;
    const passes = choice.held === 'command' ? bandCount : 1;
    const reloads = choice.order === 'groups-outer' && !choice.wholeInput && !choice.ownWindows ? groups.length : 1;
    const firstLoad = readBeats(choice.ownWindows ? (ownReads[0] as Alike<Read>).like : wholeRead, first, choice.pixelWords);
    const ringRows = windowExtent(layer.output.height, layer.stride.height, layer.kernel.height, layer.dilation.height);
    const inputs = choice.ownWindows
      ? overBands((band) => sumOf(ownReads, ({ like, count }) => count * readBeats(like, band, choice.pixelWords)))
      : choice.ring
        ? (firstLoad / Math.max(1, bandRows(layer, first)[1])) * ringRows * reloads
        : overBands((band) => readBeats(wholeRead, band, choice.pixelWords)) * reloads;
    const operands = choice.operand === undefined ? 0 : overBands((band) => {
      const walk = operandWalk(layer);
      const of = (words: number, together: boolean): number => bandRows(walk, band)[1] * rowBeats(bandColumns(walk, band)[1], words, together);
      return choice.ownOperand ? sumOf(operandReads, ({ like, count }) => count * of(like, groups.length === 1)) : of(layer.operand?.words ?? 0, true);
    });
    const activations = inputs + operands;
    const compute = overBands((band) => pixelsPerLane(band, config.lanes)) * grouping.pixelCycles;
    const stores = overBands((band) => sumOf(outWords, ({ like, count }) => count * storeBeats(band, like)));
    const commands = bandCount * parts.length;
    // The output buffer holds two: the one behind the next waits for the store of this one.
    const outputs = bandCount * groups.length;
    const unstored = outputs <= 2 ? 0 : overBands((band) =>
      sumOf(groupWork, ({ like, count }) => count * Math.max(0, storeBeats(band, like.outWords) + STORE_CYCLES - pixelsPerLane(band, config.lanes) * like.cycles)));
    const loaded = passes * streams + commonBeats;
    const transfers = loaded + activations + commands * (LATENCY_CYCLES + COMMAND_CYCLES);
    const streamsHidden = !startsProgram && fitsTwice;
    const last = (classes.at(-1) as BandClass).band;
    const exposed =
      firstLoad + LATENCY_CYCLES + (streamsHidden ? 0 : firstStreams) +
      storeBeats(last, (groups.at(-1) as TileGroup).outWords) + LATENCY_CYCLES;
    // Without room for two, a pass waits for its loads.
    const stalled =
      (fitsTwice || fitsAll ? 0 : commands > bandCount ? loaded - firstStreams : passes > 1 ? loaded : 0) +
      // Streams that stay for the whole layer all come during its first band.
      (choice.held === 'layer' ? Math.max(0, streams - firstStreams - pixelsPerLane(first, config.lanes) * grouping.pixelCycles * (1 - 1 / parts.length)) : 0) +
      (choice.prefetches || (choice.wholeInput && operands === 0) ? 0 : Math.max(0, activations - firstLoad));
    // The pipeline empties between commands with and without a second pass.
    const switches = schedule.operand !== undefined && grouping.chunks.length > 1 ? 2 * bandCount * groups.length : 0;
    const cycles = Math.max(compute + unstored, transfers, stores) + exposed + stalled + commands + switches * fillSecond + HIDDEN_TRAFFIC * (loaded + activations + stores);
    return { cycles, compute, transfers, stores, exposed, stalled };
  };
}
