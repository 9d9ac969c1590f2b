// SPDX-License-Identifier: Apache-2.0
/** Emission, in one place; re-exports only. */
export { emit } from './emit.js';
export type { Emission, EmitOptions, LeafContext } from './emit.js';
export { TemplateError, createRenderer } from './templates.js';
export type { Renderer, TemplateMap } from './templates.js';
