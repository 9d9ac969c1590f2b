// SPDX-License-Identifier: Apache-2.0
/** Owns seeded networks whose neighbours take turns: layers that the array limits beside layers that transfers limit. */
import { validateConfig } from '../../generator/arch/rules.js';
import type { AccelConfig } from '../../generator/arch/config.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { createRandom } from '../../generator/core/random.js';
import type { Network, TensorId } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { samePadding } from '../../generator/graph/shapes.js';
import { validateNetwork } from '../../generator/graph/validate.js';

/** Convolutions, pools and depthwise layers in turn, of any height, width, stride and overlap of windows. */
export function turnNetwork(seed: number, most = 28): Network {
  const random = createRandom(seed);
  const builder = new RandomNetworkBuilder(random);
  const input = builder.input([1, random.integer(20, most), random.integer(20, most), random.integer(8, 20)], { scale: 0.05, zeroPoint: random.integer(-20, 20) });
  const slide = (x: TensorId, kernel: number, stride: number) => {
    const [, height = 1, width = 1] = builder.shape(x);
    const [[top, bottom], [left, right]] = random.next() < 0.7 ? [samePadding(height, kernel, stride), samePadding(width, kernel, stride)] : [[0, 0], [0, 0]] as const;
    return { strideHeight: stride, strideWidth: stride, padding: { top, bottom, left, right } };
  };
  const conv = (x: TensorId): TensorId => {
    const kernel = random.pick([1, 3, 3]);
    return builder.conv2d({ input: x, outChannels: random.integer(9, 40), kernelHeight: kernel, kernelWidth: kernel, dilationHeight: 1, dilationWidth: 1, activation: 'relu', ...slide(x, kernel, 1) });
  };
  const light = (x: TensorId): TensorId => {
    const stride = random.pick([1, 2, 2]);
    if (random.next() < 0.5) {
      const size = random.pick([2, 3]);
      return builder.maxPool(x, { filterHeight: size, filterWidth: size, ...slide(x, size, stride) });
    }
    const [, , , channels = 1] = builder.shape(x);
    return builder.depthwise({ input: x, outChannels: channels, kernelHeight: 3, kernelWidth: 3, dilationHeight: 1, dilationWidth: 1, activation: 'relu', ...slide(x, 3, stride) });
  };
  let x = input;
  for (let pair = 0; pair < 2; pair++) x = light(conv(x));
  return validateNetwork(builder.finish(`turns-${seed}`, input, conv(x)));
}

/** Lanes and buffers at which transfers count. */
export function turnConfig(seed: number): AccelConfig {
  const random = createRandom(seed);
  const group = random.pick([4, 8, 8, 16]);
  return validateConfig({
    pes: random.pick([8, 16, 16, 32]), group, lanes: random.pick([1, 2, 4, 4]), requant: random.pick([2, 4, 8]), bus: random.pick([32, 32, 64, 128]),
    actDepth: random.pick([256, 512, 1024]), weightDepth: random.pick([512, 1024]), outDepth: random.pick([64, 128, 512]),
  });
}

/** Pairs of layers whose compute commands alternate in a program. */
export function turnsTaken({ segments }: CompiledNetwork): number {
  return segments.reduce((pairs, { instructions, instructionLayers }) => {
    const order = instructions.flatMap(({ kind }, i) => (kind === 'compute' ? [instructionLayers[i] as string] : []));
    const runs = order.filter((layer, i) => layer !== order[i - 1]);
    return pairs + Math.floor(new Set(runs.filter((layer, i) => runs.indexOf(layer) !== i)).size / 2 + 0.5);
  }, 0);
}
