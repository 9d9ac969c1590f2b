// SPDX-License-Identifier: Apache-2.0
/** Owns the instruction set: opcodes, header and payload fields, as data that the compiler, the RTL templates and the documents share. */
import { field, signedField, type Field } from './fields.js';

/**
 * A program is a stream of 32-bit little-endian words. Every instruction is a header and
 * `length` payload words. The header carries opcode, length, destination and the token flags.
 */
export const HEADER = {
  opcode: field(0, 28, 4, 'operation'),
  length: field(0, 20, 8, 'payload words that follow the header'),
  pushB: field(0, 15, 1, 'push the second token when finished'),
  pushA: field(0, 14, 1, 'push the first token when finished'),
  popB: field(0, 13, 1, 'wait for the second token before starting'),
  popA: field(0, 12, 1, 'wait for the first token before starting'),
  destination: field(0, 8, 4, 'LOAD_STREAM only: which buffer'),
} as const satisfies Record<string, Field>;

export const OPCODES = { loadAct: 1, loadStream: 2, compute: 3, store: 4, end: 15 } as const;

/** Buffers that LOAD_STREAM fills; `pattern` is the table of an index decoder that has one, illegal elsewhere. */
export const STREAM_DESTINATIONS = { weight: 0, index: 1, schedule: 2, parameter: 3, table: 4, pattern: 5 } as const;

/** Destinations that a core has: they are numbered from 0 without a gap. */
export const destinationCount = (hasPatterns: boolean): number => (hasPatterns ? STREAM_DESTINATIONS.pattern : STREAM_DESTINATIONS.table) + 1;

/** What tokens A and B mean to each unit. Every queue is a counter of at most TOKEN_CAPACITY. */
export const TOKENS = {
  load: { popA: 'compute->load', popB: 'store->load', pushA: 'load->compute', pushB: 'reserved' },
  compute: { popA: 'load->compute', popB: 'store->compute', pushA: 'compute->load', pushB: 'compute->store' },
  store: { popA: 'compute->store', popB: 'reserved', pushA: 'store->compute', pushB: 'store->load' },
} as const;

export const TOKEN_CAPACITY = 15;

/** Rows of a (padded) tensor tile from memory into the activation banks; LANES row windows follow. */
export const LOAD_ACT = {
  address: field(0, 0, 32, 'first real byte, offset from BASE; multiple of GROUP'),
  rowStride: field(1, 0, 32, 'bytes from one real row to the next'),
  rows: field(2, 0, 16, 'rows to write, padding rows included; >= 1'),
  padTop: field(2, 16, 8, 'padding rows before the real ones'),
  padBottom: field(2, 24, 8, 'padding rows after the real ones'),
  padLeft: field(3, 0, 16, 'padding words before the segments of a real row'),
  padRight: field(3, 16, 16, 'padding words after the segments of a real row'),
  segmentWords: field(4, 0, 16, 'G-byte words that lie together in memory; >= 1 unless all rows are padding'),
  segments: field(4, 16, 16, 'segments in a real row; >= 1 unless all rows are padding'),
  segmentStride: field(5, 0, 32, 'bytes from one segment to the next'),
  actBase: field(6, 0, 16, 'bank address of the first word of the first (padded) row; wraps'),
  actRowPitch: field(6, 16, 16, 'bank words from one (padded) row to the next'),
  actSegmentPitch: field(7, 0, 16, 'bank words from one segment to the next'),
  padByte: field(7, 16, 8, 'value of every padding byte'),
} as const satisfies Record<string, Field>;
/** Words before the per-lane words of LOAD_ACT. */
export const LOAD_ACT_WORDS = 8;
/** Lane l takes the padded rows rowFirst..rowLast, both included; rowFirst > rowLast: none. */
export const LOAD_ACT_LANE = {
  rowFirst: field(0, 0, 16, 'first padded row that this lane keeps'),
  rowLast: field(0, 16, 16, 'last padded row that this lane keeps'),
} as const satisfies Record<string, Field>;

