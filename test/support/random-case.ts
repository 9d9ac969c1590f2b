// SPDX-License-Identifier: Apache-2.0
/** Owns seeded random configurations with layers for them: small buffers, odd shapes, every index decoder. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { samePadding } from '../../generator/graph/shapes.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import type { PruneResult } from '../../generator/prune/prune.js';
import { keepBalanced, keepUnconstrained } from './compile-layer.js';

export interface RandomCase {
  readonly config: AccelConfig;
  readonly network: Network;
  readonly prune: PruneResult | undefined;
  readonly text: string;
}

/** One random layer on one random configuration; the depths are small, so many bands and groups are needed. */
export function randomCase(seed: number): RandomCase {
  const random = createRandom(seed);
  const pes = random.pick([1, 2, 3, 4, 6, 8, 12, 16, 32]);
  const group = random.pick([2, 4, 8, 16, 32]);
  const requants = [1, 2, 4, 8, 16].filter((n) => pes % n === 0);
  const power = (low: number, high: number): number => 2 ** random.integer(low, high);
  const config = validateConfig({
    pes, group, lanes: random.pick([1, 1, 2, 3, 4, 8]), index: random.pick(['direct', 'bitmap']), requant: random.pick(requants),
    bus: random.pick([32, 64, 128, 256, 512]), weightDepth: power(8, 12), actDepth: power(8, 11), schedDepth: power(6, 9), outDepth: power(7, 9),
  });
  const fully = random.next() < 0.15;
  const kernel = [random.integer(1, 4), random.integer(1, 4)] as const;
  const inputShape = [random.integer(4, 14), random.integer(4, 14), random.integer(1, 40)] as const;
  const outChannels = random.integer(1, 40);
  const side = (): number => random.integer(0, 3);
  const network = fully
    ? randomConvNetwork({ kind: 'fully-connected', inputShape: [random.integer(1, 3), random.integer(1, 3), random.integer(1, 40)], outChannels, seed })
    : randomConvNetwork({
        inputShape, outChannels, kernel, seed, stride: [random.integer(1, 3), random.integer(1, 3)],
        dilation: kernel[0] < 3 && kernel[1] < 3 ? [random.integer(1, 2), random.integer(1, 2)] : 1,
        padding: random.pick(['same', 'valid', { top: side(), left: side(), bottom: side(), right: side() }] as const),
        gain: random.pick([1, 1, 1, 2000]),
      });
  const keep = random.integer(1, group);
  const scheme = random.pick(['none', 'balanced', 'unconstrained'] as const);
  const prune = scheme === 'none' ? undefined : (scheme === 'balanced' ? keepBalanced : keepUnconstrained)(network, group, keep);
  return { config, network, prune, text: `seed ${seed}: ${config.name}, ${scheme} keep ${keep}, input ${inputShape.join('x')}, kernel ${kernel.join('x')}, ${outChannels} channels` };
}

/** A chain of layers with branches, additions and a fully connected end, so that several layers share a program run. */
export function randomChain(seed: number): RandomCase {
  const random = createRandom(seed);
  const group = random.pick([2, 4, 8]);
  const config = validateConfig({
    pes: random.pick([2, 4, 6, 8, 16]), group, lanes: random.pick([1, 1, 2, 3]), index: random.pick(['direct', 'bitmap']),
    bus: random.pick([32, 64, 128]), weightDepth: 1024, actDepth: 2 ** random.integer(8, 10), schedDepth: 256, outDepth: 2 ** random.integer(7, 9),
  });
  const builder = new RandomNetworkBuilder(random);
  const channels = group * random.integer(1, 2);
  const input = builder.input([1, random.integer(5, 12), random.integer(5, 12), random.integer(1, 8)], { scale: 0.03, zeroPoint: random.integer(-100, 100) });
  const conv = (from: number, kernel: number, stride: number): number => {
    const [, height = 1, width = 1] = builder.shape(from);
    const [top, bottom] = samePadding(height, kernel, stride);
    const [left, right] = samePadding(width, kernel, stride);
    return builder.conv2d({
      input: from, outChannels: channels, activation: random.pick(['relu', 'none', 'clamp']), kernelHeight: kernel, kernelWidth: kernel,
      strideHeight: stride, strideWidth: stride, dilationHeight: 1, dilationWidth: 1, padding: { top, left, bottom, right },
    });
  };
  let x = conv(input, random.pick([1, 3]), 1);
  for (let block = random.integer(1, 2); block > 0; block--) {
    const stride = random.pick([1, 2]);
    const branch = conv(conv(x, 3, stride), random.pick([1, 3]), 1);
    const shortcut = conv(x, random.pick([1, 3]), stride);
    x = random.next() < 0.5 ? builder.addRelu(branch, shortcut) : conv(shortcut, 3, 1);
  }
  // Without channel padding the reshape costs nothing and the fully connected layer stays in the same run.
  if (random.next() < 0.5) x = builder.reshape(x, [1, builder.shape(x).reduce((a, b) => a * b, 1)]);
  const network = validateNetwork(builder.finish(`chain-${seed}`, input, builder.fullyConnected({ input: x, outChannels: random.integer(1, 20), activation: 'none' })));
  const keep = random.integer(1, group);
  const prune = random.pick([keepBalanced, keepUnconstrained])(network, group, keep);
  return { config, network, prune, text: `seed ${seed}: ${config.name}, keep ${keep}, ${network.ops.map((op) => op.name).join(' ')}` };
}
