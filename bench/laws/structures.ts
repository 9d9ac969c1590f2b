// SPDX-License-Identifier: Apache-2.0
/** Measures pattern and kernel-shape pruning on one layer in RTL: steady-state cycles as shares of the dense layer's. */
import { validateConfig } from '../../generator/arch/rules.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { inPatternOrder } from './pattern-order.js';
import { runOnCore } from './rtl.js';
import type { MeasurementStore } from './store.js';

export const STRUCTURES_CONFIG = validateConfig({ pes: 16, group: 8, requant: 2 });
export const TAPS = 9;

export interface StructureRow {
  readonly text: string;
  /** The share of the dense layer's steps that the scheme promises, as `numerator` / `denominator`. */
  readonly numerator: number;
  readonly denominator: number;
  /** Cycles in which a step was taken. */
  readonly steps: number;
  readonly denseSteps: number;
  readonly cycles: number;
  readonly denseCycles: number;
}

const structuresLayer = () => randomConvNetwork({ inputShape: [8, 8, 64], outChannels: 32, kernel: 3, activation: 'relu', seed: 3 });

interface Promised {
  readonly text: string;
  readonly numerator: number;
  readonly denominator: number;
}

/** n of 9 taps, for both sharings; by filter with the filters in the order of their patterns. */
export const IKR: readonly Promised[] = (['tile', 'filter'] as const).flatMap((sharing) =>
  Array.from({ length: TAPS }, (_, i) => ({ text: `pattern:${i + 1}@${sharing}`, numerator: i + 1, denominator: TAPS })));

const SHAPES = [['1x1', 1], ['3x2', 6], ['2x2', 4]] as const;

/** Kernel shapes alone and with K of 8 on top. */
export const SMOF: readonly Promised[] = SHAPES.flatMap(([shape, taps]) => [8, 4, 2].map((keep) => ({
  text: keep === 8 ? `kernel:${shape}` : `kernel:${shape}+balanced:${keep}/8`, numerator: taps * keep, denominator: TAPS * 8,
})));

export async function measureStructures(store: MeasurementStore, title: string, promises: readonly Promised[]): Promise<StructureRow[]> {
  const config = STRUCTURES_CONFIG;
  const network = structuresLayer();
  const dense = (await runOnCore(store, `${title}, dense`, config, network)).counters;
  const rows: StructureRow[] = [];
  for (const promise of promises) {
    const isDense = promise.numerator === promise.denominator;
    const prune = isDense ? undefined : pruneNetwork(network, { group: config.group, default: parseConstraint(promise.text, config), layers: new Map() });
    const placed = prune !== undefined && promise.text.includes('@filter') ? inPatternOrder(network, prune, config.pes) : { network, prune };
    const { counters } = await runOnCore(store, `${title}, ${promise.text}`, config, placed.network, placed.prune);
    rows.push({ ...promise, steps: counters.compute, denseSteps: dense.compute, cycles: counters.cycles, denseCycles: dense.cycles });
  }
  return rows;
}
