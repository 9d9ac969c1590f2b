// SPDX-License-Identifier: Apache-2.0
/** Owns the fields of every instruction of a planned command; knows no token. */
import type { AccelConfig } from '../arch/config.js';
import { DefectError } from '../core/errors.js';
import { streamOffset, type ActLoad, type Command, type CommandPlan, type Place, type PlannedLoad, type StreamLoad } from './commands.js';
import { bandColumns, bandRows, laneWindows, paddedRun, pixelsPerLane } from './geometry.js';
import { noTokens, type ComputeInstruction, type LoadActInstruction, type LoadStreamInstruction, type StoreInstruction, type StreamBuffer, PLAIN_COMPUTE } from './instruction.js';
import type { TensorLayout } from './layout.js';

export interface EmitContext {
  readonly config: AccelConfig;
  readonly plan: CommandPlan;
  tensor(id: number): TensorLayout;
}

/** Longest run of words that one field can count. */
const MAX_WORDS = 65_535;

const wrap = (value: number, depth: number): number => ((value % depth) + depth) % depth;

/** Bank address of a padded row of the layer, relative to the bank's depth. */
const rowAddress = (command: Command, place: Place, row: number, depth: number): number => {
  const { plan: { layer, tiling }, band } = command;
  const origin = tiling.ring ? 0 : bandRows(layer, band)[0];
  return wrap(place.base + (row - origin) * tiling.rowPitch, depth);
};

export function emitLoad(load: PlannedLoad, context: EmitContext): LoadActInstruction | LoadStreamInstruction {
  return load.what.kind === 'act' ? emitActLoad(load, load.what, context) : emitStreamLoad(load, load.what, context);
}

function emitActLoad({ command, place }: PlannedLoad, what: ActLoad, { config, tensor }: EmitContext): LoadActInstruction {
  const { plan: { layer, tiling }, band } = command;
  const input = tensor(layer.inputId);
  const rows = paddedRun(what.rowFirst, what.rowLast - what.rowFirst + 1, layer.padding.top, layer.input.height);
  const [firstColumn, columnCount] = bandColumns(layer, band);
  const columns = paddedRun(firstColumn, columnCount, layer.padding.left, layer.input.width);
  const words = tiling.pixelWords;
  const empty = rows.real === 0 || columns.real === 0;
  const step = layer.inputStep;
  /** Real columns lie together in memory unless some between them are skipped. */
  const run = step.width === 1 ? columns.real * words : words;
  return {
    kind: 'loadAct',
    tokens: noTokens(),
    fields: {
      address: empty ? input.address : input.address + rows.realFirst * step.height * input.rowBytes + columns.realFirst * step.width * input.pixelBytes,
      rowStride: input.rowBytes * step.height,
      rows: rows.count,
      padTop: empty ? rows.count : rows.padBefore,
      padBottom: empty ? 0 : rows.padAfter,
      padLeft: (empty ? columns.count : columns.padBefore) * words,
      padRight: (empty ? 0 : columns.padAfter) * words,
      segmentWords: empty ? 0 : run,
      segments: empty ? 0 : (columns.real * words) / run,
      segmentStride: input.pixelBytes * step.width,
      actBase: rowAddress(command, place, what.rowFirst, config.actDepth),
      actRowPitch: tiling.rowPitch,
      actSegmentPitch: empty ? 0 : run,
      padByte: layer.requant.inputZeroPoint & 0xff,
    },
    lanes: what.lanes.map(({ first, last }) => (first > last ? { rowFirst: 1, rowLast: 0 } : { rowFirst: first - what.rowFirst, rowLast: last - what.rowFirst })),
  };
}

