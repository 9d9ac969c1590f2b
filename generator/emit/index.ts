// SPDX-License-Identifier: Apache-2.0
/** Emission, in one place; re-exports only. */
export { emit } from './emit.js';
export type { Emission, EmitOptions } from './emit.js';
export { LeafError } from './leaf.js';
export type { LeafContext } from './leaf.js';
export { layoutProblems } from './layout.js';
export { orderProblems } from './order.js';
export { TemplateError, createRenderer } from './templates.js';
export type { Renderer, TemplateMap } from './templates.js';
