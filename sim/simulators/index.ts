// SPDX-License-Identifier: Apache-2.0
/** The simulators, in one place. */
import { createIcarus } from './icarus.js';
import type { Simulator } from './simulator.js';
import { createVerilator } from './verilator.js';

export { cacheFolder } from './cache.js';
export { createIcarus } from './icarus.js';
export { createVerilator } from './verilator.js';
export type * from './simulator.js';
export { SETTING_NAMES } from './simulator.js';

export const SIMULATOR_NAMES = ['icarus', 'verilator'] as const;

export const createSimulator = (name: (typeof SIMULATOR_NAMES)[number]): Simulator =>
  name === 'icarus' ? createIcarus() : createVerilator();
