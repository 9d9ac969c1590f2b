// SPDX-License-Identifier: Apache-2.0
/** Holds layers that the array does not run yet to the host: never compiled as if they were plain convolutions. */
import { expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { networkLaw } from '../../generator/model/law.js';

it.each([
  ['a grouped convolution', { inputShape: [5, 5, 8], outChannels: 8, groups: 2 }],
  ['a convolution whose weights have a zero point', { inputShape: [5, 5, 8], outChannels: 8, weightZeroPoint: 3 }],
  ['a fully connected layer whose weights have a zero point', { kind: 'fully-connected', inputShape: [1, 1, 8], outChannels: 8, weightZeroPoint: -9 }],
  ['a depthwise convolution with two filters a channel', { kind: 'depthwise-conv2d', inputShape: [5, 5, 4], outChannels: 8 }],
] as const)('%s is left to the host, and the law does not count it', (_what, request) => {
  const network = randomConvNetwork({ ...request, seed: 1 });
  const config = validateConfig({});
  const { steps, layers } = compileNetwork(network, undefined, config);
  expect(steps).toEqual([{ kind: 'host', op: network.ops[0] }]);
  expect([layers.length, networkLaw(network, new Map(), config).layers.size]).toEqual([0, 0]);
});
