// SPDX-License-Identifier: Apache-2.0
/** Measurements of the cycle law, in one place; re-exports only. */
export * from './law-bench.js';
export * from './law-sweep.js';
