// SPDX-License-Identifier: Apache-2.0
/** Owns a whole simulation: every run that the report needs, compared with the golden model, ended at the first mismatch. */
import { configHash } from '../../generator/arch/config-hash.js';
import type { AccelConfig } from '../../generator/arch/config.js';
import type { IndexFormat } from '../../generator/arch/index-decoder.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import type { InputImage } from '../../generator/import/images.js';
import type { Network } from '../../generator/graph/network.js';
import { runGolden } from '../../generator/model/golden.js';
import { applyMasks, type PruneResult } from '../../generator/prune/prune.js';
import type { MismatchResult, NetworkResult } from '../../generator/report/network-result.js';
import { indexOfLargest } from '../../generator/tensor/tensor.js';
import type { ArrayExecutor } from './array-executor.js';
import type { LayerMismatch } from './mismatch.js';
import { networkResult, type Measured } from './network-result.js';
import { loadConstants, runLayer, runNetwork, scramble, type ProgramRun } from './run-network.js';

export type RunName = MismatchResult['run'];

export interface SimulationRequest {
  readonly network: Network;
  /** Absent: dense. */
  readonly prune?: PruneResult | undefined;
  readonly config: AccelConfig;
  readonly indexFormat?: IndexFormat | undefined;
  readonly images: readonly InputImage[];
  /** Number of the first image, for messages. */
  readonly firstImage?: number;
  /** Images that a program computes (default 1); the runs beside the network's take one. */
  readonly batch?: number;
  /** Only this layer, alone, on golden input. */
  readonly layer?: string | undefined;
  /** Also a run with a program for every layer, for the rows (default true). */
  readonly rows?: boolean;
  /** Also the dense network on one image (default true). */
  readonly dense?: boolean;
  /** Also this mask of the same density on one image. */
  readonly unconstrained?: PruneResult | undefined;
  /** Starts the accelerator with at least this much memory, in its state after power-up. */
  readonly open: (run: RunName, memoryBytes: number) => Promise<ArrayExecutor>;
  /** Changes a compiled network before it runs: tests of the comparison itself. */
  readonly tamper?: ((compiled: CompiledNetwork) => CompiledNetwork) | undefined;
  /** For the report. */
  readonly about: Pick<NetworkResult, 'simulator' | 'memory'>;
  readonly seed: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Progress {
  readonly run: RunName;
  readonly image: number;
  readonly layers: readonly string[];
  /** Programs begun, of all. */
  readonly done: number;
  readonly all: number;
}

export interface Simulation {
  readonly result: NetworkResult;
  /** The compilation with a program for every layer, of the network in which the mismatch was found. */
  readonly layers: CompiledNetwork | undefined;
}

/** A network with its masks applied, and how it was compiled. */
interface Variant {
  readonly network: Network;
  readonly compiled: CompiledNetwork;
}

export async function simulateNetwork(request: SimulationRequest): Promise<Simulation> {
  const { network, prune, config, images } = request;
  const options = request.indexFormat === undefined ? {} : { indexFormat: request.indexFormat };
  const variant = (masks: PruneResult | undefined, programPerLayer: boolean, batch = 1): Variant => {
    const compiled = compileNetwork(network, masks, config, { ...options, programPerLayer, batch });
    return { network: masks === undefined ? network : applyMasks(network, masks.masks), compiled: request.tamper?.(compiled) ?? compiled };
  };

  // 1. What is run: (name, network, images).
  const alone = request.layer !== undefined;
  const isPruned = prune !== undefined && [...prune.keep.values()].some((keep) => keep !== 'dense');
  const [firstImage] = images;
  const plan: { readonly run: RunName; readonly variant: Variant; readonly images: readonly InputImage[] }[] = [];
  const one = firstImage === undefined ? [] : [firstImage];
  if (alone || request.rows !== false) plan.push({ run: 'layers', variant: variant(prune, true), images: one });
  if (!alone) {
    plan.push({ run: 'network', variant: variant(prune, false, request.batch), images });
    if (isPruned && request.dense !== false) plan.push({ run: 'dense', variant: variant(undefined, false), images: one });
    if (request.unconstrained !== undefined) plan.push({ run: 'unconstrained', variant: variant(request.unconstrained, false), images: one });
  }

  // 2. The runs.
  const memoryBytes = Math.max(...plan.map(({ variant: { compiled } }) => compiled.image.length));
  const all = plan.reduce((sum, { variant: { compiled }, images: own }) => sum + (alone ? 1 : compiled.segments.length) * Math.ceil(own.length / compiled.batch), 0);
  const measured = new Map<RunName, Measured>();
  let mismatch: MismatchResult | undefined;
  let violations = 0;
  let done = 0;
  for (const { run, variant: own, images: inputs } of plan) {
    if (mismatch !== undefined) break;
    const executor = await request.open(run, memoryBytes);
    try {
      await loadConstants(executor, own.compiled);
      const runs: ProgramRun[][] = [];
      const exact = new Map<string, boolean>();
      let right = 0;
      let ran = 0;
      const { batch } = own.compiled;
      for (let index = 0; index < inputs.length; index += batch) {
        request.signal?.throwIfAborted();
        const images = Array.from({ length: batch }, (_, b) => inputs[Math.min(index + b, inputs.length - 1)] as InputImage);
        if (index > 0) await scramble(executor, own.compiled, request.seed + index);
        const number = (request.firstImage ?? 0) + index;
        const onProgram = (layers: readonly string[]): void => request.onProgress?.({ run, image: number, layers, done: done++, all });
        const { programs, checks, predicted } = await runImages(executor, own, images, onProgram, request.layer);
        runs.push([...programs]);
        ran = Math.min(index + batch, inputs.length);
        for (const [name, found] of checks) {
          exact.set(name, (exact.get(name) ?? true) && found === undefined);
          if (found !== undefined) mismatch ??= { run, image: number, ...found };
        }
        images.slice(0, inputs.length - index).forEach(({ label }, b) => { if (predicted[b] === label) right++; });
        if (mismatch !== undefined) break;
      }
      measured.set(run, { runs, exact, right, images: ran, batch });
    } finally {
      violations += await executor.close();
    }
  }

  // 3. The report.
  const result = networkResult({
    ...request.about, network, compiled: (plan[0] as (typeof plan)[number]).variant.compiled, prune, unconstrained: request.unconstrained, config, configHash: configHash(config),
    layer: request.layer, measured, mismatch, violations,
    hasLabels: !network.synthetic && images.every(({ label }) => label !== undefined),
  });
  const failed = mismatch === undefined ? undefined : variant(mismatch.run === 'dense' ? undefined : mismatch.run === 'unconstrained' ? request.unconstrained : prune, true);
  return { result, layers: failed?.compiled };
}

interface ImagesRun {
  readonly programs: readonly ProgramRun[];
  readonly checks: ReadonlyMap<string, LayerMismatch | undefined>;
  /** Index of the first largest output of each image; empty when only a layer ran. */
  readonly predicted: readonly number[];
}

async function runImages(executor: ArrayExecutor, { network, compiled }: Variant, images: readonly InputImage[], onProgram: (layers: readonly string[]) => void, layer: string | undefined): Promise<ImagesRun> {
  const golden = images.map(({ data }) => runGolden(network, data, { rounding: compiled.config.rounding }));
  const request = { compiled, network, executor, golden, onProgram };
  if (layer !== undefined) {
    const { mismatch, ...program } = await runLayer(request, layer);
    return { programs: [program], checks: new Map([[layer, mismatch]]), predicted: [] };
  }
  const { programs, checks, outputs } = await runNetwork({ ...request, images: images.map(({ data }) => data) });
  return { programs, checks, predicted: outputs.map(indexOfLargest) };
}
