// SPDX-License-Identifier: Apache-2.0
/** Owns the identity of a configuration: a program and its memory image belong to one hash. */
import { stableHash } from '../core/stable-hash.js';
import type { AccelConfig } from './config.js';
import { INTERFACE_VERSION } from './registers.js';

/**
 * SHA-256 in hexadecimal of everything that a program depends on; the first 8 digits are the CONFIG_HASH register.
 * Design name and module prefix do not change it: the same program runs on both of two cores that differ in prefix.
 */
export function configHash(config: AccelConfig): string {
  const { name: _name, prefix: _prefix, ...shape } = config;
  return stableHash({ interfaceVersion: INTERFACE_VERSION, ...shape }, 64);
}

/** Value of the CONFIG_HASH register. */
export const configHashWord = (config: AccelConfig): number => Number.parseInt(configHash(config).slice(0, 8), 16);
