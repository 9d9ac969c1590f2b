// SPDX-License-Identifier: Apache-2.0
/** Owns the run of a random network on a random configuration: compiled, interpreted in several orders, compared with the golden model. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork, type CompileOptions } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { imageLayout, packTensor, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { createRandom } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { runGolden, runGoldenOp } from '../../generator/model/golden.js';
import { applyMasks, type PruneResult } from '../../generator/prune/prune.js';
import { int8Tensor } from '../../generator/tensor/tensor.js';
import { keepBalanced, keepUnconstrained } from './compile-layer.js';
import { interpret, type InterpreterOptions } from './interpreter.js';

/** Any legal configuration, many of them odd: P no multiple of G, buffers of 16 words, 16 lanes. */
export function randomConfig(seed: number): AccelConfig {
  const random = createRandom(seed);
  const pes = random.pick([1, 2, 3, 4, 5, 8, 8, 12, 16, 16, 16, 24, 32, 48, 64, 256]);
  const group = random.pick([2, 4, 8, 8, 8, 16, 32]);
  const requant = random.pick([1, 2, 4, 8, 16, 32].filter((n) => pes % n === 0));
  const bus = random.pick([32, 64, 64, 128, 512]);
  const { actSubBanks, outSubBanks, drain } = derive(validateConfig({ pes, group, requant, bus, outDepth: 1024 }));
  const depth = (least: number, ...choices: number[]): number => Math.max(2 ** Math.ceil(Math.log2(least)), random.pick(choices));
  const small = random.next() < 0.5;
  return validateConfig({
    pes, group, requant, bus, lanes: random.pick([1, 1, 1, 2, 3, 4, 16]), index: random.pick(['direct', 'direct', 'bitmap']), rounding: random.pick(['double', 'double', 'single']),
    weightDepth: depth(group, ...(small ? [16, 64] : [256, 2048])), actDepth: depth(2 * actSubBanks, ...(small ? [32, 64, 128] : [256, 1024])),
    schedDepth: depth(16, ...(small ? [16, 64] : [256, 1024])), outDepth: depth(Math.max(2 * outSubBanks, Math.ceil(pes / group)), ...(small ? [16, 64] : [128, 1024])),
    partialDepth: depth(Math.max(16, drain), ...(small ? [16, 64] : [512])),
  });
}

export interface GraphCase {
  readonly network: Network;
  readonly prune: PruneResult | undefined;
  readonly config: AccelConfig;
  readonly options: CompileOptions;
}

/** Masks, batch and fusion for a network. */
export function randomGraphCase(network: Network, config: AccelConfig, seed: number): GraphCase {
  const random = createRandom(seed);
  const scheme = random.pick([undefined, undefined, keepBalanced, keepUnconstrained]);
  const prune = scheme?.(network, config.group, random.integer(1, config.group));
  return { network, prune, config, options: { batch: random.pick([1, 1, 1, 2, 3]), fuse: random.next() < 0.85, programPerLayer: random.next() < 0.1 } };
}

/** First difference of each stored tensor and image from the golden model, for every interleaving; the compiler's errors come through. */
export function graphDifferences({ network, prune, config, options }: GraphCase, interleavings: readonly InterpreterOptions[]): string[] {
  const compiled = compileNetwork(network, prune, config, options);
  const inputs = Array.from({ length: compiled.batch }, (_, image) => randomInput(network, 5 + image));
  const masked = prune === undefined ? network : applyMasks(network, prune.masks);
  const golden = inputs.map((input) => runGolden(masked, input, { rounding: config.rounding }));
  const missing = network.outputs.filter((id) => !compiled.stored.has(id)).map((id) => `output t${id} is not stored`);
  return [...missing, ...interleavings.flatMap((options) => {
    const memory = runBatch(compiled, masked, inputs, options);
    return [...compiled.stored].flatMap((id) => golden.flatMap((tensors, image) => {
      const actual = unpackTensor(memory, imageLayout(compiled.tensors[id] as TensorLayout, image));
      const expected = tensors.get(id)?.data ?? new Int8Array();
      const at = expected.findIndex((value, i) => value !== actual[i]);
      return at < 0 && actual.length === expected.length ? [] : [`${JSON.stringify(options)}: t${id} of image ${image}, element ${at}: core ${actual[at]}, golden ${expected[at]}`];
    }));
  })];
}

/** Memory after all steps. */
function runBatch({ steps, tensors, image, config }: CompiledNetwork, network: Network, inputs: readonly Int8Array[], options: InterpreterOptions): Uint8Array {
  const memory = image.slice();
  const layout = (id: number, at: number): TensorLayout => imageLayout(tensors[id] as TensorLayout, at);
  inputs.forEach((input, at) => packTensor(memory, layout(network.inputs[0] as number, at), input));
  for (const step of steps) {
    if (step.kind === 'array') interpret(memory, step.segment.programAddress, config, options);
    if (step.kind !== 'host') continue;
    inputs.forEach((_, at) => {
      const values = step.op.inputs.map((id) => int8Tensor(layout(id, at).shape, unpackTensor(memory, layout(id, at))));
      packTensor(memory, layout(step.op.outputs[0], at), runGoldenOp(network, step.op, values, { rounding: config.rounding }).data);
    });
  }
  return memory;
}
