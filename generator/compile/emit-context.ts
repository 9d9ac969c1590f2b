// SPDX-License-Identifier: Apache-2.0
/** Owns what the emission of instructions knows: the plan of the run and where tensors lie. */
import type { AccelConfig } from '../arch/config.js';
import type { CommandPlan } from './commands.js';
import type { TensorLayout } from './layout.js';

export interface EmitContext {
  readonly config: AccelConfig;
  readonly plan: CommandPlan;
  tensor(id: number): TensorLayout;
}
