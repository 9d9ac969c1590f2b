// SPDX-License-Identifier: Apache-2.0
/** Owns short ways to compile, run on the interpreter and compare with the golden model. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { compileNetwork, type CompileOptions } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import type { Network } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { runGolden } from '../../generator/model/golden.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork, type PruneResult } from '../../generator/prune/prune.js';
import type { InterpreterOptions } from './interpreter.js';
import { ADVERSARIAL, differences, runCompiled, type CompiledRun } from './run-compiled.js';

export const keepBalanced = (network: Network, group: number, keep: number): PruneResult =>
  pruneNetwork(network, keepPlan(group, keep));

export const keepUnconstrained = (network: Network, group: number, keep: number): PruneResult =>
  pruneNetwork(network, keepPlan(group, keep, {}, 'unconstrained'));

export interface Checked {
  readonly compiled: CompiledNetwork;
  readonly run: CompiledRun;
  /** First difference of each layer; with `adversarial`, of each interleaving too. */
  readonly differences: readonly string[];
}

/** Compiles, runs in order and, if asked, in every adversarial interleaving; compares each tensor with the golden model. */
export function compileAndCheck(
  network: Network,
  prune: PruneResult | undefined,
  config: AccelConfig,
  options: { readonly seed?: number; readonly adversarial?: boolean; readonly compile?: CompileOptions; readonly interpreter?: InterpreterOptions } = {},
): Checked {
  const compiled = compileNetwork(network, prune, config, options.compile);
  const input = randomInput(network, options.seed ?? 1);
  const golden = runGolden(prune === undefined ? network : applyMasks(network, prune.masks), input);
  const run = runCompiled(compiled, input, options.interpreter);
  const found = differences(compiled, run, golden);
  for (const interleaving of options.adversarial === true ? ADVERSARIAL : []) {
    const other = runCompiled(compiled, input, { ...options.interpreter, interleaving, seed: 2 });
    found.push(...differences(compiled, other, golden).map((text) => `${JSON.stringify(interleaving)}: ${text}`));
  }
  return { compiled, run, differences: found };
}
