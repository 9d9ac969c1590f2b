// SPDX-License-Identifier: Apache-2.0
/** The gate, in one place; re-exports only. */
export * from './gate.js';
