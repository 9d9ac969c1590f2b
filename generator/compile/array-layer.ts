// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what the array is asked to do for one or several fused operators: a walk over windows of one tensor, weights by
 * position, a drain stage. It is made from the graph (lower/) and knows no buffer, tile or instruction.
 */
import type { Op, TensorId } from '../graph/network.js';

/** Two numbers, one per image dimension. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

/** Room for the slots of one word: `LayerWeights.slots` fills it from index 0 on. */
export interface SlotBuffer {
  /** Position in the word of GROUP bytes, ascending; one position may come several times. */
  readonly positions: Uint8Array;
  /** int8. */
  readonly weights: Int8Array;
}

/** Slots that one word may give at most, as a multiple of GROUP (a weight beyond int8 takes two or more). */
export const MAX_SLOTS_PER_POSITION = 3;

/**
 * Weights by place. Channels are positions in the output pixel, words and positions those of the input pixel in
 * memory: both may have gaps, which have no slots.
 */
export interface LayerWeights {
  /** Writes the kept weights with which `channel` reads `word` under `tap` (row-major in the kernel); returns how many. */
  slots(channel: number, tap: number, word: number, into: SlotBuffer): number;
  /** Positions 0 .. size-1 of a word hold real channels. */
  wordSize(word: number): number;
}

/** Requantization parameters of one output channel as the hardware takes them. */
export interface ChannelParameters {
  /** int32: bias - input zero point * sum of the kept weights. */
  readonly bias: number;
  readonly multiplier: number;
  readonly rightShift: number;
  readonly leftShift: number;
}

export interface OutputRange {
  readonly zeroPoint: number;
  readonly clampMin: number;
  readonly clampMax: number;
}

/** A second tensor that meets the layer's values at the drain, byte by byte. */
export interface OperandStage {
  readonly kind: 'add' | 'mul';
  readonly tensorId: TensorId;
  /** 0: every row (column) of the output takes the operand's row (column) 0. */
  readonly rowStep: 0 | 1;
  readonly columnStep: 0 | 1;
  /** Words of an operand pixel that are read, from the tensor's address on. */
  readonly words: number;
  /** Where an output channel finds its operand; undefined for channels that are gaps. */
  place(channel: number): { readonly word: number; readonly position: number } | undefined;
  /** add: int32 by unsigned byte value, of the layer's value and of the operand. */
  readonly tables: { readonly value: Int32Array; readonly operand: Int32Array } | undefined;
  /** mul: zero point of the operand (that of the value is the first pass's). */
  readonly zeroPoint: number;
  readonly parameters: ChannelParameters;
  readonly output: OutputRange;
}

/** Where the output raster goes in the output tensor: row y to row + y * rowStep. Several places: the same values stored again. */
export interface OutputPlace {
  readonly row: number;
  readonly column: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/**
 * One pass of the array over a tensor. What it reads may have been written by several passes (concatenation, parts of a
 * pooling), at other addresses and with other shapes: who waits for whom follows from overlapping bytes of the layouts.
 */
export interface ArrayLayer {
  /** Unique: the name of the first operator, with `.2`, `.3` for further parts of one operator. */
  readonly name: string;
  /** What it computes, in order; the output of the last one is stored. */
  readonly ops: readonly Op[];
  readonly inputId: TensorId;
  readonly outputId: TensorId;
  /** Rows and columns as the array sees them (those that no output reads may be left out); words of GROUP bytes of a pixel. */
  readonly input: Extent & { readonly words: number };
  /** Rows (columns) of the tensor in memory from one input row (column) to the next. */
  readonly inputStep: Extent;
  /** Output raster of this pass; channel positions, gaps included, up to the last real one. */
  readonly output: Extent & { readonly channels: number };
  readonly outputPlaces: readonly OutputPlace[];
  readonly kernel: Extent;
  readonly stride: Extent;
  readonly dilation: Extent;
  /** Rows above and columns left of the input that windows begin in; negative: windows begin inside. What lies beyond the input is `padByte`. */
  readonly padding: { readonly top: number; readonly left: number };
  /** int8. */
  readonly padByte: number;
  /** `maximum`: bytewise maximum over the taps of each word, weight 1; else weighted sum. */
  readonly reduce: 'sum' | 'maximum';
  /** Channel c reads word floor(c / GROUP) alone: depthwise, pooling, element-wise. */
  readonly channelwise: boolean;
  readonly weights: LayerWeights;
  /** By output channel position; gaps have all fields 0. */
  readonly parameters: readonly ChannelParameters[];
  /** First pass. */
  readonly value: OutputRange;
  /** int8 by unsigned byte value: an activation after the value's clamp. Not with an operand. */
  readonly table: Int8Array | undefined;
  readonly operand: OperandStage | undefined;
}

/** Input rows (columns) that a window of `outputs` positions covers. */
export const windowExtent = (outputs: number, stride: number, kernel: number, dilation: number): number =>
  (outputs - 1) * stride + (kernel - 1) * dilation + 1;
