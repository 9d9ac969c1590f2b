// SPDX-License-Identifier: Apache-2.0
/** Owns the small network of all kinds of passes that the gate runs on a configuration as one program: the first of a shrinking series that fits. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import { createRandom } from '../../generator/core/random.js';
import { narrowWeights } from '../../generator/graph/narrow-weights.js';
import type { Network } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { runGolden, type GoldenTensors } from '../../generator/model/golden.js';
import { ChainBuilder } from './chain-builder.js';

export interface GateNetwork {
  readonly compiled: CompiledNetwork;
  readonly input: Int8Array;
  readonly golden: GoldenTensors;
  readonly text: string;
}

/** A program and its streams are kept below this, so that the slowest simulator stays quick. */
const MAX_IMAGE_BYTES = 180_000;
/** Cycles of its compute commands times multipliers. */
const MAX_WORK = 6_000_000;
/** Below this size of the series the depthwise layer has as many channels as there are PEs. */
const ONE_TILE = 0.4;

/**
 * Depthwise 3x3 over more channels than PEs with a table behind it, 3x3 or 1x1 convolution, 1x1 convolution with a fused residual sum,
 * padded maxima, averages at borders, mean with a table, product with 1x1xC, fully connected.
 */
function build(config: AccelConfig, seed: number, shrink: number): Network {
  const random = createRandom(seed);
  const most = (value: number): number => Math.max(1, Math.round(value * shrink));
  const builder = new ChainBuilder(random);
  // Where P is no multiple of G, several tiles together may need more partial sums than the smallest buffer has.
  const channelsIn = shrink < ONE_TILE ? config.pes : config.pes + random.integer(1, most(Math.min(config.pes, 9)));
  const input = builder.input(1 + random.integer(1, most(6)), 1 + random.integer(1, most(6)), channelsIn);
  const spread = builder.leakyRelu(builder.depthwise(input, { kernel: 3, stride: random.integer(1, most(2)) }));
  const channels = random.integer(1, most(Math.min(2 * config.group, 24)));
  const narrow = builder.conv2d(spread, channels, { kernel: config.pes <= 16 ? random.pick([1, 3]) : 1 });
  const residual = builder.join('add', builder.conv2d(narrow, channels, { kernel: 1 }), narrow);
  const maxima = builder.pool('max-pool', residual, { kernel: random.integer(2, 3), stride: random.integer(1, 2) });
  const averages = builder.pool('average-pool', maxima, { kernel: 3, stride: 1 });
  const gate = builder.logistic(builder.mean(averages));
  const flat = builder.flatten(builder.join('mul', averages, gate));
  return narrowWeights(builder.finish(`gate-${seed}`, builder.fullyConnected(flat, random.integer(2, 12))), config.weightBits);
}

/** Work in the sense of MAX_WORK. */
export const workOf = ({ layers, config }: CompiledNetwork): number => config.pes * config.lanes * layers.reduce((sum, { commandCycles }) => sum + commandCycles, 0);

/** A random network that fits, the one with the least work where a pixel of the core takes more than `MAX_WORK`; one program computes it all. */
export function gateNetwork(config: AccelConfig, seed: number): GateNetwork {
  let last = '';
  let least: GateNetwork | undefined;
  for (let attempt = 0; attempt < 40; attempt++) {
    const network = build(config, seed + attempt, Math.max(0.05, 1 - attempt / 30));
    let compiled: CompiledNetwork;
    try {
      compiled = compileNetwork(network, undefined, config);
    } catch (error) {
      if (!(error instanceof LayerDoesNotFitError)) throw error;
      last = error.message;
      continue;
    }
    last = `${compiled.image.length} bytes, ${workOf(compiled)} multiplications`;
    if (compiled.image.length > MAX_IMAGE_BYTES || (least !== undefined && workOf(compiled) >= workOf(least.compiled))) continue;
    const input = randomInput(network, seed);
    const sizes = [0, 2, 3].map((id) => (network.tensors[id] as Network['tensors'][number]).shape.slice(1).join('x'));
    least = { compiled, input, golden: runGolden(network, input, { rounding: config.rounding }), text: `network ${sizes.join(' > ')} (seed ${seed}, attempt ${attempt})` };
    if (workOf(compiled) <= MAX_WORK) return least;
  }
  if (least !== undefined) return least;
  throw new Error(`gate: no network of the series fits ${config.name}: ${last}`);
}

/** Whether sums of some layer pass through the partial-sum buffer. */
export const hasPartialSums = ({ layers }: CompiledNetwork): boolean => layers.some(({ tiling }) => tiling.groups.some(({ parts }) => parts.length > 1));
