// SPDX-License-Identifier: Apache-2.0
/** Owns the front end of the compiler: from a network to passes of the array, their order among the host's work, and places of tensors. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { Network } from '../graph/network.js';
import type { PruneResult } from '../prune/prune.js';
import { imageLayout, tensorLayout, type TensorLayout } from './layout.js';
import { lowerCopy, lowerUnit, type LowerContext } from './lower/lower.js';
import { planUnits, unitInputs, type Unit } from './lower/units.js';
import { MemoryImage } from './memory.js';
import { isAlias, isLookedThrough, placeTensors, type Placement } from './placement.js';
import { planSteps, type PlannedStep, type Work } from './segments.js';

/** Bus beats that a pixel must have to be worth a burst of its own. */
const BURST_BEATS = 8;

export interface LoweredNetwork {
  readonly units: readonly Unit[];
  readonly steps: readonly PlannedStep[];
  /** By tensor id; behind the network's tensors places of copies and of further images of a batch. */
  readonly tensors: readonly TensorLayout[];
  /** With a place reserved for every tensor. */
  readonly memory: MemoryImage;
}

export interface LowerOptions {
  /** false: every operator is a pass of its own (default true). */
  readonly fuse?: boolean;
  /** Images that a run computes (default 1). */
  readonly batch?: number;
}

/** Throws MaskShapeError and range errors. */
export function lowerNetwork(network: Network, prune: PruneResult | undefined, config: AccelConfig, { fuse = true, batch = 1 }: LowerOptions = {}): LoweredNetwork {
  const { group, weightBits, rounding } = config;
  const { accumulatorBits } = derive(config);
  // A schedule entry and a step a tap, for every word that a tile reads one after the other.
  const taps = Math.min(config.schedDepth, config.weightDepth);
  const maximumTaps = Math.floor(taps / (derive(config).clusters > 1 ? 1 : Math.ceil(config.pes / group)));
  const units = planUnits(network, {
    isAlias: (op) => isAlias(network, op, group),
    isLookedThrough: (op) => isLookedThrough(network, op),
    isHosted: (op) => op.kind === 'max-pool' && Math.max(op.filterHeight, op.filterWidth) > taps,
  }, { fuse });
  const memory = new MemoryImage(Math.max(64, config.bus / 8, group * derive(config).clusters));
  const placement = placeTensors(network, units, config, memory, batch);
  const single = placement.tensors;
  const tensors = Array.from({ length: batch }, (_, image) => single.map((layout) => imageLayout(layout, image))).flat();
  const context: LowerContext = {
    network, prune, group, weightBits, accumulatorBits, rounding, burstBytes: BURST_BEATS * (config.bus / 8), batch,
    tensor: (id) => tensors[id] as TensorLayout,
    imageOf: (id, image) => (id < single.length ? id + image * single.length : id + image),
    maximumTaps,
    scratch: (like, height, width) => {
      const own = tensorLayout(0, [1, height, width, like.size.channels], group, like.channelMap);
      const placed = { ...own, address: memory.reserve(own.bytes * batch) };
      for (let image = 0; image < batch; image++) tensors.push(imageLayout(placed, image));
      return tensors.length - batch;
    },
  };
  return { units, tensors, memory, steps: planSteps(network, units.map((unit) => workOf(unit, placement, context))) };
}

/** A concatenation is array work only where inputs have to be copied. */
function workOf(unit: Unit, { copies }: Placement, context: LowerContext): Work {
  const common = { ops: unit.ops, inputs: unitInputs(unit), output: unit.outputId };
  if (unit.kind === 'array') return { ...common, kind: 'array', layers: lowerUnit(unit, context) };
  const own = copies.filter(({ op }) => op === unit.ops[0]);
  return own.length > 0 ? { ...common, kind: 'array', layers: own.flatMap((copy, i) => lowerCopy(copy, i, context)) } : { ...common, kind: unit.kind, layers: [] };
}
