// SPDX-License-Identifier: Apache-2.0
/** Owns the fields of compute and store instructions of a planned command; knows no token. */
import { OPERANDS, TABLE_DEPTH } from '../arch/instructions.js';
import { DefectError } from '../core/errors.js';
import { derive } from '../arch/derive.js';
import type { OutputPlace } from './array-layer.js';
import { operandWalk } from './banding.js';
import type { Command } from './commands.js';
import type { EmitContext } from './emit-context.js';
import { inputAddress, operandAddress, wrap } from './emit-loads.js';
import { bandRows, laneWindows, pixelsPerLane } from './geometry.js';
import { noTokens, type ComputeInstruction, type StoreInstruction, type StreamBuffer, PLAIN_COMPUTE } from './instruction.js';
import { operandShift, windowShift } from './layer-plan.js';
import { inputWalk } from './load-collector.js';
import { streamPlace } from './stream-places.js';

/** Longest run of words that one field can count. */
const MAX_WORDS = 65_535;

export function emitCompute(command: Command, context: EmitContext): ComputeInstruction {
  const { config, plan } = context;
  const { plan: { layer, tiling, schedule }, plan: layerPlan, band, group, part } = command;
  const base = (buffer: StreamBuffer): number => {
    const place = plan.placeOf(command, buffer);
    return place === undefined ? 0 : place.base + streamPlace(command, buffer, config).offset;
  };
  const act = plan.placeOf(command, 'act');
  if (act === undefined) throw new DefectError('emitCompute', `${layer.name} has no activations`);
  const columnStep = layer.stride.width * tiling.pixelWords;
  const walk = inputWalk(command);
  const operand = operandFields(command, context, base('parameter'));
  return {
    kind: 'compute',
    tokens: noTokens(),
    fields: {
      ...PLAIN_COMPUTE,
      schedBase: base('schedule'),
      schedLength: part.scheduleLength,
      schedStride: part.scheduleStride,
      tiles: group.tiles.length,
      weightBase: base('weight'),
      weightStride: part.weightStride,
      indexBase: base('index'),
      indexStride: part.indexStride,
      paramBase: base('parameter'),
      pixels: pixelsPerLane(band, config.lanes),
      actBase: wrap(inputAddress(command, act, bandRows(walk, band)[0]) + windowShift(layerPlan, group, part, config), config.actDepth),
      columnStep: wrap(columnStep, config.actDepth),
      rowStep: wrap(layer.stride.height * tiling.rowPitch - (band.columns - 1) * columnStep, config.actDepth),
      outWidth: band.columns,
      outBase: command.outRange.from,
      outPitch: group.outPitch,
      channels: group.channels,
      dense: schedule.dense ? 1 : 0,
      outHalf: command.outHalf,
      outZeroPoint: layer.value.zeroPoint,
      clampMin: layer.value.clampMin,
      clampMax: layer.value.clampMax,
      actTileStep: schedule.shared ? wrap(schedule.tileStep, config.actDepth) : 0,
      partialIn: part.chunk.isFirst ? 0 : 1,
      partialOut: part.chunk.isLast ? 0 : 1,
      ...(part.chunk.isLast && layer.table !== undefined ? { table: 1, tableHalf: base('table') / (TABLE_DEPTH / 2) } : {}),
      ...operand.fields,
    },
    lanes: laneWindows(walk, band, config.lanes).map(({ startRow, startColumn }) => ({
      startAddress: wrap(startRow * layer.stride.height * tiling.rowPitch + startColumn * columnStep, config.actDepth),
      startColumn,
      operandAddress: wrap(startRow * operand.rowWords + startColumn * operand.columnWords, config.actDepth),
    })),
  };
}

/** Fields of the second pass, and the bank words from one output row and column to the next. */
function operandFields(command: Command, { config, plan }: EmitContext, paramBase: number): { fields: Partial<ComputeInstruction['fields']>; rowWords: number; columnWords: number } {
  const { plan: { layer, tiling, schedule }, plan: layerPlan, band, group, part } = command;
  const { operand } = layer;
  const place = plan.placeOf(command, 'operand');
  if (operand === undefined || tiling.operand === undefined || place === undefined || !part.chunk.isLast) return { fields: {}, rowWords: 0, columnWords: 0 };
  const rowWords = operand.rowStep * tiling.operand.rowPitch;
  const columnWords = operand.columnStep * tiling.operand.pixelWords;
  const { actDepth } = config;
  const fields = {
    operand: OPERANDS[operand.kind],
    operandParam: paramBase + group.tiles.length * derive(config).drain,
    operandTileStep: schedule.shared ? wrap(schedule.operand?.tileStep ?? 0, actDepth) : 0,
    operandBase: wrap(operandAddress(command, place, bandRows(operandWalk(layer), band)[0]) + operandShift(layerPlan, group, config), actDepth),
    operandColumnStep: wrap(columnWords, actDepth),
    operandRowStep: wrap(rowWords - (band.columns - 1) * columnWords, actDepth),
    operandZeroPoint: operand.zeroPoint,
    secondZeroPoint: operand.output.zeroPoint,
    secondClampMin: operand.output.clampMin,
    secondClampMax: operand.output.clampMax,
  };
  return { fields, rowWords, columnWords };
}

/** Stores the command's pixels at every place of the output; none for a command whose sums go on. */
export const emitStores = (command: Command, context: EmitContext): StoreInstruction[] =>
  command.part.chunk.isLast ? command.plan.layer.outputPlaces.map((place) => emitStore(command, place, context)) : [];

/** What lies together in memory becomes one segment as far as the fields reach. */
function emitStore(command: Command, place: OutputPlace, { config, tensor }: EmitContext): StoreInstruction {
  const { plan: { layer }, band, group } = command;
  const output = tensor(layer.outputId);
  const rowStride = output.rowBytes * place.rowStep;
  const segmentStride = output.pixelBytes * place.columnStep;
  const wholePixels = group.outWords * config.group === segmentStride;
  const evenRows = rowStride === band.columns * segmentStride;
  const rowWords = band.columns * group.outWords;
  const oneRun = wholePixels && evenRows && band.rows * rowWords <= MAX_WORDS;
  const lanePixels = pixelsPerLane(band, config.lanes);
  // Pixels that lie together in the output buffer are one: a wide bus reads a beat of several at once.
  const onePixel = derive(config).beatWords > 1 && group.outPitch === group.outWords && lanePixels * group.outWords <= MAX_WORDS;
  const oneRow = evenRows && band.rows * band.columns <= MAX_WORDS;
  const shape = oneRun
    ? { rows: 1, segments: 1, segmentWords: band.rows * rowWords }
    : wholePixels && rowWords <= MAX_WORDS
      ? { rows: band.rows, segments: 1, segmentWords: rowWords }
      : oneRow
        ? { rows: 1, segments: band.rows * band.columns, segmentWords: group.outWords }
        : { rows: band.rows, segments: band.columns, segmentWords: group.outWords };
  return {
    kind: 'store',
    tokens: noTokens(),
    fields: {
      address: output.address + (place.row + band.row * place.rowStep) * output.rowBytes + (place.column + band.column * place.columnStep) * output.pixelBytes + group.firstChannel,
      rowStride,
      segmentStride,
      ...shape,
      outHalf: command.outHalf,
      outBase: command.outRange.from,
      outPitch: group.outPitch,
      pixels: onePixel ? 1 : lanePixels,
      pixelWords: onePixel ? lanePixels * group.outWords : group.outWords,
    },
  };
}
