// SPDX-License-Identifier: Apache-2.0
/** Outside tools, in one place; re-exports only. */
export { DEBIAN_PACKAGES, ToolFailedError, ToolMissingError, type ToolName } from './errors.js';
export { findTool, requireTool, runTool, toolVersion, type RunOptions, type RunResult } from './tools.js';
