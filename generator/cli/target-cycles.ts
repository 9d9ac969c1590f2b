// SPDX-License-Identifier: Apache-2.0
/** Owns the cycles of a choice of K before anything is pruned: of the program that the network compiles to with such masks. */
import type { AccelConfig } from '../arch/config.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { compileNetwork } from '../compile/compile-network.js';
import { estimateProgram, type Estimate } from '../estimate/estimate.js';
import { createRandom } from '../core/random.js';
import type { FloatNetwork } from '../float/network.js';
import { weightedOps } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';
import { balanced } from '../prune/constraints/balanced.js';
import type { Constraint } from '../prune/scheme.js';
import { keepOfConstraint, type PruneResult } from '../prune/result.js';
import { isConstraint, type LayerRequest } from '../prune/plan.js';
import type { CycleModel } from '../prune/sensitivity/frontier.js';
import type { KeepByLayer } from '../prune/sensitivity/layers.js';
import { quantizeNetwork } from '../quantize/post-training/quantize-network.js';
import type { PruneArray } from './keep-option.js';
import { UsageError } from './usage-error.js';

/** What the cycles of a program depend on beside the network. */
export interface ProgramSettings {
  readonly config: AccelConfig;
  readonly indexFormat: IndexFormat;
  readonly latency: number;
  /** Images that a program computes. */
  readonly batch: number;
}

/** Inputs that scales are taken from: cycles do not depend on them. */
const SCALE_INPUTS = 8;

/**
 * The cycles of balanced masks do not depend on which of a group's weights stay, so masks are made without weights. Throws UsageError where a named layer's
 * cycles depend on them.
 */
export function compiledCycles(network: FloatNetwork, inputs: readonly Float32Array[], named: ReadonlyMap<string, LayerRequest>, array: PruneArray, { config, indexFormat, latency, batch }: ProgramSettings): CycleModel {
  for (const [layer, request] of named) {
    if (request !== 'dense' && (!isConstraint(request) || request.name !== 'balanced')) throw new UsageError(`the cycles of ${layer} depend on which of its weights stay`, `Name it as balanced or dense, or use --target-sparsity.`);
  }
  const int8 = quantizeNetwork(network, inputs.slice(0, SCALE_INPUTS), { weightBits: array.weightBits ?? 8 });
  const layers = weightedOps(int8);
  const masks = new Map<string, Uint8Array>();
  // Streams of equal contents share their place in memory: masks are as different as real ones.
  const random = createRandom(1);
  const maskOf = (name: string, constraint: Constraint | undefined): Uint8Array => {
    const shape = layers.find((op) => op.name === name)?.weights.shape ?? [0, 0, 0, 0];
    const key = `${name} ${constraint?.text ?? 'dense'}`;
    const known = masks.get(key) ?? constraint?.project(Float64Array.from({ length: elementCount(shape) }, () => random.next()), shape) ?? new Uint8Array(elementCount(shape)).fill(1);
    masks.set(key, known);
    return known;
  };
  const estimates = new Map<string, Estimate>();
  const estimate = (keeps: KeepByLayer): Estimate => {
    const constraints = new Map<string, Constraint>();
    for (const { name } of layers) {
      const [request, keep] = [named.get(name), keeps.get(name)];
      if (request !== undefined && isConstraint(request)) constraints.set(name, request);
      else if (keep !== undefined && keep < array.group) constraints.set(name, balanced({ keep, group: array.group }));
    }
    const key = [...constraints].map(([name, { text }]) => `${name}=${text}`).join(' ');
    const known = estimates.get(key);
    if (known !== undefined) return known;
    const prune: PruneResult = {
      groupSize: array.group, constraint: 'balanced', method: 'none',
      masks: new Map(layers.map(({ name }) => [name, maskOf(name, constraints.get(name))])),
      keep: new Map(layers.map(({ name }) => [name, keepOfConstraint(constraints.get(name), array.group)])),
      constraints,
    };
    const found = estimateProgram(compileNetwork(int8, prune, config, { indexFormat, batch }), { readLatency: latency, writeLatency: latency, indexFormat });
    estimates.set(key, found);
    return found;
  };
  /** All layers that may be pruned at the same K: what each takes among such neighbours. */
  const uniform = (keep: number): Estimate => {
    const open = layers.filter(({ kind, name, weights: { shape } }) => kind !== 'depthwise-conv2d' && shape[3] >= array.group && !named.has(name));
    return estimate(new Map(open.map(({ name }) => [name, keep])));
  };
  return {
    layer: (name, keep) => uniform(keep).layers.reduce((sum, pass) => sum + (pass.name === name || pass.ops.includes(name) ? pass.cycles : 0), 0),
    program: (keeps) => estimate(keeps).totals.cycles,
  };
}
