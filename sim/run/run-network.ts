// SPDX-License-Identifier: Apache-2.0
/**
 * Owns one image's way through a compiled network: array programs on the executor, host operators on the array's own data,
 * every array layer compared with the golden tensors. A golden tensor never enters the memory here.
 */
import type { CompiledNetwork, Step } from '../../generator/compile/compiled-network.js';
import { packTensor, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
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
  /** The network's first output, computed from the array's data. */
  readonly output: Int8Array;
}

export interface RunRequest {
  readonly compiled: CompiledNetwork;
  /** The network that was compiled, its masks applied: host operators take their parameters from it. */
  readonly network: Network;
  readonly executor: ArrayExecutor;
  /** NHWC int8. */
  readonly image: Int8Array;
  /** The golden run of the same network on the same image. */
  readonly golden: GoldenTensors;
  /** Called before every program. */
  readonly onProgram?: (layers: readonly string[]) => void;
}

const layoutOf = ({ tensors }: CompiledNetwork, id: TensorId): TensorLayout => {
  const layout = tensors[id];
  if (layout === undefined) throw new DefectError('layoutOf', `tensor ${id} has no place`);
  return layout;
};

export async function readTensor(executor: ArrayExecutor, compiled: CompiledNetwork, id: TensorId): Promise<Int8Array> {
  const layout = layoutOf(compiled, id);
  return unpackTensor(await executor.read(layout.address, layout.bytes), { ...layout, address: 0 });
}

export async function writeTensor(executor: ArrayExecutor, compiled: CompiledNetwork, id: TensorId, data: Int8Array): Promise<void> {
  const layout = layoutOf(compiled, id);
  // Bytes between the pixels of a part belong to other tensors.
  const bytes = layout.isPart ? (await executor.read(layout.address, layout.bytes)).slice() : new Uint8Array(layout.bytes);
  packTensor(bytes, { ...layout, address: 0 }, data);
  await executor.write(layout.address, bytes);
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

/** Runs one image; programs and streams must be loaded. */
export async function runNetwork({ compiled, network, executor, image, golden, onProgram }: RunRequest): Promise<NetworkRun> {
  const programs: ProgramRun[] = [];
  const checks = new Map<string, LayerMismatch | undefined>();
  await writeTensor(executor, compiled, network.inputs[0] as TensorId, image);
  for (const step of compiled.steps) {
    if (step.kind === 'host') await runHostStep(executor, compiled, network, step);
    if (step.kind !== 'array') continue;
    const { layers, programAddress } = step.segment;
    onProgram?.(layers);
    programs.push({ layers, counters: await executor.run(programAddress) });
    for (const name of layers) checks.set(name, await checkLayer(executor, compiled, name, golden));
  }
  return { programs, checks, output: await readTensor(executor, compiled, network.outputs[0] as TensorId) };
}

async function checkLayer(executor: ArrayExecutor, compiled: CompiledNetwork, name: string, golden: GoldenTensors): Promise<LayerMismatch | undefined> {
  const layer = layerOf(compiled, name);
  // A copy writes a place inside the tensor that its operator joins.
  const outputId = layer.outputId < compiled.network.tensors.length ? layer.outputId : opByName(compiled.network, layer.ops.at(-1) as string).outputs[0];
  const expected = golden.get(outputId);
  if (expected === undefined) throw new DefectError(`checkLayer ${name}`, 'the golden run has no such tensor');
  return compareLayer(compiled, layer, outputId, await readTensor(executor, compiled, outputId), expected.data);
}

/** The host reads what the array wrote, computes, and writes where the array will read. */
async function runHostStep(executor: ArrayExecutor, compiled: CompiledNetwork, network: Network, { op: { name } }: Extract<Step, { kind: 'host' }>): Promise<void> {
  const op = opByName(network, name);
  const inputs = [];
  for (const id of op.inputs) inputs.push(int8Tensor(layoutOf(compiled, id).shape, await readTensor(executor, compiled, id)));
  await writeTensor(executor, compiled, op.outputs[0], runGoldenOp(network, op, inputs, { rounding: compiled.config.rounding }).data);
}

/** Runs the program of one operator alone, on golden inputs. `compiled` has a program for every operator. */
export async function runLayer({ compiled, executor, golden, onProgram }: Omit<RunRequest, 'image'>, name: string): Promise<ProgramRun & { readonly mismatch: LayerMismatch | undefined }> {
  const layers = compiled.layers.filter(({ ops }) => ops.includes(name));
  const step = compiled.steps.find((candidate) => candidate.kind === 'array' && candidate.segment.layers.includes(layers[0]?.name ?? ''));
  if (step?.kind !== 'array' || step.segment.layers.length !== layers.length) throw new DefectError(`runLayer ${name}`, 'it has no program of its own');
  for (const id of new Set(layers.flatMap(({ inputId, operandId }) => (operandId === undefined ? [inputId] : [inputId, operandId])))) {
    const input = golden.get(id);
    if (input === undefined) throw new DefectError(`runLayer ${name}`, 'the golden run has no input for it');
    await writeTensor(executor, compiled, id, input.data);
  }
  onProgram?.(step.segment.layers);
  const counters = await executor.run(step.segment.programAddress);
  let mismatch: LayerMismatch | undefined;
  for (const layer of step.segment.layers) mismatch ??= await checkLayer(executor, compiled, layer, golden);
  return { layers: step.segment.layers, counters, mismatch };
}
