// SPDX-License-Identifier: Apache-2.0
/** Synthesis: Verilog texts in, cells per block out. */
import type { CellCounts } from './cells.js';
import { CELLS_FILE, MEMORIES_FILE, outputsOf, synthScript, type SynthTarget } from './script.js';
import { type BlockCells, blocksOf, parseStatistics, type YosysStatistics } from './statistics.js';
import { runYosysScript } from './yosys.js';

export interface SynthesisOptions {
  /** A native Yosys; default: the embedded one. */
  readonly yosysPath?: string;
  /** One module at the end, in which Yosys merges what blocks have in common (xc7). */
  readonly flatten?: boolean;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export interface SynthesisResult {
  readonly target: SynthTarget;
  readonly top: string;
  /** Name and version of Yosys, embedded or native. LUT counts depend on it. */
  readonly tool: string;
  readonly blocks: readonly BlockCells[];
  readonly totals: CellCounts;
  readonly log: string;
}

/**
 * Synthesizes `top` from the .v files, in the order given.
 * @throws SynthesisError, SynthesisStoppedError
 */
export async function synthesize(
  files: ReadonlyMap<string, string>,
  top: string,
  target: SynthTarget,
  options: SynthesisOptions = {},
): Promise<SynthesisResult> {
  const verilog = new Map([...files].filter(([path]) => path.endsWith('.v')));
  const { outputs, log } = await runYosysScript({
    files: verilog,
    script: synthScript(target, [...verilog.keys()], top, options.flatten),
    outputs: outputsOf(target),
    ...options,
  });
  const read = (path: string): YosysStatistics | undefined => {
    const text = outputs.get(path);
    return text === undefined ? undefined : parseStatistics(text);
  };
  const cells = read(CELLS_FILE) as YosysStatistics;
  return {
    target,
    top,
    tool: `${/^Yosys \S+/.exec(cells.creator)?.[0] ?? cells.creator} (${options.yosysPath === undefined ? 'embedded WebAssembly' : 'native'})`,
    ...blocksOf(cells, top, read(MEMORIES_FILE)),
    log,
  };
}

/** LUTs (computing ones) of these modules with everything inside them, for one multiplier. */
export function lutsPerMultiplier(result: Pick<SynthesisResult, 'blocks'>, modules: readonly string[], multipliers: number): number {
  return result.blocks.filter(({ module }) => modules.includes(module)).reduce((sum, { inclusive }) => sum + inclusive.lut, 0) / multipliers;
}
