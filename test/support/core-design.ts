// SPDX-License-Identifier: Apache-2.0
/** Owns the way from a configuration to the very Verilog that gen-accel ships, as a simulator wants it. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { buildCore, type IndexDecoder } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { rtlDesign } from '../../sim/run/rtl-array.js';
import type { SimDesign } from '../../sim/simulators/index.js';

/** The Verilog of a core and of its testbench. */
export const coreDesign = (config: AccelConfig, indexDecoders: readonly IndexDecoder[] = []): SimDesign =>
  rtlDesign(config, { buildTop: buildCore, indexDecoders, templates: loadTemplates(), version: '0.0.0' });

/** Name of the top module. */
export const coreTop = (config: AccelConfig): string => `${config.prefix}_core`;
