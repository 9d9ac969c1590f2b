// SPDX-License-Identifier: Apache-2.0
/** Owns the fields of load instructions; knows no token. */
import type { AccelConfig } from '../arch/config.js';
import { DefectError } from '../core/errors.js';
import type { Command } from './commands.js';
import type { EmitContext } from './emit-context.js';
import { bandColumns, bandRows, paddedRun, type PaddedRun } from './geometry.js';
import { noTokens, type LoadActInstruction, type LoadStreamInstruction } from './instruction.js';
import type { TensorLayout } from './layout.js';
import { operandWalk } from './banding.js';
import { inputWalk, type Place, type PlannedLoad, type RowLoad, type StreamLoad } from './load-collector.js';
import { inputWindow, operandWindow, type PixelWindow } from './windows.js';

export const wrap = (value: number, depth: number): number => ((value % depth) + depth) % depth;

/** Bank address of a row of the layer's padded input. */
export function inputAddress(command: Command, place: Place, row: number): number {
  const { plan: { tiling }, band } = command;
  const origin = tiling.ring ? 0 : bandRows(inputWalk(command), band)[0];
  return place.base + (row - origin) * tiling.rowPitch;
}

/** Bank address of a row of the operand. */
export function operandAddress({ plan: { layer, tiling }, band }: Command, place: Place, row: number): number {
  const { offset = 0, rowPitch = 0 } = tiling.operand ?? {};
  return place.base + offset + (row - bandRows(operandWalk(layer), band)[0]) * rowPitch;
}

export function emitLoad(load: PlannedLoad, context: EmitContext): LoadActInstruction | LoadStreamInstruction {
  return load.what.kind === 'stream' ? emitStreamLoad(load, load.what, context) : emitRowLoad(load, load.what, context);
}

/** Rows of a tensor, cut into padding and real ones, and where they go. */
export interface RowSource {
  readonly tensor: TensorLayout;
  readonly rows: PaddedRun;
  readonly columns: PaddedRun;
  /** Tensor rows and columns from one row and column of the layer to the next. */
  readonly rowStep: number;
  readonly columnStep: number;
  readonly window: PixelWindow;
  readonly pixelWords: number;
  readonly rowPitch: number;
  readonly bankAddress: number;
  readonly padByte: number;
}

/** What a row load reads. */
export function rowSource({ command, place }: PlannedLoad, what: RowLoad, { config, tensor }: EmitContext): RowSource {
  const { plan: { layer, schedule, tiling }, band, group, part } = command;
  const count = what.rowLast - what.rowFirst + 1;
  if (what.kind === 'operand') {
    const [first, columns] = bandColumns(operandWalk(layer), band);
    return {
      tensor: tensor(layer.operand?.tensorId ?? -1), rows: paddedRun(what.rowFirst, count, 0, Infinity), columns: paddedRun(first, columns, 0, Infinity), rowStep: 1, columnStep: 1,
      window: operandWindow(layer, schedule, group, tiling.ownOperand, config), pixelWords: tiling.operand?.pixelWords ?? 0, rowPitch: tiling.operand?.rowPitch ?? 0,
      bankAddress: operandAddress(command, place, what.rowFirst), padByte: 0,
    };
  }
  const [first, columns] = bandColumns(inputWalk(command), band);
  return {
    tensor: tensor(layer.inputId), rows: paddedRun(what.rowFirst, count, layer.padding.top, layer.input.height), columns: paddedRun(first, columns, layer.padding.left, layer.input.width),
    rowStep: layer.inputStep.height, columnStep: layer.inputStep.width,
    window: inputWindow(layer, schedule, group, part.chunk, tiling.ownWindows, config), pixelWords: tiling.pixelWords, rowPitch: tiling.rowPitch,
    bankAddress: inputAddress(command, place, what.rowFirst), padByte: layer.padByte,
  };
}

function emitRowLoad(load: PlannedLoad, what: RowLoad, context: EmitContext): LoadActInstruction {
  const { config: { group, actDepth } } = context;
  const { tensor, rows, columns, rowStep, columnStep, window, pixelWords, rowPitch, bankAddress, padByte } = rowSource(load, what, context);
  const empty = rows.real === 0 || columns.real === 0;
  // Pixels lie together unless something between them is left out, in memory or in the bank.
  const together = columnStep === 1 && window.words * group === tensor.pixelBytes && window.words === pixelWords;
  const segmentWords = together ? columns.real * window.words : window.words;
  const gap = together ? 0 : pixelWords - window.words;
  const start = tensor.address + rows.realFirst * rowStep * tensor.rowBytes + columns.realFirst * columnStep * tensor.pixelBytes + window.word * group;
  return {
    kind: 'loadAct',
    tokens: noTokens(),
    fields: {
      address: empty ? tensor.address : start,
      rowStride: tensor.rowBytes * rowStep,
      rows: rows.count,
      padTop: empty ? rows.count : rows.padBefore,
      padBottom: empty ? 0 : rows.padAfter,
      padLeft: (empty ? columns.count : columns.padBefore) * pixelWords,
      padRight: empty || columns.padAfter === 0 ? 0 : gap + columns.padAfter * pixelWords,
      segmentWords: empty ? 0 : segmentWords,
      segments: empty ? 0 : together ? 1 : columns.real,
      segmentStride: tensor.pixelBytes * columnStep,
      actBase: wrap(bankAddress, actDepth),
      actRowPitch: rowPitch,
      actSegmentPitch: empty ? 0 : together ? segmentWords : pixelWords,
      padByte: padByte & 0xff,
    },
    lanes: what.lanes.map(({ first, last }) => (first > last ? { rowFirst: 1, rowLast: 0 } : { rowFirst: first - what.rowFirst, rowLast: last - what.rowFirst })),
  };
}

function emitStreamLoad({ command, place }: PlannedLoad, what: StreamLoad, { config }: EmitContext): LoadStreamInstruction {
  const { plan: { layer, streams }, group, part } = command;
  const stream = streams[group.index]?.[part.chunk.index]?.[what.buffer];
  if (stream === undefined) throw new DefectError('emitStreamLoad', `${layer.name} has no ${what.buffer} stream`);
  return {
    kind: 'loadStream',
    tokens: noTokens(),
    destination: what.buffer,
    fields: { address: stream.address, base: place.base + what.offset, words: stream.words, beats: stream.bytes / busBytes(config) },
  };
}

const busBytes = (config: AccelConfig): number => config.bus / 8;
