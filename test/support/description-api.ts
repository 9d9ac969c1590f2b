// SPDX-License-Identifier: Apache-2.0
/** What docs/dsl.md imports from the package; re-exports only. */
export * from '../../generator/dsl/index.js';
export * from '../../generator/elaborate/index.js';
export * from '../../generator/emit/index.js';
export { loadTemplates } from '../../generator/cli/load-templates.js';
