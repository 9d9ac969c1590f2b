// SPDX-License-Identifier: Apache-2.0
/** Owns which hardware and which testbench the program generates. */
import { buildCore } from '../blocks/index.js';
import { testbenchPart } from '../generate/testbench.js';
import type { Shell } from './shell.js';

export const buildTop: Shell['buildTop'] = buildCore;
export const parts: Shell['parts'] = [testbenchPart];
