// SPDX-License-Identifier: Apache-2.0
/** Holds every error of the compiler to its text, and every suggested value to working. */
import { describe, expect, it } from 'vitest';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import type { AccelConfig } from '../../generator/arch/config.js';
import { directFormat } from '../../generator/arch/index-decoder.js';
import type { ArrayLayer } from '../../generator/compile/array-layer.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { AccumulatorRangeError, LayerDoesNotFitError, ShiftRangeError, UnknownIndexFormatError } from '../../generator/compile/errors.js';
import { encodeInstruction, noTokens, type Instruction } from '../../generator/compile/instruction.js';
import { planLayer } from '../../generator/compile/layer-plan.js';
import type { Conv2dOp, Network } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { MaskShapeError } from '../../generator/prune/errors.js';
import { arrayLayer, memoryFor, weightsOf } from '../support/array-layer.js';
import { keepBalanced } from '../support/compile-layer.js';

const thrown = (action: () => unknown): Error => {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

const layer = (channels: number, kernel = 3, outChannels = 16): Network => randomConvNetwork({ inputShape: [8, 8, channels], outChannels, kernel, seed: 1 });

/** The same network with another first operator. */
const withOp = (network: Network, change: Partial<Conv2dOp>): Network => ({ ...network, ops: [{ ...(network.ops[0] as Conv2dOp), ...change }] });

describe('LayerDoesNotFitError', () => {
  /** The first layer of `outChannels` channels that are a maximum of `kernel` x `kernel` windows of as many. */
  const maximum = (channels: number, kernel: number): ArrayLayer => arrayLayer({
    name: 'pool', inputId: 0, outputId: 1, input: { height: kernel, width: kernel, words: Math.ceil(channels / 8) }, output: { height: 1, width: 1, channels },
    kernel: { height: kernel, width: kernel }, reduce: 'maximum', channelwise: true,
    weights: weightsOf((channel, _tap, word) => (Math.floor(channel / 8) === word ? [[channel % 8, 1]] : []), () => 8),
  });
  /** A pointwise layer of full words: all PEs take all positions. */
  const dense = (channels: number, group: number, outChannels: number): ArrayLayer => arrayLayer({
    name: 'dense', inputId: 0, outputId: 1, input: { height: 1, width: 1, words: channels / group }, output: { height: 1, width: 1, channels: outChannels },
    weights: weightsOf(() => Array.from({ length: group }, (_, position) => [position, 1] as const), () => group),
  });
  const plan = (made: ArrayLayer, config: AccelConfig): unknown => planLayer(made, true, { config, format: directFormat, memory: memoryFor(config) });

  it.each<[string, PartialConfig, ArrayLayer, string]>([
    ['weight', { pes: 12, group: 32, weightDepth: 32 }, dense(64, 32, 24), 'layer dense: the weight buffer has 32 words and the smallest tile needs 64 (2 tiles of 12 output channels); expected one tile to fit every buffer. Use --weight-depth 64.'],
    ['activation', { actDepth: 64, pes: 8 }, maximum(8, 9), 'layer pool: the activation buffer has 64 words and the smallest tile needs 81 (9 rows of 9 words a lane); expected one tile to fit every buffer. Use --act-depth 128.'],
    ['schedule', { schedDepth: 16, pes: 8 }, maximum(8, 6), 'layer pool: the schedule buffer has 16 words and the smallest tile needs 36 (36 groups under the kernel); expected one tile to fit every buffer. Use --sched-depth 64.'],
    ['partial-sum', { pes: 12, group: 32, requant: 1, partialDepth: 16, weightDepth: 64 }, dense(64, 32, 24), 'the partial-sum buffer has 16 words and the smallest tile needs 24 (2 tiles of 12 output channels); expected one tile to fit every buffer. Use --partial-depth 32.'],
    ['several', { schedDepth: 16, actDepth: 64, pes: 8 }, maximum(8, 9), 'Use --act-depth 128 --sched-depth 128.'],
  ])('names buffer, need, and a value that works: %s', (_name, input, made, text) => {
    const error = thrown(() => plan(made, validateConfig(input)));
    expect(error).toBeInstanceOf(LayerDoesNotFitError);
    expect(error.message).toContain(text);
    const repair = Object.fromEntries((error as LayerDoesNotFitError).needs.map(({ parameter, value }) => [parameter.replace(/-d/, 'D'), value]));
    expect(() => plan(made, validateConfig({ ...input, ...repair }))).not.toThrow();
  });

  it('does not come from size: pixels, rows, channels and taps are cut as far as it takes', () => {
    const tiny = validateConfig({ pes: 16, group: 8, weightDepth: 16, schedDepth: 16, actDepth: 16, outDepth: 16, partialDepth: 16, requant: 1 });
    expect(() => compileNetwork(layer(24, 3, 40), undefined, tiny)).not.toThrow();
  });

  it('suggests more PEs when the parameters of the tiles that share a word do not fit', () => {
    const config = validateConfig({ pes: 255, group: 32, weightDepth: 4096 });
    const network = randomConvNetwork({ inputShape: [2, 2, 32], outChannels: 255 * 32, kernel: 1, seed: 1 });
    const error = thrown(() => compileNetwork(network, undefined, config));
    expect(error.message).toContain('the parameter buffer has 1024 words and the smallest tile needs 8160 (32 tiles of 255 output channels)');
    expect(error.message).toContain('Use --pes 256.');
    expect(() => compileNetwork(network, undefined, validateConfig({ pes: 256, group: 32, weightDepth: 4096 }))).not.toThrow();
  });
});

describe('range errors', () => {
  it('AccumulatorRangeError names layer and channel', () => {
    const network = layer(8);
    const bias = (network.ops[0] as Conv2dOp).bias.slice();
    bias[5] = 2 ** 31 - 1;
    const error = thrown(() => compileNetwork(withOp(network, { bias }), undefined, validateConfig({})));
    expect(error).toBeInstanceOf(AccumulatorRangeError);
    expect(error.message).toMatch(/^layer conv2d_1, output channel 5: \|bias\| \+ 128 \* sum\|weight\| reaches \d+; expected less than 2\^31\. Use smaller weights/);
  });

  it('ShiftRangeError names the shift', () => {
    const network = layer(8);
    const { weights } = network.ops[0] as Conv2dOp;
    const scales = weights.scales.map((scale, i) => (i === 3 ? scale * 2 ** 20 : scale));
    const error = thrown(() => compileNetwork(withOp(network, { weights: { ...weights, scales } }), undefined, validateConfig({})));
    expect(error).toBeInstanceOf(ShiftRangeError);
    expect(error.message).toMatch(/^layer conv2d_1, output channel 3: requantization shift \d+; expected a left shift of at most 7 or a right shift of at most 31\./);
  });

  it('FieldRangeError names instruction and field', () => {
    const load: Instruction = { kind: 'loadStream', tokens: noTokens(), destination: 'weight', fields: { address: 0, base: 0, words: 70_000, beats: 1 } };
    expect(thrown(() => encodeInstruction(load)).message).toBe('instruction field loadStream.words: 70000; expected 0 to 65535. Split the layer, or use a smaller image.');
  });

  it('MaskShapeError comes from a mask of another layer', () => {
    const network = layer(8);
    const prune = keepBalanced(network, 8, 2);
    expect(thrown(() => compileNetwork(network, { ...prune, masks: new Map([['conv2d_1', new Uint8Array(3)]]) }, validateConfig({})))).toBeInstanceOf(MaskShapeError);
  });
});

describe('UnknownIndexFormatError', () => {
  it('names the decoder and the known ones; a format in the options helps', () => {
    const config = { ...validateConfig({}), index: 'mine' };
    const error = thrown(() => compileNetwork(layer(8), undefined, config));
    expect(error).toBeInstanceOf(UnknownIndexFormatError);
    expect(error.message).toContain('index decoder mine: no index format of this name; expected one of direct, bitmap, pattern, or a format passed in the options.');
    const indexFormat = { name: 'mine', unit: 'entry' as const, order: 'any' as const, bitsPerPe: () => 4, encode: () => [5n] };
    expect(() => compileNetwork(layer(8), keepBalanced(layer(8), 8, 2), config, { indexFormat })).not.toThrow();
  });
});
