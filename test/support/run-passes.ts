// SPDX-License-Identifier: Apache-2.0
/** Owns the plain meaning of passes of the array: loops over windows, weights by place and the drain stage, on packed memory. */
import type { AccelConfig } from '../../generator/arch/config.js';
import type { ArrayLayer, ChannelParameters, OutputRange } from '../../generator/compile/array-layer.js';
import { imageLayout, packTensor, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { lowerNetwork } from '../../generator/compile/lower-network.js';
import type { Network } from '../../generator/graph/network.js';
import { runGolden, runGoldenOp } from '../../generator/model/golden.js';
import type { PruneResult } from '../../generator/prune/prune.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { multiplyByQuantizedMultiplier, type Rounding } from '../../generator/quantize/fixed-point.js';
import { int8Tensor } from '../../generator/tensor/tensor.js';

const int8 = (byte: number): number => (byte << 24) >> 24;

/** What the requantizer makes of a sum. */
function requantize(sum: number, { bias, multiplier, rightShift, leftShift }: ChannelParameters, { zeroPoint, clampMin, clampMax }: OutputRange, rounding: Rounding): number {
  const shifted = ((sum + bias) << leftShift) | 0;
  return Math.max(clampMin, Math.min(clampMax, multiplyByQuantizedMultiplier(shifted, multiplier, -rightShift, rounding) + zeroPoint));
}

/** One pass: reads and writes packed tensors. */
export function runPass(layer: ArrayLayer, memory: Uint8Array, tensor: (id: number) => TensorLayout, { group, rounding }: Pick<AccelConfig, 'group' | 'rounding'>): void {
  const from = tensor(layer.inputId);
  const to = tensor(layer.outputId);
  const { operand } = layer;
  const second = operand === undefined ? undefined : tensor(operand.tensorId);
  const into = { positions: new Uint8Array(4 * group), weights: new Int8Array(4 * group) };
  const byteAt = (y: number, x: number, byte: number): number => {
    if (y < 0 || x < 0 || y >= layer.input.height || x >= layer.input.width) return layer.padByte;
    return int8(memory[from.address + y * layer.inputStep.height * from.rowBytes + x * layer.inputStep.width * from.pixelBytes + byte] as number);
  };
  const results: [number, number][] = [];
  for (let c = 0; c < layer.output.channels; c++) {
    const parameters = layer.parameters[c] as ChannelParameters;
    const slots: { tap: number; byte: number; weight: number }[] = [];
    for (let tap = 0; tap < layer.kernel.height * layer.kernel.width; tap++) {
      for (let word = 0; word < layer.input.words; word++) {
        const count = layer.weights.slots(c, tap, word, into);
        if (count > 0 && layer.channelwise && word !== Math.floor(c / group)) throw new Error(`${layer.name} is not channelwise`);
        for (let i = 0; i < count; i++) {
          if ((into.positions[i] as number) >= layer.weights.wordSize(word)) throw new Error(`${layer.name}: a slot at a gap`);
          slots.push({ tap, byte: word * group + (into.positions[i] as number), weight: into.weights[i] as number });
        }
      }
    }
    if (slots.length === 0 && parameters.multiplier === 0 && operand?.place(c) === undefined) continue;
    for (let y = 0; y < layer.output.height; y++) {
      for (let x = 0; x < layer.output.width; x++) {
        const top = y * layer.stride.height - layer.padding.top;
        const left = x * layer.stride.width - layer.padding.left;
        let sum = 0;
        let most = -128;
        for (const { tap, byte, weight } of slots) {
          const value = byteAt(top + Math.floor(tap / layer.kernel.width) * layer.dilation.height, left + (tap % layer.kernel.width) * layer.dilation.width, byte);
          sum += value * weight;
          most = Math.max(most, value);
        }
        let value = requantize(layer.reduce === 'maximum' ? most : sum, parameters, layer.value, rounding);
        if (layer.table !== undefined) value = layer.table[value & 0xff] as number;
        const place = operand?.place(c);
        if (operand !== undefined && place !== undefined && second !== undefined) {
          const origin = layer.outputPlaces[0]!;
          const b = int8(memory[second.address + (origin.row + y) * operand.rowStep * second.rowBytes + (origin.column + x) * operand.columnStep * second.pixelBytes + place.word * group + place.position] as number);
          const met = operand.kind === 'add'
            ? (operand.tables!.value[value & 0xff] as number) + (operand.tables!.operand[b & 0xff] as number)
            : (value - layer.value.zeroPoint) * (b - operand.zeroPoint);
          value = requantize(met, operand.parameters, operand.output, rounding);
        }
        for (const { row, column, rowStep, columnStep } of layer.outputPlaces) {
          results.push([to.address + (row + y * rowStep) * to.rowBytes + (column + x * columnStep) * to.pixelBytes + c, value]);
        }
      }
    }
  }
  for (const [at, value] of results) memory[at] = value;
}

/** Lowers and runs a network on a batch of images; returns differences of stored tensors from the golden model as text. */
export function checkPasses(network: Network, prune: PruneResult | undefined, config: AccelConfig, images: Int8Array | readonly Int8Array[], fuse = true): string[] {
  const inputs = images instanceof Int8Array ? [images] : images;
  const { steps, tensors, memory } = lowerNetwork(network, prune, config, { fuse, batch: inputs.length });
  const bytes = memory.image();
  bytes.fill(0x5a);
  const masked = prune === undefined ? network : applyMasks(network, prune.masks);
  const golden = inputs.map((input) => runGolden(masked, input, { rounding: config.rounding }));
  const layout = (id: number, image: number): TensorLayout => imageLayout(tensors[id] as TensorLayout, image);
  inputs.forEach((input, image) => packTensor(bytes, layout(network.inputs[0] as number, image), input));
  const found: string[] = [];
  const compare = (what: string, id: number): void => golden.forEach((run, image) => {
    const actual = unpackTensor(bytes, layout(id, image));
    const expected = run.get(id)!.data;
    const at = expected.findIndex((value, i) => value !== actual[i]);
    if (at >= 0) found.push(`${what}, image ${image}: ${actual[at]} at ${at}, golden ${expected[at]}`);
  });
  for (const step of steps) {
    for (const { kind, layers, ops, output } of step.kind === 'array' ? step.work : [step.work]) {
      for (const layer of layers) runPass(layer, bytes, (id) => tensors[id] as TensorLayout, config);
      const [op] = ops;
      for (let image = 0; kind === 'host' && image < inputs.length; image++) {
        const own = op!.inputs.map((id) => int8Tensor(layout(id, image).shape, unpackTensor(bytes, layout(id, image))));
        packTensor(bytes, layout(output, image), runGoldenOp(masked, op!, own, { rounding: config.rounding }).data);
      }
      if (kind === 'array') compare(ops.map(({ name }) => name).join('+'), output);
    }
  }
  for (const id of network.outputs) compare(`output ${id}`, id);
  return found;
}
