// SPDX-License-Identifier: Apache-2.0
/** Owns the Yosys scripts of the targets; the hierarchy stays, so that blocks can be told apart. */
import { GENERIC_MEMORY, GENERIC_MULTIPLIER } from './cells.js';

export const SYNTH_TARGETS = ['generic', 'xc7', 'ecp5', 'ice40'] as const;
export type SynthTarget = (typeof SYNTH_TARGETS)[number];

/** Files that the script writes: cells at the end; memories before they are mapped (generic). */
export const CELLS_FILE = 'cells.json';
export const MEMORIES_FILE = 'memories.json';

export const outputsOf = (target: SynthTarget): readonly string[] => (target === 'generic' ? [CELLS_FILE, MEMORIES_FILE] : [CELLS_FILE]);

/**
 * `flatten`: one module at the end, in which Yosys merges what blocks have in common; xc7 alone.
 * generic: 6-input LUTs and flip-flops; multipliers and memories stay whole and are counted as such.
 * xc7: Xilinx 7 series, block RAM and DSP inference by Yosys.
 * ecp5: Lattice ECP5, block RAM, distributed RAM and 18 x 18 multipliers.
 * ice40: Lattice iCE40 UltraPlus; only `--multiplier packed` takes its DSP blocks, by name. Yosys 0.23 and 0.55 with `-dsp` drive registers of the requantizer twice.
 */
export function synthScript(target: SynthTarget, paths: readonly string[], top: string, flatten = false): string {
  const define = target === 'ice40' ? '-DGEN_ACCEL_ICE40 ' : '';
  // synth_ice40 checks the hierarchy itself, once it knows the cells that the design names.
  const read = [...paths.map((path) => `read_verilog ${define}${path}`), ...(target === 'ice40' ? [] : [`hierarchy -check -top ${top}`])];
  const steps: Readonly<Record<SynthTarget, readonly string[]>> = {
    generic: [
      'proc',
      `tee -q -o ${MEMORIES_FILE} stat -json`,
      `synth -top ${top} -noalumacc -run coarse:fine`,
      `chtype -set ${GENERIC_MULTIPLIER} t:$mul`,
      `chtype -set ${GENERIC_MEMORY} t:$mem_v2 t:$mem`,
      'alumacc',
      'opt',
      `synth -top ${top} -lut 6 -run fine:check`,
    ],
    xc7: [`synth_xilinx ${flatten ? '-flatten ' : ''}-family xc7 -noiopad -noclkbuf -widemux 12 -top ${top}`],
    ecp5: [`synth_ecp5 -noflatten -top ${top}`],
    ice40: [`synth_ice40 -noflatten -top ${top}`],
  };
  return [...read, ...steps[target], `tee -q -o ${CELLS_FILE} stat -json`, ''].join('\n');
}
