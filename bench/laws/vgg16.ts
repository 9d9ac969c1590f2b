// SPDX-License-Identifier: Apache-2.0
/** Compiles the 13 convolutions of VGG16 with seeded weights, each as a program of its own, and takes their cycles from the cycle model. */
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import { isWeighted, type Network } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { layerLaw } from '../../generator/model/law.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { pruneNetwork, type PruneResult } from '../../generator/prune/prune.js';
import { LATENCY } from './rtl.js';
import { isConvolution, lawOf, NETWORKS } from './shapes.js';
import type { MeasurementStore } from './store.js';

export const VGG16_CONFIG = validateConfig({ pes: 16, group: 8, requant: 2 });
export const VGG16_KEEP = 2;

export interface Vgg16Row {
  readonly name: string;
  /** Dense, and 2 of 8 (conv1_1 dense): the law, and START to interrupt by the cycle model. */
  readonly dense: { readonly law: number; readonly estimate: number };
  readonly sparse: { readonly law: number; readonly estimate: number };
}

/** 16 filters with their mask, many times behind one another: balanced cycles do not depend on weights, and millions of draws take minutes. */
function repeated(network: Network, prune: PruneResult | undefined, times: number): { readonly network: Network; readonly prune: PruneResult | undefined } {
  const again = <T extends Int8Array | Uint8Array | Int32Array>(values: T, into: T): T => {
    for (let i = 0; i < times; i++) into.set(values, i * values.length);
    return into;
  };
  const [op] = network.ops;
  if (op === undefined || !isWeighted(op)) throw new Error(`${network.name} has no weights`);
  const { weights, bias } = op;
  const [filters, ...filter] = weights.shape;
  const larger = {
    ...op, bias: again(bias, new Int32Array(times * bias.length)),
    weights: { ...weights, shape: [times * filters, ...filter] as const, data: again(weights.data, new Int8Array(times * weights.data.length)), scales: Array.from({ length: times * filters }, (_, o) => weights.scales[o % filters] as number) },
  };
  const tensors = network.tensors.map((tensor) => (tensor.id === op.outputs[0] ? { ...tensor, shape: [...tensor.shape.slice(0, 3), times * filters] } : tensor));
  const masks = new Map([...(prune?.masks ?? [])].map(([name, mask]) => [name, again(mask, new Uint8Array(times * mask.length))]));
  return { network: validateNetwork({ ...network, tensors, ops: [larger] }), prune: prune === undefined ? undefined : { ...prune, masks } };
}

const FILTERS = 16;

export async function measureVgg16(store: MeasurementStore): Promise<Vgg16Row[]> {
  const config = VGG16_CONFIG;
  const rows: Vgg16Row[] = [];
  for (const layer of NETWORKS.find(({ name }) => name === 'VGG16')?.layers.filter(isConvolution) ?? []) {
    // What the cycle model and the compiler are is no part of the key: `--fresh` compiles again.
    const estimate = await store.get(`VGG16, ${layer.name}, compiled`, ['vgg16', JSON.stringify([layer, config, LATENCY, VGG16_KEEP])], () => {
      const { side, inChannels, outChannels, kernel } = layer;
      const few = randomConvNetwork({ inputShape: [side, side, inChannels], outChannels: FILTERS, kernel, activation: 'relu', seed: 1 });
      const cycles = (own?: PruneResult): number => {
        const { network, prune } = repeated(few, own, outChannels / FILTERS);
        return estimateProgram(compileNetwork(network, prune, config), { readLatency: LATENCY, writeLatency: LATENCY }).totals.cycles;
      };
      return { dense: cycles(), sparse: cycles(pruneNetwork(few, keepPlan(config.group, VGG16_KEEP))) };
    });
    const law = (keep: number | 'dense'): number => layerLaw(lawOf(layer, keep), config).cycles;
    rows.push({ name: layer.name, dense: { law: law('dense'), estimate: estimate.dense }, sparse: { law: law(VGG16_KEEP), estimate: estimate.sparse } });
  }
  return rows;
}
