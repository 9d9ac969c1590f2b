// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the way of one image, or of a batch, through a compiled network: array programs on the executor, host operators on the array's own data,
 * every array layer compared with the golden tensors. A golden tensor never enters the memory here.
 */
import type { CompiledNetwork, Step } from '../../generator/compile/compiled-network.js';
import { imageLayout, packTensor, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { createRandom } from '../../generator/core/random.js';
import { DefectError } from '../../generator/core/errors.js';
import type { Network, TensorId } from '../../generator/graph/network.js';
import { opByName } from '../../generator/graph/query.js';
import { runGoldenOp, type GoldenTensors } from '../../generator/model/golden.js';
import { int8Tensor } from '../../generator/tensor/tensor.js';
import type { ArrayExecutor, ProgramCounters } from './array-executor.js';
import { compareLayer, layerOf, type LayerMismatch } from './mismatch.js';

export interface ProgramRun {
  readonly layers: readonly string[];
  readonly counters: ProgramCounters;
}

export interface NetworkRun {
  /** In order: one a program. */
  readonly programs: readonly ProgramRun[];
  /** Array layers by name, in order: their first mismatch, undefined when all bits agree. */
  readonly checks: ReadonlyMap<string, LayerMismatch | undefined>;
  /** The network's first output, computed from the array's data, of each image. */
  readonly outputs: readonly Int8Array[];
}

export interface RunRequest {
  readonly compiled: CompiledNetwork;
  /** The network that was compiled, its masks applied: host operators take their parameters from it. */
  readonly network: Network;
  readonly executor: ArrayExecutor;
  /** NHWC int8, as many as the program's batch. */
  readonly images: readonly Int8Array[];
  /** Golden runs of the same network on the same images. */
  readonly golden: readonly GoldenTensors[];
  /** Called before every program. */
  readonly onProgram?: (layers: readonly string[]) => void;
}

const layoutOf = ({ tensors }: CompiledNetwork, id: TensorId, image: number): TensorLayout => {
  const layout = tensors[id];
  if (layout === undefined) throw new DefectError('layoutOf', `tensor ${id} has no place`);
  return imageLayout(layout, image);
};

/** Bytes between the pixels belong to other tensors, or to none. */
const hasGaps = ({ pixelBytes, pixelUsed, isPart }: TensorLayout): boolean => isPart || pixelBytes !== pixelUsed;

export async function readTensor(executor: ArrayExecutor, compiled: CompiledNetwork, id: TensorId, image = 0): Promise<Int8Array> {
  const layout = layoutOf(compiled, id, image);
  const { address, bytes, size, rowBytes, pixelBytes, pixelUsed } = layout;
  if (!hasGaps(layout) || !executor.seesUnknown) return unpackTensor(await executor.read(address, bytes), { ...layout, address: 0 });
  // What lies in the gaps may never have been written.
  const memory = new Uint8Array(bytes);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const at = y * rowBytes + x * pixelBytes;
      memory.set(await executor.read(address + at, pixelUsed), at);
    }
  }
  return unpackTensor(memory, { ...layout, address: 0 });
}

export async function writeTensor(executor: ArrayExecutor, compiled: CompiledNetwork, id: TensorId, data: Int8Array, image = 0): Promise<void> {
  const layout = layoutOf(compiled, id, image);
  const { address, bytes, size, rowBytes, pixelBytes, pixelUsed } = layout;
  const memory = new Uint8Array(bytes);
  packTensor(memory, { ...layout, address: 0 }, data);
  if (!layout.isPart) return executor.write(address, memory);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const at = y * rowBytes + x * pixelBytes;
      await executor.write(address + at, memory.subarray(at, at + pixelUsed));
    }
  }
}

/** Byte ranges of the activation tensors, merged, ascending. */
function tensorRanges({ tensors }: CompiledNetwork): { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const { address, bytes } of [...tensors].sort((a, b) => a.address - b.address)) {
    const last = ranges.at(-1);
    if (last !== undefined && address <= last.to) last.to = Math.max(last.to, address + bytes);
    else ranges.push({ from: address, to: address + bytes });
  }
  return ranges;
}

/** Loads programs and streams; activation memory stays as the simulator leaves it: unknown, or random. */
export async function loadConstants(executor: ArrayExecutor, compiled: CompiledNetwork): Promise<void> {
  let from = 0;
  for (const range of [...tensorRanges(compiled), { from: compiled.image.length, to: 0 }]) {
    if (range.from > from) await executor.write(from, compiled.image.subarray(from, range.from));
    from = range.to;
  }
}

