// SPDX-License-Identifier: Apache-2.0
/** Measures the SqueezeNet that others pruned without constraint: as it is, and rebalanced to K of G at the density of each layer. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import type { Network } from '../../generator/graph/network.js';
import { tensorById, weightedOps } from '../../generator/graph/query.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { networkLaw } from '../../generator/model/law.js';
import { balanced } from '../../generator/prune/constraints/balanced.js';
import { keepPlan, type LayerRequest } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork, type PruneResult } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { indexOfLargest } from '../../generator/tensor/tensor.js';
import { ONNX_MODELS, type OnnxModel } from '../networks/onnx-models.js';
import { absentOnnxFiles, loadOnnx, type LoadedOnnx } from '../networks/onnx-subjects.js';
import { runOnCore } from './rtl.js';
import type { MeasurementStore } from './store.js';

/** As in docs/onnx-models.md. */
export const SQUEEZENET_CONFIG = validateConfig({ pes: 16, group: 8, lanes: 4, requant: 2 });

export interface SqueezenetLayer {
  readonly name: string;
  readonly shape: string;
  readonly weights: number;
  readonly nonzero: number;
  /** K of 8, or dense. */
  readonly keep: number | 'dense';
  /** Slots that the rebalanced mask keeps, and weights other than 0 that it takes away. */
  readonly kept: number;
  readonly lost: number;
  readonly cycles: { readonly dense: number; readonly existing: number; readonly rebalanced: number };
}

export interface SqueezenetVariant {
  readonly name: 'dense' | 'existing' | 'rebalanced';
  readonly cycles: number;
  readonly compute: number;
  readonly estimate: number;
  readonly lawCycles: number;
  readonly passes: number;
  /** Share of weights that are not 0. */
  readonly density: number;
  /** Inputs with onnxruntime's answer of the float model, and with the answer of the int8 network as it is. */
  readonly same: number;
  readonly sameAsInt8: number;
}

export interface SqueezenetRow {
  readonly file: string;
  readonly inputs: number;
  readonly layers: readonly SqueezenetLayer[];
  readonly variants: readonly SqueezenetVariant[];
}

const squeezenet = ONNX_MODELS.find(({ name }) => name === 'squeezenet') as OnnxModel;
export const absentSqueezenetFiles = (): string[] => absentOnnxFiles(squeezenet);

const nonzeroOf = (data: ArrayLike<number>, zeroPoint: number): number => Array.from(data).reduce((sum, weight) => sum + (weight === zeroPoint ? 0 : 1), 0);

/** K of 8 whose density is nearest to the layer's own; 8 is dense. */
export function nearestKeep(nonzero: number, weights: number, group: number): number {
  return Math.min(group, Math.max(1, Math.round((group * nonzero) / weights)));
}

function rebalance(network: Network, { group }: AccelConfig): PruneResult {
  const layers = new Map<string, LayerRequest>();
  for (const { name, weights } of weightedOps(network)) {
    if (weights.shape[3] < group) continue;
    const keep = nearestKeep(nonzeroOf(weights.data, weights.zeroPoint), weights.data.length, group);
    layers.set(name, keep === group ? 'dense' : balanced({ keep, group }));
  }
  return pruneNetwork(network, { group, default: 'dense', layers }, { reprune: true });
}

/** Of the golden model, on every recorded input. */
function answersOf(store: MeasurementStore, title: string, network: Network, { inputs, recorded }: LoadedOnnx): Promise<number[]> {
  const { quantization } = tensorById(network, network.inputs[0] as number);
  const weights = weightedOps(network).map(({ weights: { data } }) => new Uint8Array(data.buffer, data.byteOffset, data.length));
  return store.get(title, ['answers', recorded.inputsSha256, JSON.stringify(network.tensors), ...weights], () =>
    inputs.map(({ data }) => indexOfLargest(goldenOutput(network, runGolden(network, realToInt8(data, quantization))).data)));
}

export async function measureSqueezenet(store: MeasurementStore): Promise<SqueezenetRow> {
  const config = SQUEEZENET_CONFIG;
  const loaded = loadOnnx(squeezenet);
  const { network, inputs, recorded } = loaded;
  const prunes = {
    dense: undefined,
    existing: pruneNetwork(network, keepPlan(config.group, 'existing', {}, 'unconstrained')),
    rebalanced: rebalance(network, config),
  };
  const ops = weightedOps(network);
  const all = ops.reduce((sum, { weights }) => sum + weights.data.length, 0);
  const { quantization } = tensorById(network, network.inputs[0] as number);
  const image = realToInt8((inputs[0] as LoadedOnnx['inputs'][number]).data, quantization);
  const int8 = await answersOf(store, 'squeezenet: answers as it is', network, loaded);
  const laws = Object.fromEntries(Object.entries(prunes).map(([name, prune]) => [name, networkLaw(network, prune === undefined ? new Map() : lawKeeps(network, prune), config)])) as Record<SqueezenetVariant['name'], ReturnType<typeof networkLaw>>;
  const variants: SqueezenetVariant[] = [];
  for (const name of ['dense', 'existing', 'rebalanced'] as const) {
    const prune = prunes[name];
    const { counters, estimate, passes } = await runOnCore(store, `squeezenet ${name} on the core`, config, network, prune, image);
    const masked = prune === undefined ? network : applyMasks(network, prune.masks);
    const own = name === 'rebalanced' ? await answersOf(store, 'squeezenet: answers rebalanced', masked, loaded) : int8;
    variants.push({
      name, cycles: counters.cycles, compute: counters.compute, estimate, passes, lawCycles: laws[name].cycles,
      density: weightedOps(masked).reduce((sum, { weights }) => sum + nonzeroOf(weights.data, weights.zeroPoint), 0) / all,
      same: own.filter((answer, i) => answer === recorded.answers[i]).length,
      sameAsInt8: own.filter((answer, i) => answer === int8[i]).length,
    });
  }
  const layers = ops.map(({ name, weights }): SqueezenetLayer => {
    const mask = prunes.rebalanced.masks.get(name) as Uint8Array;
    const keep = prunes.rebalanced.keep.get(name);
    return {
      name, shape: weights.shape.join(' x '), weights: weights.data.length, nonzero: nonzeroOf(weights.data, weights.zeroPoint),
      keep: typeof keep === 'number' ? keep : 'dense',
      kept: mask.reduce((sum, bit) => sum + bit, 0),
      lost: weights.data.reduce((sum, weight, i) => sum + (weight !== weights.zeroPoint && mask[i] === 0 ? 1 : 0), 0),
      cycles: { dense: laws.dense.layers.get(name)?.cycles ?? 0, existing: laws.existing.layers.get(name)?.cycles ?? 0, rebalanced: laws.rebalanced.layers.get(name)?.cycles ?? 0 },
    };
  });
  return { file: recorded.model, inputs: inputs.length, layers, variants };
}
