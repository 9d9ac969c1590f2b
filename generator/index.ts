// SPDX-License-Identifier: Apache-2.0
/** The public API; re-exports only. */
export type { AccelConfig } from './arch/config.js';
export { ConfigError, type ConfigProblem, type Suggestion } from './arch/config-error.js';
export { configHash } from './arch/config-hash.js';
export { derive, type Derived } from './arch/derive.js';
export type { IndexFormat } from './arch/index-decoder.js';
export type { Manifest, Prediction } from './arch/manifest.js';
export { defineAccelerator, validateConfig, type PartialConfig } from './arch/rules.js';
export { indexDecoderParameters, indexDecoderPorts, type IndexDecoder } from './blocks/index.js';
export { generate, type LibraryOptions } from './cli/library.js';
export { checkOutputFolder, writeOutputFolder } from './cli/output-folder.js';
export { GenAccelError } from './core/errors.js';
export * from './dsl/index.js';
export { elaborate, type Design } from './elaborate/index.js';
export type { TemplateMap } from './emit/index.js';
export type { Generated } from './generate/generate.js';
