// SPDX-License-Identifier: Apache-2.0
/** Owns the prediction of how Yosys `synth_xilinx -family xc7` builds a simple dual-port memory; knows no block of the core. */

/** A memory with one clocked write port and one clocked read port with enable. */
export interface MemoryShape {
  readonly widthBits: number;
  readonly depth: number;
  /** Bits under one write enable; absent: one enable for the word. */
  readonly writeEnableBits?: number;
  /** The source asks for block RAM (`ram_style = "block"`). */
  readonly blockOnly?: boolean;
}

export interface Xc7Memory {
  readonly ramb36: number;
  readonly ramb18: number;
  /** Bits in LUT RAM or flip-flops. */
  readonly distributedBits: number;
}

/** One primitive of the library: its address space at width 1, the widths it may have, and the cost that Yosys gives it. */
interface Primitive {
  readonly kind: 'ramb36' | 'ramb18' | 'lut';
  /** Primitives of this kind in one mapped cell. */
  readonly cells: number;
  readonly addressBits: number;
  readonly widths: readonly number[];
  /** Granule of write enables inside a word; 0: the whole width. */
  readonly byteBits: number;
  readonly cost: number;
  /** Part of the cost that shrinks with the unused bits of the last column. */
  readonly scaledCost: number;
}

const block = (kind: 'ramb36' | 'ramb18', addressBits: number, widths: readonly number[], cost: number, cells = 1): Primitive =>
  ({ kind, cells, addressBits, widths, byteBits: 9, cost, scaledCost: 0 });
const lut = (addressBits: number, width: number, cost: number, scaledCost: number): Primitive =>
  ({ kind: 'lut', cells: 1, addressBits, widths: [width], byteBits: 0, cost, scaledCost });

/** In the order of the library: of equal costs the first of a kind wins. Widths stand at index log2 of their share of the address space. */
const BLOCKS: readonly Primitive[] = [
  block('ramb18', 14, [1, 2, 4, 9, 18], 129),
  block('ramb36', 15, [1, 2, 4, 9, 18, 36], 257),
  block('ramb36', 16, [1, 2, 4, 9], 513, 2),
  block('ramb18', 14, [0, 0, 0, 9, 18, 36], 129),
  block('ramb36', 15, [0, 0, 0, 9, 18, 36, 72], 257),
];
const LUTS: readonly Primitive[] = [
  lut(5, 4, 8, 8), lut(6, 2, 8, 8), lut(7, 1, 8, 8),
  lut(5, 2, 7, 7), lut(6, 1, 7, 7),
  lut(5, 6, 8, 7), lut(6, 3, 8, 7),
];

const MUX_COST = 0.5;
const DEMUX_COST = 0.5;
const EMULATION_COST = 2;

interface Candidate { readonly primitive: Primitive; readonly cells: number; readonly cost: number }

/** The cheapest width of one primitive. */
function bestOf(primitive: Primitive, { widthBits, depth, writeEnableBits = widthBits }: MemoryShape): Candidate {
  let best: Candidate | undefined;
  let bestCost = 0;
  primitive.widths.forEach((unit, log2) => {
    if (unit === 0) return;
    const words = primitive.kind === 'lut' ? 2 ** primitive.addressBits : 2 ** (primitive.addressBits - log2);
    const rows = Math.ceil(depth / words);
    const granule = primitive.byteBits === 0 || primitive.byteBits > unit ? unit : primitive.byteBits;
    const chunks = Math.floor(widthBits / writeEnableBits);
    const rest = widthBits % writeEnableBits;
    const pad = (bits: number): number => Math.ceil(bits / granule) * granule;
    const columnsBits = chunks * pad(writeEnableBits) + pad(rest);
    const cells = Math.ceil((rows * columnsBits) / unit);
    const enables = chunks + (rest > 0 ? 1 : 0);
    const cost =
      (primitive.cost - primitive.scaledCost) * cells +
      (primitive.scaledCost * rows * widthBits) / unit +
      MUX_COST * (rows - 1) * widthBits +
      (rows > 1 ? DEMUX_COST * rows * enables : 0) +
      EMULATION_COST;
    if (best === undefined || cost < bestCost) {
      best = { primitive, cells, cost };
      bestCost = Math.trunc(cost);
    }
  });
  return best as unknown as Candidate;
}

const cheapest = (primitives: readonly Primitive[], shape: MemoryShape): Candidate =>
  primitives.map((primitive) => bestOf(primitive, shape)).reduce((best, next) => (next.cost < best.cost ? next : best));

/**
 * What one memory becomes. The rule, found in Yosys 0.23 and the same in 0.55: every primitive is tried at every width and has the cost
 * `cells * cost + (rows - 1) * width / 2 + rows * enables / 2`; the cheapest wins, and LUT RAM or flip-flops win when they are cheaper still.
 */
export function predictXc7Memory(shape: MemoryShape): Xc7Memory {
  const bits = shape.widthBits * shape.depth;
  const chosen = cheapest(BLOCKS, shape);
  const distributedCost = shape.blockOnly === true ? Infinity : Math.min(bits, cheapest(LUTS, shape).cost);
  if (distributedCost < chosen.cost) return { ramb36: 0, ramb18: 0, distributedBits: bits };
  const count = chosen.cells * chosen.primitive.cells;
  return { ramb36: 0, ramb18: 0, distributedBits: 0, [chosen.primitive.kind]: count };
}