/** A bus-aligned stream of words into the weight, index, schedule, parameter, table or pattern buffer. */
export const LOAD_STREAM = {
  address: field(0, 0, 32, 'first byte, offset from BASE; multiple of the bus width'),
  base: field(1, 0, 16, 'first buffer word'),
  words: field(1, 16, 16, 'buffer words; >= 1'),
  beats: field(2, 0, 24, 'bus beats; >= 1, enough to hold the words'),
} as const satisfies Record<string, Field>;
export const LOAD_STREAM_WORDS = 3;

/**
 * N pixels a lane of `tiles` output-channel tiles; LANE_WORDS words a lane follow.
 *
 * A command with `operand` drains in two passes: the requantized value of the first pass (`outZeroPoint`, `clampMin`,
 * `clampMax`) and the operand byte of the same channel and pixel give a sum
 *   add: table[value] + table[operand] (the two halves of the table buffer), mul: (value - outZeroPoint) * (operand - operandZeroPoint),
 * which passes the requantizer again with the parameter word `operandParam` and the `second` fields. A pixel then takes 2 D drain cycles.
 */
export const COMPUTE = {
  schedBase: field(0, 0, 16, 'first schedule entry of the first tile'),
  schedLength: field(0, 16, 16, 'schedule entries of a tile; >= 1'),
  schedStride: field(1, 0, 16, 'entries from one tile to the next; 0: all tiles share one schedule'),
  tiles: field(1, 16, 16, 'output-channel tiles; >= 1'),
  weightBase: field(2, 0, 16, 'first weight step of the first tile'),
  weightStride: field(2, 16, 16, 'steps from one tile to the next'),
  indexBase: field(3, 0, 16, 'first index word of the first tile'),
  indexStride: field(3, 16, 16, 'index words from one tile to the next'),
  paramBase: field(4, 0, 16, 'first parameter word of the first tile; tiles follow at DRAIN words'),
  pixels: field(4, 16, 16, 'output pixels a lane (N); >= 1'),
  actBase: field(5, 0, 16, 'bank address that lane start addresses and offsets are relative to; wraps'),
  columnStep: field(5, 16, 16, 'bank words from one output column to the next; wraps'),
  rowStep: field(6, 0, 16, 'bank words from the last output column of a row to the first of the next; wraps'),
  outWidth: field(6, 16, 16, 'output columns of the tile; >= 1'),
  outBase: field(7, 0, 16, 'first G-byte word of the first pixel in the output bank; a multiple of REQUANT / GROUP'),
  outPitch: field(7, 16, 16, 'G-byte words from one pixel to the next in the output bank; a multiple of REQUANT / GROUP'),
  channels: field(8, 0, 16, 'real output channels of the command, >= 1; those beyond are written 0'),
  dense: field(8, 16, 1, '1: the step counter is the index, the index plane is not read'),
  outHalf: field(8, 17, 1, 'half of the output buffer that is written'),
  table: field(8, 18, 1, '1: the value is looked up in half tableHalf of the table buffer, bits 7:0 of the entry; not with operand'),
  tableHalf: field(8, 19, 1, 'half of the table buffer for table; for add that of the value, the operand has the other'),
  operand: field(8, 20, 2, 'second pass: 0 none, 1 add, 2 mul'),
  partialIn: field(8, 22, 1, '1: sums start from the partial-sum buffer, not from the bias'),
  partialOut: field(8, 23, 1, '1: sums go to the partial-sum buffer, nothing is requantized or written; no operand, no table'),
  outZeroPoint: signedField(8, 24, 8, 'zero point of the (first) output'),
  clampMin: signedField(9, 0, 8, 'lowest (first) output value; <= clampMax'),
  clampMax: signedField(9, 8, 8, 'highest (first) output value'),
  operandParam: field(9, 16, 16, 'parameter word of the second pass'),
  actTileStep: field(10, 0, 16, 'bank words added to the windows from one tile to the next; wraps'),
  operandTileStep: field(10, 16, 16, 'bank words added to the operand windows from one tile to the next; wraps'),
  operandBase: field(11, 0, 16, 'bank address that the operand windows are relative to; wraps'),
  operandColumnStep: field(11, 16, 16, 'bank words of the operand from one output column to the next; wraps'),
  operandRowStep: field(12, 0, 16, 'bank words of the operand from the last output column of a row to the first of the next; wraps'),
  operandZeroPoint: signedField(12, 16, 8, 'mul: zero point of the operand'),
  secondZeroPoint: signedField(12, 24, 8, 'zero point of the second output'),
  secondClampMin: signedField(13, 0, 8, 'lowest second output value; <= secondClampMax'),
  secondClampMax: signedField(13, 8, 8, 'highest second output value'),
} as const satisfies Record<string, Field>;
/** Words before the per-lane words of COMPUTE. */
export const COMPUTE_WORDS = 14;
/** Words a lane. */
export const COMPUTE_LANE_WORDS = 2;
/** Values of `operand`. */
export const OPERANDS = { none: 0, add: 1, mul: 2 } as const;
/** Where lane l starts in the tile's output raster. */
export const COMPUTE_LANE = {
  startAddress: field(0, 0, 16, 'bank address of the window of the first pixel, relative to actBase'),
  startColumn: field(0, 16, 16, 'output column of the first pixel; < outWidth'),
  operandAddress: field(1, 0, 16, 'bank address of the operand of the first pixel, relative to operandBase'),
} as const satisfies Record<string, Field>;

