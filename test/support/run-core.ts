// SPDX-License-Identifier: Apache-2.0
/** Owns runs of one compiled layer on the generated core, with its whole output region compared. */
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { packTensor, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import type { AcceleratorHost, ProgramResult } from '../../sim/harness/index.js';

/** Memory image of a compiled network with the input packed. */
export function imageWithInput(compiled: CompiledNetwork, input: Int8Array): Uint8Array {
  const memory = compiled.image.slice();
  packTensor(memory, compiled.tensors[compiled.network.inputs[0] as number] as TensorLayout, input);
  return memory;
}

export const outputLayout = (compiled: CompiledNetwork): TensorLayout => compiled.tensors[compiled.network.outputs[0] as number] as TensorLayout;

/** The bytes that the output tensor must have in memory, padding channels 0. */
export function expectedOutput(compiled: CompiledNetwork, golden: Int8Array): Uint8Array {
  const layout = outputLayout(compiled);
  const bytes = new Uint8Array(layout.bytes);
  packTensor(bytes, { ...layout, address: 0 }, golden);
  return bytes;
}

/** A layer, an input and what must come out. */
export interface LayerCase {
  readonly compiled: CompiledNetwork;
  readonly input: Int8Array;
  readonly golden: Int8Array;
}

/** Where the program of the one array segment starts. */
export function programOffset({ segments }: CompiledNetwork): number {
  const [segment] = segments;
  if (segment === undefined || segments.length !== 1) throw new Error(`a network of one array layer has ${segments.length} array segments`);
  return segment.programAddress;
}

/** Writes program, streams and input; the output region is filled with 0xa5, so that a byte that nobody writes is seen. */
export async function loadLayer(host: AcceleratorHost, { compiled, input }: LayerCase, base: number): Promise<void> {
  const layout = outputLayout(compiled);
  const memory = imageWithInput(compiled, input);
  memory.fill(0xa5, layout.address, layout.address + layout.bytes);
  await host.session.loadMemory(memory, base);
}

/** First difference of the output region from the golden output, as text; undefined when every byte agrees. */
export async function compareOutput(host: AcceleratorHost, { compiled, golden }: LayerCase, base: number): Promise<string | undefined> {
  const layout = outputLayout(compiled);
  const mismatch = await host.session.compareMemory(expectedOutput(compiled, golden), base + layout.address);
  if (mismatch === undefined) return undefined;
  const at = mismatch.address - base - layout.address;
  const pixel = Math.floor(at / layout.pixelBytes);
  const found = unpackTensor(await host.session.dumpMemory(base + layout.address, layout.bytes), { ...layout, address: 0 });
  const wrong = golden.reduce((n, value, i) => n + (value === found[i] ? 0 : 1), 0);
  const place = `channel ${at % layout.pixelBytes}, y=${Math.floor(pixel / layout.size.width)} x=${pixel % layout.size.width}`;
  return `${place}: rtl 0x${mismatch.found}, golden 0x${mismatch.expected}; ${wrong} of ${golden.length} differ`;
}

export interface LayerRun {
  readonly result: ProgramResult;
  readonly mismatch: string | undefined;
}

/** Loads, runs and compares. */
export async function runLayer(host: AcceleratorHost, layer: LayerCase, base: number, timeoutCycles = 200_000): Promise<LayerRun> {
  await loadLayer(host, layer, base);
  const result = await host.runProgram({ base, programOffset: programOffset(layer.compiled), timeoutCycles });
  return { result, mismatch: await compareOutput(host, layer, base) };
}

/** What is wrong with a run that should end well; undefined when nothing is. */
export function runProblem({ result, mismatch }: LayerRun): string | undefined {
  const { status, errorCode, error, faultAddress, counters } = result;
  if (status !== 'done') return `${status} ${errorCode} ${error ?? ''} at 0x${faultAddress.toString(16)} after ${counters.CYCLES} cycles`;
  const sum = counters.CYCLES_COMPUTE + counters.CYCLES_DRAIN + counters.CYCLES_LOAD + counters.CYCLES_STORE + counters.CYCLES_DISPATCH;
  return mismatch ?? (sum === counters.CYCLES ? undefined : `cycle classes add up to ${sum} of ${counters.CYCLES}`);
}
