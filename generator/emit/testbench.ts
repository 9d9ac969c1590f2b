// SPDX-License-Identifier: Apache-2.0
/** Owns the rendering of the plain-Verilog testbench; knows its templates' names and nothing of the core but its ports. */
import type { AccelConfig } from '../arch/config.js';
import { createRenderer } from './templates.js';

/** Testbench modules in the order of instantiation, leaves first. File `tb/<prefix>_<name>.v`, template `tb/<name>.v.hbs`. */
export const TESTBENCH_MODULES = [
  'tb_channel_checker',
  'tb_axi_checker',
  'tb_axil_checker',
  'tb_axi_queue',
  'tb_storage',
  'tb_axi_memory',
  'tb_host',
  'tb_top',
  'tb_icarus',
] as const;

/** The Verilator main; its name and content do not depend on the prefix. */
export const TESTBENCH_MAIN = 'tb/tb_main.cpp';

/** What the testbench depends on. */
export type TestbenchConfig = Pick<AccelConfig, 'prefix' | 'bus' | 'addr' | 'id'>;

/** Path of a testbench module in the generated folder. */
export const testbenchPath = (prefix: string, module: (typeof TESTBENCH_MODULES)[number]): string => `tb/${prefix}_${module}.v`;

/**
 * Renders the testbench of one design.
 * @param templates template text by path under `templates/`, e.g. `tb/tb_top.v.hbs`
 * @param stamp one line for every header: generator version and configuration hash
 * @returns file text by path in the generated folder
 */
export function renderTestbench(
  config: TestbenchConfig,
  templates: ReadonlyMap<string, string>,
  stamp = 'testbench of gen-accel',
): Map<string, string> {
  const view = { prefix: config.prefix, bus: config.bus, addr: config.addr, id: config.id, stamp };
  const renderer = createRenderer(templates);
  const files = new Map<string, string>();
  for (const module of TESTBENCH_MODULES) {
    files.set(testbenchPath(config.prefix, module), renderer.render(`tb/${module}.v.hbs`, view));
  }
  files.set(TESTBENCH_MAIN, renderer.render('tb/tb_main.cpp.hbs', view));
  return files;
}