/** Entries of the table buffer, 32 bits each, addressed by half and int8 value (as an unsigned byte). */
export const TABLE_DEPTH = 512;
export const TABLE_BITS = 32;

/** Pixels of one half of the output buffer to memory, lane after lane, as rows of segments. */
export const STORE = {
  address: field(0, 0, 32, 'first byte, offset from BASE; multiple of GROUP'),
  rows: field(1, 0, 16, 'rows; >= 1'),
  segments: field(1, 16, 16, 'segments in a row; >= 1'),
  rowStride: field(2, 0, 32, 'bytes from one row to the next'),
  segmentStride: field(3, 0, 32, 'bytes from one segment to the next'),
  segmentWords: field(4, 0, 16, 'G-byte words that lie together in memory; >= 1'),
  outHalf: field(4, 16, 1, 'half of the output buffer that is read'),
  outBase: field(5, 0, 16, 'first word of the first pixel in the output bank'),
  outPitch: field(5, 16, 16, 'words from one pixel to the next in the output bank'),
  pixels: field(6, 0, 16, 'pixels a lane: the walk goes on with the next lane after them; >= 1'),
  pixelWords: field(6, 16, 16, 'words of a pixel that are stored; >= 1'),
} as const satisfies Record<string, Field>;
export const STORE_WORDS = 7;

/**
 * One schedule entry, 32 bits: an activation group and the steps spent on it.
 * An operand entry reads the operand window and adds nothing to the sums: each step gives the selected byte to the PEs
 * whose weight is odd, as their operand of this pixel. Operand entries are the last of a pixel.
 */
export const SCHEDULE_ENTRY = {
  offset: field(0, 0, 16, 'bank words from the window of the pixel; wraps'),
  countMinusOne: field(0, 24, 5, 'steps on this group, minus one; < G'),
  operand: field(0, 29, 1, '1: operand window, see above'),
  maximum: field(0, 30, 1, '1: the word that the PEs see is the bytewise maximum of this one and the one they saw before'),
  spread: field(0, 31, 1, '1: cluster c of GROUP PEs sees word offset + c (a multiple of CLUSTERS plus c); 0: all see one word'),
} as const satisfies Record<string, Field>;

/** Per output channel, 72 bits: bias, multiplier, shifts (TFLite double rounding). */
export const PARAMETER_BITS = 72;
export const PARAMETER = {
  bias: { lsb: 0, width: 32, doc: 'int32, input zero point folded in: bias - zeroPoint * sum(weights)' },
  multiplier: { lsb: 32, width: 32, doc: 'Q0.31 multiplier, 0 or 2^30 .. 2^31-1' },
  rightShift: { lsb: 64, width: 5, doc: 'rounding right shift after the multiply, 0..31' },
  leftShift: { lsb: 69, width: 3, doc: 'left shift before the multiply, 0..7' },
} as const;