/** Overwrites every activation with noise, so that nothing of an earlier image can pass for a result. */
export async function scramble(executor: ArrayExecutor, compiled: CompiledNetwork, seed: number): Promise<void> {
  const random = createRandom(seed);
  for (const { from, to } of tensorRanges(compiled)) {
    await executor.write(from, Uint8Array.from({ length: to - from }, () => random.integer(0, 255)));
  }
}

/** Runs the images of one batch; programs and streams must be loaded. */
export async function runNetwork({ compiled, network, executor, images, golden, onProgram }: RunRequest): Promise<NetworkRun> {
  const programs: ProgramRun[] = [];
  const checks = new Map<string, LayerMismatch | undefined>();
  for (const [b, image] of images.entries()) await writeTensor(executor, compiled, network.inputs[0] as TensorId, image, b);
  for (const step of compiled.steps) {
    if (step.kind === 'host') for (const b of images.keys()) await runHostStep(executor, compiled, network, step, b);
    if (step.kind !== 'array') continue;
    const { layers, programAddress } = step.segment;
    onProgram?.(layers);
    programs.push({ layers, counters: await executor.run(programAddress) });
    for (const name of layers) checks.set(name, await checkLayer(executor, compiled, name, golden));
  }
  const outputs: Int8Array[] = [];
  for (const b of images.keys()) outputs.push(await readTensor(executor, compiled, network.outputs[0] as TensorId, b));
  return { programs, checks, outputs };
}

async function checkLayer(executor: ArrayExecutor, compiled: CompiledNetwork, name: string, golden: readonly GoldenTensors[]): Promise<LayerMismatch | undefined> {
  const layer = layerOf(compiled, name);
  // What the pass computes, whichever image of the batch or place of a copy it writes.
  const outputId = opByName(compiled.network, layer.ops.at(-1) as string).outputs[0];
  for (const [b, tensors] of golden.entries()) {
    const expected = tensors.get(outputId);
    if (expected === undefined) throw new DefectError(`checkLayer ${name}`, 'the golden run has no such tensor');
    const mismatch = compareLayer(compiled, layer, outputId, await readTensor(executor, compiled, outputId, b), expected.data);
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

/** The host reads what the array wrote, computes, and writes where the array will read. */
async function runHostStep(executor: ArrayExecutor, compiled: CompiledNetwork, network: Network, { op: { name } }: Extract<Step, { kind: 'host' }>, image: number): Promise<void> {
  const op = opByName(network, name);
  const inputs = [];
  for (const id of op.inputs) inputs.push(int8Tensor(layoutOf(compiled, id, image).shape, await readTensor(executor, compiled, id, image)));
  await writeTensor(executor, compiled, op.outputs[0], runGoldenOp(network, op, inputs, { rounding: compiled.config.rounding }).data, image);
}

/** Runs the program of one operator alone, on golden inputs. `compiled` has a program for every operator. */
export async function runLayer({ compiled, executor, golden, onProgram }: Omit<RunRequest, 'images'>, name: string): Promise<ProgramRun & { readonly mismatch: LayerMismatch | undefined }> {
  const layers = compiled.layers.filter(({ ops }) => ops.includes(name));
  const step = compiled.steps.find((candidate) => candidate.kind === 'array' && candidate.segment.layers.includes(layers[0]?.name ?? ''));
  if (step?.kind !== 'array' || step.segment.layers.length !== layers.length) throw new DefectError(`runLayer ${name}`, 'it has no program of its own');
  for (const id of new Set(layers.flatMap(({ inputId, operandId }) => (operandId === undefined ? [inputId] : [inputId, operandId])))) {
    const input = golden[0]?.get(id);
    if (input === undefined) throw new DefectError(`runLayer ${name}`, 'the golden run has no input for it');
    await writeTensor(executor, compiled, id, input.data);
  }
  onProgram?.(step.segment.layers);
  const counters = await executor.run(step.segment.programAddress);
  let mismatch: LayerMismatch | undefined;
  for (const layer of step.segment.layers) mismatch ??= await checkLayer(executor, compiled, layer, golden);
  return { layers: step.segment.layers, counters, mismatch };
}