function emitStreamLoad({ command, place }: PlannedLoad, what: StreamLoad, { config }: EmitContext): LoadStreamInstruction {
  const stream = command.plan.streams[what.group.index]?.[what.buffer];
  if (stream === undefined) throw new DefectError('emitStreamLoad', `${command.plan.layer.name} has no ${what.buffer} stream`);
  return {
    kind: 'loadStream',
    tokens: noTokens(),
    destination: what.buffer,
    fields: { address: stream.address, base: place.base + what.offset, words: stream.words, beats: stream.bytes / (config.bus / 8) },
  };
}

export function emitCompute(command: Command, { config, plan }: EmitContext): ComputeInstruction {
  const { plan: { layer, tiling, schedule }, plan: layerPlan, band, group } = command;
  const base = (buffer: StreamBuffer): number => {
    const place = plan.placeOf(command, buffer);
    return place === undefined ? 0 : place.base + streamOffset(layerPlan, group, buffer);
  };
  const act = plan.placeOf(command, 'act');
  if (act === undefined) throw new DefectError('emitCompute', `${layer.name} has no activations`);
  const columnStep = layer.stride.width * tiling.pixelWords;
  return {
    kind: 'compute',
    tokens: noTokens(),
    fields: {
      ...PLAIN_COMPUTE,
      schedBase: base('schedule'),
      schedLength: group.scheduleLength,
      schedStride: group.scheduleStride,
      tiles: group.tiles.length,
      weightBase: base('weight'),
      weightStride: group.weightStride,
      indexBase: base('index'),
      indexStride: schedule.dense ? 0 : group.indexStride,
      paramBase: base('parameter'),
      pixels: pixelsPerLane(band, config.lanes),
      actBase: rowAddress(command, act, bandRows(layer, band)[0], config.actDepth),
      columnStep: wrap(columnStep, config.actDepth),
      rowStep: wrap(layer.stride.height * tiling.rowPitch - (band.columns - 1) * columnStep, config.actDepth),
      outWidth: band.columns,
      outBase: 0,
      outPitch: group.outPitch,
      channels: group.channels,
      dense: schedule.dense ? 1 : 0,
      outHalf: command.index % 2,
      outZeroPoint: layer.requant.outputZeroPoint,
      clampMin: layer.requant.activationMin,
      clampMax: layer.requant.activationMax,
    },
    lanes: laneWindows(layer, band, config.lanes).map(({ startRow, startColumn }) => ({
      startAddress: wrap(startRow * layer.stride.height * tiling.rowPitch + startColumn * columnStep, config.actDepth),
      startColumn,
      operandAddress: 0,
    })),
  };
}

/** Stores the command's pixels; what lies together in memory becomes one segment as far as the fields reach. */
export function emitStore(command: Command, { config, tensor }: EmitContext): StoreInstruction {
  const { plan: { layer }, band, group } = command;
  const output = tensor(layer.outputId);
  const wholePixels = group.outWords * config.group === output.pixelBytes;
  const wholeRows = band.columns === layer.output.width;
  const rowWords = band.columns * group.outWords;
  const oneRun = wholePixels && wholeRows && band.rows * rowWords <= MAX_WORDS;
  const oneRow = wholeRows && band.rows * band.columns <= MAX_WORDS;
  const shape = oneRun
    ? { rows: 1, segments: 1, segmentWords: band.rows * rowWords }
    : wholePixels
      ? { rows: band.rows, segments: 1, segmentWords: rowWords }
      : oneRow
        ? { rows: 1, segments: band.rows * band.columns, segmentWords: group.outWords }
        : { rows: band.rows, segments: band.columns, segmentWords: group.outWords };
  return {
    kind: 'store',
    tokens: noTokens(),
    fields: {
      address: output.address + band.row * output.rowBytes + band.column * output.pixelBytes + group.firstChannel,
      rowStride: output.rowBytes,
      segmentStride: output.pixelBytes,
      ...shape,
      outHalf: command.index % 2,
      outBase: 0,
      outPitch: group.outPitch,
      pixels: pixelsPerLane(band, config.lanes),
      pixelWords: group.outWords,
    },
  };
}
