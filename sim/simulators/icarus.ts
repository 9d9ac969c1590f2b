// SPDX-License-Identifier: Apache-2.0
/** Icarus Verilog behind the simulator interface: four states, slow, the reference. */
import { join } from 'node:path';
import { clog2 } from '../../generator/core/integers.js';
import { requireTool, runTool, toolVersion } from '../tools/index.js';
import { cachedBuild, contentHash } from './cache.js';
import { startSession } from './session.js';
import type { BuildOptions, SimBinary, SimDesign, Simulator } from './simulator.js';

/** Default of BuildOptions.memoryBytes. */
export const DEFAULT_MEMORY_BYTES = 1 << 22;

export const memoryLog2 = (options: BuildOptions): number =>
  clog2(Math.max(4096, options.memoryBytes ?? DEFAULT_MEMORY_BYTES));

export function createIcarus(): Simulator {
  const version = () => toolVersion('iverilog');

  const build = async (design: SimDesign, options: BuildOptions = {}): Promise<SimBinary> => {
    const top = `${design.prefix}_tb_icarus`;
    const files = new Map([...design.rtl, ...design.tb]);
    const sources = [...files.keys()].filter((path) => path.endsWith('.v'));
    const flags = ['-g2005', '-s', top, `-P${top}.MEM_LOG2=${memoryLog2(options)}`, `-P${top}.CHECK=${options.check === false ? 0 : 1}`];
    const hash = contentHash(['icarus', await version(), ...flags], files);
    const { folder, cached } = await cachedBuild(`icarus-${hash}`, files, async (at) => {
      await runTool('iverilog', [...flags, '-o', 'sim.vvp', ...sources], `compile ${design.prefix}`, { cwd: at });
    });
    const vvp = await requireTool('vvp');
    return {
      simulator: 'icarus',
      folder,
      cached,
      start: (session = {}) =>
        startSession({
          tool: 'vvp',
          command: [vvp, '-n', join(folder, 'sim.vvp'), ...(session.trace === undefined || /\.vcd$/i.test(session.trace.file) ? [] : ['-fst'])],
          options: session,
        }),
    };
  };

  return { name: 'icarus', version, build };
}
