// SPDX-License-Identifier: Apache-2.0
/** Elaboration, in one place; re-exports only. */
export { elaborate } from './elaborate.js';
export { emittedName } from './design.js';
export type { Child, Design, Elaborated, InstanceUse, MemoryUse, Values } from './design.js';
export { instancesOf, memoriesOf } from './walk.js';
export { ElaborationError, printProblem } from './problems.js';
export type { Problem, ProblemCode } from './problems.js';
