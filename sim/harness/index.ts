// SPDX-License-Identifier: Apache-2.0
/** The host side of a simulation, in one place; re-exports only. */
export * from './accelerator-host.js';
export { COUNTERS, errorName, fieldOf, withField, type CounterName, type ErrorName } from './registers.js';
