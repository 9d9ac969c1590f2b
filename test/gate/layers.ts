// SPDX-License-Identifier: Apache-2.0
/** Owns the small random layers that the gate runs on a configuration: the first of a shrinking series that its buffers hold. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { compileNetwork, type CompileOptions } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { narrowWeights } from '../../generator/graph/narrow-weights.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { applyMasks, type PruneResult } from '../../generator/prune/prune.js';
import { keepBalanced } from '../support/compile-layer.js';
import { keepPatterns, randomPatterns } from '../support/pattern-masks.js';

export interface GateLayer {
  readonly compiled: CompiledNetwork;
  readonly input: Int8Array;
  readonly golden: Int8Array;
  readonly text: string;
}

/** Multiply-accumulates of a layer are kept below this, so that the slowest simulator stays quick. */
const MAX_MACS = 400_000;
/** Of the scale behind int8 weights: shifts go left. Narrow weights have a scale that is as much larger already. */
const MOST_GAIN = 1500;

/** K of every group; for a table of patterns as many of them as it holds with what tail groups have of them. */
function masksFor(network: Network, { index, group, patternBits }: AccelConfig, keep: number, seed: number): PruneResult {
  if (index !== 'pattern') return keepBalanced(network, group, keep);
  const random = createRandom(seed);
  const patterns = randomPatterns(group, 2 ** (patternBits - 1), random);
  return keepPatterns(network, group, () => patterns, random);
}

function propose(config: AccelConfig, keep: number | 'dense', seed: number, shrink: number, random: Random) {
  const most = (value: number): number => Math.max(1, Math.round(value * shrink));
  const kernel = [random.integer(1, most(3)), random.integer(1, most(3))] as const;
  const stride = [random.integer(1, most(2)), random.integer(1, most(2))] as const;
  // Fewer than G channels are never pruned.
  const channels = random.integer(keep === 'dense' ? 1 : config.group, Math.max(config.group, most(3 * config.group)));
  const inputShape = [random.integer(kernel[0], most(7) + kernel[0]), random.integer(kernel[1], most(7) + kernel[1]), channels] as const;
  const outChannels = random.integer(1, Math.max(2, Math.round(Math.min(2.6 * config.pes, config.pes + 24) * shrink)));
  const padding = random.pick(['same', 'valid', { top: 1, left: 0, bottom: 2, right: 1 }] as const);
  const network = narrowWeights(randomConvNetwork({ inputShape, outChannels, kernel, stride, padding, seed, gain: random.pick([1, 1, 1, MOST_GAIN / 2 ** (8 - config.weightBits)]) }), config.weightBits);
  const prune = keep === 'dense' ? undefined : masksFor(network, config, keep, seed);
  const [, height = 1, width = 1] = network.tensors[network.outputs[0] as number]?.shape ?? [];
  const macs = height * width * outChannels * kernel[0] * kernel[1] * inputShape[2];
  const text = `${keep === 'dense' ? 'dense' : config.index === 'pattern' ? 'patterns' : `keep ${keep}`}, input ${inputShape.join('x')}, kernel ${kernel.join('x')}, stride ${stride.join('x')}, ${outChannels} channels`;
  return { network, prune, macs, text };
}

/** A random layer that fits; `keep`: K of every group. */
export function gateLayer(config: AccelConfig, keep: number | 'dense', seed: number, options: CompileOptions = {}): GateLayer {
  const random = createRandom(seed);
  for (let attempt = 0; attempt < 60; attempt++) {
    const { network, prune, macs, text } = propose(config, keep, seed + attempt, Math.max(0.05, 1 - attempt / 50), random);
    if (macs > MAX_MACS) continue;
    let compiled: CompiledNetwork;
    try {
      compiled = compileNetwork(network, prune, config, options);
    } catch (error) {
      if (error instanceof LayerDoesNotFitError) continue;
      throw error;
    }
    const input = randomInput(network, seed);
    const golden = goldenOutput(network, runGolden(prune === undefined ? network : applyMasks(network, prune.masks), input, { rounding: config.rounding })).data;
    return { compiled, input, golden, text: `${text} (seed ${seed}, attempt ${attempt})` };
  }
  throw new Error(`gate: no layer of the series fits ${config.name}`);
}

/** The layers of one configuration: one sparse with a random K below G, one dense. */
export function gateLayers(config: AccelConfig, seed: number): GateLayer[] {
  const keep = createRandom(seed).integer(1, config.group - 1);
  return [gateLayer(config, keep, seed), gateLayer(config, 'dense', seed + 500)];
}
