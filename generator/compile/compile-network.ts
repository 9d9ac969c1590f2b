// SPDX-License-Identifier: Apache-2.0
/** Owns compilation as a sequence of phases: network, masks and configuration in, memory image and programs out. */
import { configHash } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { builtInFormats, type IndexFormat } from '../arch/index-decoder.js';
import type { Network, Op, TensorId } from '../graph/network.js';
import type { PruneResult } from '../prune/prune.js';
import { planCommands } from './commands.js';
import type { CompiledLayer, CompiledNetwork, Place, Segment, Step } from './compiled-network.js';
import { describeLayer, streamBytesOf } from './describe-layer.js';
import { PlacementError, UnknownIndexFormatError } from './errors.js';
import { encodeProgram } from './instruction.js';
import { planLayers, type LayerPlan } from './layer-plan.js';
import type { TensorLayout } from './layout.js';
import { checkTokens } from './legality.js';
import { lowerNetwork } from './lower-network.js';
import type { Unit } from './lower/units.js';
import { buildProgram } from './program.js';
import type { Work } from './segments.js';

export interface CompileOptions {
  /** Encoding of an index decoder that is not built in. */
  readonly indexFormat?: IndexFormat;
  /** A program for every operator instead of one for all operators between two host operators; tilings stay the same. */
  readonly programPerLayer?: boolean;
  /** false: no operator is fused into the one before it, so every tensor is stored (default true). */
  readonly fuse?: boolean;
  /** false: no layer takes turns with its neighbour (default true). */
  readonly turns?: boolean;
  /** Images that a run computes: fully connected layers take them as pixels, over all lanes (default 1). */
  readonly batch?: number;
}

/**
 * Compiles a valid network for one configuration; weights outside the masks count as 0, no masks: dense.
 * Throws LayerDoesNotFitError, AccumulatorRangeError, ShiftRangeError, FieldRangeError, PatternLibraryError, UnknownIndexFormatError.
 */
export function compileNetwork(network: Network, prune: PruneResult | undefined, config: AccelConfig, options: CompileOptions = {}): CompiledNetwork {
  const apart = new Set<string>();
  for (;;) {
    try {
      return compileOnce(network, prune, config, options, apart);
    } catch (error) {
      // Turns are an offer: layers whose places do not go together are compiled one after the other.
      if (!(error instanceof PlacementError) || apart.has(error.layer)) throw error;
      apart.add(error.layer);
    }
  }
}

function compileOnce(network: Network, prune: PruneResult | undefined, config: AccelConfig, options: CompileOptions, apart: ReadonlySet<string>): CompiledNetwork {
  const format = indexFormat(config, options);

  // 1. Passes of the array in their order among the host's work, and a place for every tensor.
  const { units, memory, tensors, steps: planned } = lowerNetwork(network, prune, config, options);
  const tensor = (id: TensorId): TensorLayout => tensors[id] as TensorLayout;

  // 2. Layers: schedule, tiling and streams of each.
  const inPrograms = planned.flatMap((step) => (step.kind === 'array' ? step.work.flatMap(({ layers }) => layers).map((layer, i) => ({ layer, startsProgram: i === 0 })) : []));
  const plans = new Map(planLayers(inPrograms, { config, format, memory, tensor, apart: options.programPerLayer === true || options.turns === false ? 'all' : apart }).map((plan) => [plan.layer.name, plan]));

  // 3. Programs: commands, buffer places, instructions and tokens of each run.
  const segments: Segment[] = [];
  const compiled: CompiledLayer[] = [];
  const addProgram = (work: readonly Work[]): Step => {
    const layerPlans = work.flatMap(({ layers }) => layers).map(({ name }) => plans.get(name) as LayerPlan);
    const commands = planCommands(layerPlans, { config, tensor });
    const { instructions, layers: instructionLayers } = buildProgram({ config, plan: commands, tensor });
    checkTokens(instructions);
    const program = encodeProgram(instructions);
    const segment = {
      index: segments.length,
      programAddress: memory.append(program),
      programBytes: program.length,
      instructions,
      instructionLayers,
      layers: layerPlans.map(({ layer }) => layer.name),
    };
    segments.push(segment);
    compiled.push(...layerPlans.map((plan) => describeLayer(plan, commands, segment.index, config)));
    return { kind: 'array', segment };
  };
  const steps = planned.flatMap((step): Step[] => {
    if (step.kind !== 'array') return [{ kind: step.kind, op: step.work.ops[0] as Op }];
    return options.programPerLayer === true ? step.work.map((unit) => addProgram([unit])) : [addProgram(step.work)];
  });

  // 4. Result.
  const stored = new Set([...network.inputs, ...units.filter((unit) => !isDropped(unit)).map(({ outputId }) => outputId)]);
  return {
    network, config, batch: options.batch ?? 1, configHash: configHash(config), steps, segments, layers: compiled, tensors, stored, places: placesOf(units), streamBytes: streamBytesOf(plans.values()), image: memory.image(),
  };
}

function indexFormat(config: AccelConfig, options: CompileOptions): IndexFormat {
  const formats = [...(options.indexFormat === undefined ? [] : [options.indexFormat]), ...builtInFormats(config)];
  const format = formats.find((candidate) => candidate.name === config.index);
  if (format === undefined) throw new UnknownIndexFormatError(config.index, formats.map((candidate) => candidate.name));
  return format;
}

/** A reshape that every reader looks through. */
const isDropped = (unit: Unit): boolean => unit.kind === 'alias' && unit.dropped;

function placesOf(units: readonly Unit[]): Map<string, Place> {
  const placeOf = (unit: Unit, op: Op): Place => {
    if (unit.kind === 'host') return 'host';
    if (unit.kind === 'alias') return 'memory';
    if (op !== unit.ops[0]) return 'drain';
    return op.kind === 'max-pool' ? 'pool' : 'array';
  };
  return new Map(units.flatMap((unit) => unit.ops.map((op) => [op.name, placeOf(unit, op)] as const)));
}
