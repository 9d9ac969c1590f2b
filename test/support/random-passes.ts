// SPDX-License-Identifier: Apache-2.0
/** Owns seeded random passes of the array: every kind of layer, odd tensors, tiny buffers, several layers that share a program. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { windowExtent, type ArrayLayer, type ChannelParameters, type OperandStage } from '../../generator/compile/array-layer.js';
import type { TensorLayout } from '../../generator/compile/layout.js';
import { nextPowerOfTwo } from '../../generator/core/integers.js';
import { createRandom } from '../../generator/core/random.js';
import { arrayLayer, memoryFor, NO_PARAMETERS, operandStage, tensorOf, weightsOf, type Passes } from './array-layer.js';

type Random = ReturnType<typeof createRandom>;

export function randomConfig(random: Random): AccelConfig {
  const pes = random.pick([4, 4, 8, 8, 12, 16, 16, 24, 32, 64]);
  const group = random.pick([4, 4, 8, 8, 8, 16, 32]);
  const power = (low: number, high: number): number => 2 ** random.integer(low, high);
  const requant = random.pick([1, 2, 4, 8].filter((n) => pes % n === 0));
  const clusters = pes % group === 0 ? pes / group : 1;
  return validateConfig({
    pes, group, lanes: random.pick([1, 1, 2, 3, 4]), index: random.pick(['direct', 'bitmap']), requant, bus: random.pick([32, 64, 128, 256]),
    rounding: random.pick(['double', 'double', 'single']),
    weightDepth: Math.max(group, power(5, 10)), actDepth: Math.max(power(6, 10), 4 * clusters, 256 / group), schedDepth: power(5, 8), outDepth: nextPowerOfTwo(Math.max(power(5, 9), (2 * pes) / group)),
    partialDepth: nextPowerOfTwo(Math.max(power(4, 9), pes / requant)),
  });
}

/** Weight by channel, tap, word and position, without a table of them. */
const hash = (...numbers: readonly number[]): number => {
  let state = 0x9e3779b9;
  for (const number of numbers) state = Math.imul(state ^ (number + 0x7f4a7c15), 0x85ebca6b) ^ (state >>> 13);
  state = Math.imul(state ^ (state >>> 15), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
};

const range = (random: Random): { zeroPoint: number; clampMin: number; clampMax: number } =>
  ({ zeroPoint: random.integer(-40, 40), clampMin: random.integer(-128, -90), clampMax: random.integer(90, 127) });

const parameters = (random: Random, shift: number): ChannelParameters =>
  ({ bias: random.integer(-2000, 2000), multiplier: random.integer(2 ** 30, 2 ** 31 - 1), rightShift: random.integer(shift, shift + 2), leftShift: random.pick([0, 0, 0, 1]) });

class Builder {
  readonly tensors: TensorLayout[] = [];
  readonly sizes: number[][] = [];
  readonly layers: ArrayLayer[] = [];
  readonly memory;

  constructor(private readonly random: Random, private readonly config: AccelConfig, private readonly seed: number) {
    this.memory = memoryFor(config);
  }

  tensor(height: number, width: number, sizes: readonly number[]): number {
    const { random } = this;
    const extra = random.next() < 0.3 ? [random.integer(0, 2), random.integer(0, 2)] : [0, 0];
    this.sizes.push([...sizes]);
    return this.tensors.push(tensorOf(this.memory, this.config.group, height, width, sizes, extra[0], extra[1])) - 1;
  }

  /** Words with gaps behind their channels now and then. */
  wordSizes(most: number): number[] {
    const { random, config: { group } } = this;
    const words = random.integer(1, most);
    const gaps = random.next() < 0.2;
    return Array.from({ length: words }, (_, word) => (gaps ? random.integer(1, group) : word === words - 1 ? random.integer(1, group) : group));
  }

  add(inputId: number): void {
    const { random, config: { group }, seed } = this;
    const from = this.tensors[inputId] as TensorLayout;
    const inputSizes = this.sizes[inputId] as number[];
    const kind = random.pick(['conv', 'conv', 'conv', 'channelwise', 'depthwise', 'maximum', 'copy'] as const);
    const step = random.next() < 0.1 ? { height: random.integer(1, 2), width: random.integer(1, 2) } : { height: 1, width: 1 };
    const input = { height: Math.ceil(from.size.height / step.height), width: Math.ceil(from.size.width / step.width), words: from.words };
    const kernel = kind === 'copy' ? { height: 1, width: 1 } : { height: random.integer(1, 3), width: random.integer(1, 3) };
    const dilation = random.next() < 0.8 ? { height: 1, width: 1 } : { height: random.integer(1, 2), width: random.integer(1, 2) };
    const stride = { height: random.pick([1, 1, 2]), width: random.pick([1, 1, 2]) };
    const padding = kind === 'copy' ? { top: 0, left: 0 } : { top: random.integer(-1, kernel.height - 1), left: random.integer(-1, kernel.width - 1) };
    const outputs = (size: number, k: number, d: number, s: number, before: number, after: number): number => Math.max(1, Math.floor((size + before + after - windowExtent(1, s, k, d)) / s) + 1);
    const height = outputs(input.height, kernel.height, dilation.height, stride.height, padding.top, random.integer(0, kernel.height - 1));
    const width = outputs(input.width, kernel.width, dilation.width, stride.width, padding.left, random.integer(0, kernel.width - 1));
    const isChannelwise = kind !== 'conv';
    const outSizes = isChannelwise ? inputSizes : this.wordSizes(random.pick([2, 3, 8]));
    const isReal = (sizes: readonly number[], channel: number): boolean => channel % group < (sizes[Math.floor(channel / group)] ?? 0);
    const channels = (outSizes.length - 1) * group + (outSizes.at(-1) as number);
    const density = random.pick([0.3, 0.6, 1]);
    const [split, empty] = [random.next() < 0.1, random.next() < 0.1];
    const layerSeed = seed * 64 + this.layers.length;
    const slots = (channel: number, tap: number, word: number): [number, number][] => {
      if (!isReal(outSizes, channel) || (isChannelwise && word !== Math.floor(channel / group))) return [];
      if (kind === 'maximum' || kind === 'copy') return [[channel % group, 1]];
      if (empty && hash(layerSeed, 3, word, tap) % 3 === 0) return [];
      if (kind === 'depthwise') return [[channel % group, (hash(layerSeed, channel, tap) % 255) - 127]];
      return Array.from({ length: inputSizes[word] as number }, (_, position): [number, number][] => {
        const number = hash(layerSeed, channel, tap, word, position);
        if ((number & 1023) >= density * 1024) return [];
        const weight: [number, number] = [position, ((number >>> 12) % 255) - 127];
        return split && number % 5 === 0 ? [weight, [position, 100]] : [weight];
      }).flat();
    };
    const shift = kind === 'maximum' || kind === 'copy' ? 0 : 6;
    const places = random.next() < 0.15
      ? [0, 1].flatMap((row) => [0, 1].map((column) => ({ row, column, rowStep: 2, columnStep: 2 })))
      : [{ row: random.pick([0, 0, 1]), column: random.pick([0, 0, 1]), rowStep: 1, columnStep: 1 }];
    const first = places[0]!;
    const last = places.at(-1)!;
    const outputId = this.tensor(last.row + (height - 1) * last.rowStep + 1, last.column + (width - 1) * last.columnStep + 1, outSizes);
    const drain = random.pick(['none', 'none', 'table', 'operand', 'operand'] as const);
    const output = this.tensors[outputId] as TensorLayout;
    this.layers.push(arrayLayer({
      name: `${kind}_${this.layers.length}`, inputId, outputId, input, inputStep: step, output: { height, width, channels }, outputPlaces: places,
      kernel, stride, dilation, padding, padByte: kind === 'maximum' ? -128 : random.integer(-128, 127), reduce: kind === 'maximum' ? 'maximum' : 'sum', channelwise: isChannelwise,
      weights: weightsOf(slots, (word) => inputSizes[word] as number),
      parameters: Array.from({ length: channels }, (_, channel) => (isReal(outSizes, channel) ? parameters(random, shift) : NO_PARAMETERS)),
      value: range(random),
      table: drain === 'table' ? Int8Array.from({ length: 256 }, () => random.integer(-128, 127)) : undefined,
      operand: drain === 'operand' && places.length === 1 ? this.operand(output.size.height, output.size.width, outSizes, isReal, { row: first.row, column: first.column }) : undefined,
    }));
  }

  private operand(height: number, width: number, outSizes: readonly number[], isReal: (sizes: readonly number[], channel: number) => boolean, _origin: { readonly row: number; readonly column: number }): OperandStage {
    const { random, config: { group } } = this;
    const [rowStep, columnStep] = random.next() < 0.7 ? ([1, 1] as const) : ([random.pick([0, 1] as const), random.pick([0, 1] as const)] as const);
    const form = random.pick(['same', 'same', 'other', 'one'] as const);
    const sizes = form === 'same' ? outSizes : form === 'one' ? [1] : this.wordSizes(4);
    const tensorId = this.tensor(rowStep === 0 ? 1 : height, columnStep === 0 ? 1 : width, sizes);
    const { channelMap, words } = this.tensors[tensorId] as TensorLayout;
    const salt = random.integer(0, 1000);
    const byteOf = (channel: number): number => (form === 'same' ? channel : (channelMap[hash(salt, channel) % channelMap.length] as number));
    const kind = random.pick(['add', 'mul'] as const);
    const table = (): Int32Array => Int32Array.from({ length: 256 }, () => random.integer(-(2 ** 20), 2 ** 20));
    return operandStage({
      kind, tensorId, words, rowStep, columnStep,
      place: (channel) => (isReal(outSizes, channel) ? { word: Math.floor(byteOf(channel) / group), position: byteOf(channel) % group } : undefined),
      tables: kind === 'add' ? { value: table(), operand: table() } : undefined,
      zeroPoint: random.integer(-100, 100),
      parameters: { bias: random.integer(-100, 100), multiplier: random.integer(2 ** 30, 2 ** 31 - 1), rightShift: kind === 'add' ? 13 : 6, leftShift: 0 },
      output: range(random),
    });
  }
}

/** One to four layers in one program, each reading what an earlier one wrote, or a tensor that was there before. */
export function randomPasses(seed: number): Passes {
  const random = createRandom(seed);
  const config = randomConfig(random);
  const builder = new Builder(random, config, seed);
  const side = (): number => random.pick([1, random.integer(2, 6), random.integer(5, 12)]);
  builder.tensor(side(), side(), builder.wordSizes(random.pick([2, 4, 9])));
  for (let layers = random.integer(1, 4); layers > 0; layers--) {
    const known = [0, ...builder.layers.map(({ outputId }) => outputId)];
    builder.add(random.next() < 0.7 ? (known.at(-1) as number) : random.pick(known));
  }
  const { layers, tensors, memory } = builder;
  const describe = ({ name, kernel, output, operand, table }: ArrayLayer): string =>
    `${name} ${kernel.height}x${kernel.width} to ${output.height}x${output.width}x${output.channels}${operand === undefined ? '' : ` ${operand.kind}`}${table === undefined ? '' : ' table'}`;
  return { config, layers, tensors, memory, text: `seed ${seed}: ${config.name}, ${layers.map(describe).join(', ')}` };
}
