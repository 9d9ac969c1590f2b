// SPDX-License-Identifier: Apache-2.0
/** Owns passes of the array made by hand: layers from plain weights, tensors anywhere in memory, compiled and run without any graph. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { builtInFormats, type IndexFormat } from '../../generator/arch/index-decoder.js';
import type { ArrayLayer, ChannelParameters, LayerWeights, OperandStage } from '../../generator/compile/array-layer.js';
import { planCommands } from '../../generator/compile/commands.js';
import { encodeProgram, type Instruction } from '../../generator/compile/instruction.js';
import { planLayers, type LayerPlan } from '../../generator/compile/layer-plan.js';
import type { TensorLayout } from '../../generator/compile/layout.js';
import { checkTokens } from '../../generator/compile/legality.js';
import { MemoryImage } from '../../generator/compile/memory.js';
import { buildProgram } from '../../generator/compile/program.js';
import { createRandom } from '../../generator/core/random.js';
import { interpret, type InterpreterOptions, type InterpreterResult } from './interpreter.js';
import { runPass } from './run-passes.js';

/** Kept weights of a channel under a tap: position in the word and value, ascending. */
export type PlainSlots = (channel: number, tap: number, word: number) => readonly (readonly [position: number, weight: number])[];

export const weightsOf = (slots: PlainSlots, wordSize: (word: number) => number): LayerWeights => ({
  wordSize,
  slots(channel, tap, word, into) {
    const own = slots(channel, tap, word);
    own.forEach(([position, weight], i) => {
      into.positions[i] = position;
      into.weights[i] = weight;
    });
    return own.length;
  },
});

export const NO_PARAMETERS: ChannelParameters = { bias: 0, multiplier: 0, rightShift: 0, leftShift: 0 };
const ONE = { height: 1, width: 1 };

/** A layer of 1 x 1 windows, everything else as given. */
export const arrayLayer = (layer: Partial<ArrayLayer> & Pick<ArrayLayer, 'name' | 'inputId' | 'outputId' | 'input' | 'output' | 'weights'>): ArrayLayer => ({
  ops: [], inputStep: ONE, outputPlaces: [{ row: 0, column: 0, rowStep: 1, columnStep: 1 }], kernel: ONE, stride: ONE, dilation: ONE, padding: { top: 0, left: 0 },
  padByte: 0, reduce: 'sum', channelwise: false,
  parameters: Array.from({ length: layer.output.channels }, () => ({ bias: 0, multiplier: 2 ** 30, rightShift: 0, leftShift: 1 })),
  value: { zeroPoint: 0, clampMin: -128, clampMax: 127 }, table: undefined, operand: undefined,
  ...layer,
});

export const operandStage = (stage: Partial<OperandStage> & Pick<OperandStage, 'kind' | 'tensorId' | 'words' | 'place'>): OperandStage => ({
  rowStep: 1, columnStep: 1, tables: undefined, zeroPoint: 0, parameters: { bias: 0, multiplier: 2 ** 30, rightShift: 0, leftShift: 1 },
  output: { zeroPoint: 0, clampMin: -128, clampMax: 127 }, ...stage,
});

/** A tensor of height x width pixels with `sizes[w]` real channels in word w, and bytes between pixels and rows that belong to nobody. */
export function tensorOf(memory: MemoryImage, group: number, height: number, width: number, sizes: readonly number[], extraWords = 0, extraPixels = 0): TensorLayout {
  const channelMap = sizes.flatMap((size, word) => Array.from({ length: size }, (_, position) => word * group + position));
  const pixelBytes = (sizes.length + extraWords) * group;
  const rowBytes = (width + extraPixels) * pixelBytes;
  const bytes = height * rowBytes;
  const shape = [1, height, width, channelMap.length];
  return {
    address: memory.reserve(bytes), shape, size: { height, width, channels: channelMap.length }, words: sizes.length, pixelUsed: sizes.length * group,
    isPart: extraWords + extraPixels > 0, pixelBytes, rowBytes, bytes, imageBytes: bytes, channelMap,
  };
}

/** Layers that share a program, and the tensors they read and write, by id. */
export interface Passes {
  readonly config: AccelConfig;
  readonly layers: readonly ArrayLayer[];
  readonly tensors: readonly TensorLayout[];
  readonly memory: MemoryImage;
  readonly text: string;
}

export interface CompiledPasses {
  readonly plans: readonly LayerPlan[];
  readonly instructions: readonly Instruction[];
  readonly programAddress: number;
  readonly image: Uint8Array;
}

export const memoryFor = (config: AccelConfig): MemoryImage => new MemoryImage(Math.max(64, config.bus / 8, config.group));

export function compilePasses({ config, layers, tensors, memory }: Passes): CompiledPasses {
  const format = builtInFormats(config).find(({ name }) => name === config.index) as IndexFormat;
  const tensor = (id: number): TensorLayout => tensors[id] as TensorLayout;
  const plans = planLayers(layers.map((layer, i) => ({ layer, startsProgram: i === 0 })), { config, format, memory, tensor });
  const { instructions } = buildProgram({ config, plan: planCommands(plans, { config, tensor }), tensor });
  checkTokens(instructions);
  const programAddress = memory.append(encodeProgram(instructions));
  // A fetch reads ahead of END.
  memory.reserve(4096);
  return { plans, instructions, programAddress, image: memory.image() };
}

/** Runs compiled passes on seeded memory and by their plain meaning; returns the first difference of each output as text. */
export function comparePasses(passes: Passes, compiled: CompiledPasses, options: InterpreterOptions = {}, seed = 1): { readonly found: string[]; readonly result: InterpreterResult } {
  const { config, layers, tensors } = passes;
  const random = createRandom(seed);
  const memory = compiled.image.slice();
  for (const { address, bytes } of tensors) for (let at = address; at < address + bytes; at++) memory[at] = random.integer(0, 255);
  const expected = memory.slice();
  const result = interpret(memory, compiled.programAddress, config, options);
  const found: string[] = [];
  for (const layer of layers) runPass(layer, expected, (id) => tensors[id] as TensorLayout, config);
  for (const layer of layers) {
    const { address, size, rowBytes, pixelBytes, channelMap } = tensors[layer.outputId] as TensorLayout;
    const difference = ((): string | undefined => {
      for (let y = 0; y < size.height; y++) for (let x = 0; x < size.width; x++) for (const byte of channelMap) {
        const at = address + y * rowBytes + x * pixelBytes + byte;
        if (memory[at] !== expected[at]) return `${layer.name}, byte ${byte} of y=${y} x=${x}: core ${memory[at]}, expected ${expected[at]}`;
      }
      return undefined;
    })();
    if (difference !== undefined) found.push(difference);
  }
  return { found, result };
}
