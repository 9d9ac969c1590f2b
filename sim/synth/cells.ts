// SPDX-License-Identifier: Apache-2.0
/** Owns what a cell type costs on each target, and sums of such costs. */

export interface CellCounts {
  /** Look-up tables that compute. */
  readonly lut: number;
  /** Look-up tables that store: distributed RAM, shift registers. */
  readonly lutRam: number;
  readonly ff: number;
  readonly ramb36: number;
  readonly ramb18: number;
  /** Block RAMs of iCE40, 4 Kibit each. */
  readonly ram4k: number;
  /** Block RAMs of ECP5, 18 Kibit each. */
  readonly ebr: number;
  readonly dsp: number;
  /** Generic target: multipliers and bits of memory. */
  readonly multipliers: number;
  readonly memoryBits: number;
  /** Latches; none in a correct design. */
  readonly latches: number;
}

export const NO_CELLS: CellCounts = { lut: 0, lutRam: 0, ff: 0, ramb36: 0, ramb18: 0, ram4k: 0, ebr: 0, dsp: 0, multipliers: 0, memoryBits: 0, latches: 0 };

const KEYS = Object.keys(NO_CELLS) as (keyof CellCounts)[];

/** a + factor * b. */
export const addCells = (a: CellCounts, b: CellCounts, factor = 1): CellCounts =>
  Object.fromEntries(KEYS.map((key) => [key, a[key] + factor * b[key]])) as unknown as CellCounts;

/** Look-up tables of Xilinx's storage primitives. */
const LUT_RAM: Readonly<Record<string, number>> = {
  RAM16X1S: 1, RAM32X1S: 1, RAM64X1S: 1, RAM128X1S: 2, RAM256X1S: 4,
  RAM16X1D: 2, RAM32X1D: 2, RAM64X1D: 2, RAM128X1D: 4,
  // Of ECP5: four look-up tables that store and the two beside their write port.
  TRELLIS_DPR16X4: 6,
  RAM32M: 4, RAM64M: 4, SRL16E: 1, SRLC16E: 1, SRLC32E: 1,
};

/** Cells that cost no counted resource: wiring, carry and wide multiplexers, clock buffers. */
const FREE = /^(CARRY4|MUXF[78]|BUFG|IBUF|OBUF|SB_CARRY|SB_GB|PFUMX|L6MUX21|\$scopeinfo|\$print|\$check)$/;

/** Cells of the generic target that stay whole; see script.ts. */
export const GENERIC_MULTIPLIER = 'GENERIC_MULTIPLIER';
export const GENERIC_MEMORY = 'GENERIC_MEMORY';

/** Costs of one cell; undefined for a type that is not a primitive (then it must be a module of the design). */
export function costOf(type: string): CellCounts | undefined {
  if (/^LUT[1-6]$|^SB_LUT4$|^INV$|^\$lut$/.test(type)) return { ...NO_CELLS, lut: 1 };
  const storage = LUT_RAM[type];
  if (storage !== undefined) return { ...NO_CELLS, lutRam: storage };
  if (/^FD[RSCP]E(_1)?$|^SB_DFF|^TRELLIS_FF$|^\$_(S?DFFE?|ALDFFE?|DFFSRE?|SDFFCE)_/.test(type)) return { ...NO_CELLS, ff: 1 };
  if (/^LD[CP]E$|^\$_DLATCH/.test(type)) return { ...NO_CELLS, latches: 1 };
  // A slice's two look-up tables with the carry between them.
  if (type === 'CCU2C') return { ...NO_CELLS, lut: 2 };
  if (type === 'RAMB36E1') return { ...NO_CELLS, ramb36: 1 };
  if (type === 'RAMB18E1') return { ...NO_CELLS, ramb18: 1 };
  if (/^SB_RAM40_4K/.test(type)) return { ...NO_CELLS, ram4k: 1 };
  if (type === 'DP16KD' || type === 'PDPW16KD') return { ...NO_CELLS, ebr: 1 };
  if (/^(DSP48E1|SB_MAC16|MULT18X18D)$/.test(type)) return { ...NO_CELLS, dsp: 1 };
  if (type === GENERIC_MULTIPLIER) return { ...NO_CELLS, multipliers: 1 };
  if (type === GENERIC_MEMORY || FREE.test(type)) return NO_CELLS;
  return undefined;
}
