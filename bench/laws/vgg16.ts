// SPDX-License-Identifier: Apache-2.0
/** Compiles the 13 convolutions of VGG16 with seeded weights, each as a program of its own, and takes their cycles from the cycle model. */
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { layerLaw } from '../../generator/model/law.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
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

export async function measureVgg16(store: MeasurementStore): Promise<Vgg16Row[]> {
  const config = VGG16_CONFIG;
  const rows: Vgg16Row[] = [];
  for (const layer of NETWORKS.find(({ name }) => name === 'VGG16')?.layers.filter(isConvolution) ?? []) {
    // What the cycle model and the compiler are is no part of the key: `--fresh` compiles again.
    const estimate = await store.get(`VGG16, ${layer.name}, compiled`, ['vgg16', JSON.stringify([layer, config, LATENCY, VGG16_KEEP])], () => {
      const { side, inChannels, outChannels, kernel } = layer;
      const network = randomConvNetwork({ inputShape: [side, side, inChannels], outChannels, kernel, activation: 'relu', seed: 1 });
      const cycles = (prune?: ReturnType<typeof pruneNetwork>): number => estimateProgram(compileNetwork(network, prune, config), { readLatency: LATENCY, writeLatency: LATENCY }).totals.cycles;
      return { dense: cycles(), sparse: cycles(pruneNetwork(network, keepPlan(config.group, VGG16_KEEP))) };
    });
    const law = (keep: number | 'dense'): number => layerLaw(lawOf(layer, keep), config).cycles;
    rows.push({ name: layer.name, dense: { law: law('dense'), estimate: estimate.dense }, sparse: { law: law(VGG16_KEEP), estimate: estimate.sparse } });
  }
  return rows;
}
