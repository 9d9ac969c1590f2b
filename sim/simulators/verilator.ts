// SPDX-License-Identifier: Apache-2.0
/** Verilator behind the simulator interface: two states with random initial values, fast. */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TESTBENCH_MAIN } from '../../generator/emit/testbench.js';
import { findTool, requireTool, runTool, toolVersion } from '../tools/index.js';
import { cachedBuild, contentHash } from './cache.js';
import { memoryLog2 } from './icarus.js';
import { startSession } from './session.js';
import type { BuildOptions, SimBinary, SimDesign, Simulator } from './simulator.js';

const FLAGS = [
  '--cc', '--exe', '--build', '-O3', '--x-assign', 'unique', '--x-initial', 'unique', '-Wno-fatal',
  '-j', '2', '-MAKEFLAGS', 'OPT_FAST=-O2', '--prefix', 'Vtb', '--Mdir', 'obj',
] as const;

const traceFlags = (trace: NonNullable<BuildOptions['trace']>): readonly string[] =>
  trace === false ? [] : [trace === 'vcd' ? '--trace' : '--trace-fst', '--trace-structs'];

export function createVerilator(): Simulator {
  const version = () => toolVersion('verilator');

  const build = async (design: SimDesign, options: BuildOptions = {}): Promise<SimBinary> => {
    await Promise.all([requireTool('make'), requireTool('g++')]);
    const top = `${design.prefix}_tb_top`;
    const files = new Map([...design.rtl, ...design.tb]);
    const icarusTop = `tb/${design.prefix}_tb_icarus.v`;
    const sources = [...files.keys()].filter((path) => path.endsWith('.v') && path !== icarusTop);
    const flags = [
      ...FLAGS, '--top-module', top, `-GMEM_LOG2=${memoryLog2(options)}`, `-GCHECK=${options.check === false ? 0 : 1}`,
      ...traceFlags(options.trace ?? false),
    ];
    const ccache = await findTool('ccache');
    const hash = contentHash(['verilator', await version(), await toolVersion('g++'), ...flags], files);
    const { folder, cached } = await cachedBuild(`verilator-${hash}`, files, async (at) => {
      await runTool('verilator', [...flags, ...sources, TESTBENCH_MAIN], `compile ${design.prefix}`, {
        cwd: at,
        env: ccache === undefined ? {} : { OBJCACHE: 'ccache' },
      });
      await copyFile(join(at, 'obj', 'Vtb'), join(at, 'sim'));
      await rm(join(at, 'obj'), { recursive: true });
    });
    return {
      simulator: 'verilator',
      folder,
      cached,
      start: (session = {}) =>
        startSession({
          tool: 'verilator model',
          command: [join(folder, 'sim'), '+verilator+rand+reset+2', `+verilator+seed+${Math.max(1, session.seed ?? 1)}`],
          options: session,
        }),
    };
  };

  return { name: 'verilator', version, build };
}
