// SPDX-License-Identifier: Apache-2.0
/** Owns compilation as a sequence of phases: network, masks and configuration in, memory image and programs out. */
import { configHash } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { bitmapFormat, directFormat, type IndexFormat } from '../arch/index-decoder.js';
import type { Network, Op, TensorId } from '../graph/network.js';
import type { PruneResult } from '../prune/prune.js';
import { planCommands } from './commands.js';
import type { CompiledLayer, CompiledNetwork, Place, Segment, Step } from './compiled-network.js';
import { describeLayer } from './describe-layer.js';
import { UnknownIndexFormatError } from './errors.js';
import { encodeProgram } from './instruction.js';
import { planLayer, type LayerPlan } from './layer-plan.js';
import type { TensorLayout } from './layout.js';
import { checkTokens } from './legality.js';
import { lowerCopy, lowerUnit, type LowerContext } from './lower/lower.js';
import { planUnits, unitInputs, type Unit } from './lower/units.js';
import { MemoryImage } from './memory.js';
import { isAlias, isLookedThrough, placeTensors, type Placement } from './placement.js';
import { buildProgram } from './program.js';
import { planSteps, type Work } from './segments.js';

/** Bus beats that a pixel must have to be worth a burst of its own. */
const BURST_BEATS = 8;

export interface CompileOptions {
  /** Encoding of an index decoder that is not built in. */
  readonly indexFormat?: IndexFormat;
  /** A program for every operator instead of one for all operators between two host operators; tilings stay the same. */
  readonly programPerLayer?: boolean;
  /** false: no operator is fused into the one before it, so every tensor is stored (default true). */
  readonly fuse?: boolean;
}

/**
 * Compiles a valid network for one configuration; weights outside the masks count as 0, no masks: dense.
 * Throws LayerDoesNotFitError, AccumulatorRangeError, ShiftRangeError, FieldRangeError, UnknownIndexFormatError.
 */
export function compileNetwork(network: Network, prune: PruneResult | undefined, config: AccelConfig, options: CompileOptions = {}): CompiledNetwork {
  const format = indexFormat(config, options);
  const { group, rounding } = config;

  // 1. Units: which operators one pass computes, which are the host's, which are only a matter of place.
  const units = planUnits(network, { isAlias: (op) => isAlias(network, op, group), isLookedThrough: (op) => isLookedThrough(network, op) }, { fuse: options.fuse ?? true });

  // 2. Memory: a place for every activation tensor.
  const memory = new MemoryImage(Math.max(64, config.bus / 8, group * derive(config).clusters));
  const placement = placeTensors(network, units, config, memory);
  const tensor = (id: TensorId): TensorLayout => placement.tensors[id] as TensorLayout;

  // 3. Passes of the array, and the order of all work.
  const context: LowerContext = { network, prune, group, rounding, burstBytes: BURST_BEATS * (config.bus / 8), tensor };
  const planned = planSteps(network, units.map((unit) => workOf(unit, placement, context)));

  // 4. Layers: schedule, tiling and streams of each.
  const plans = new Map<string, LayerPlan>();
  for (const step of planned) {
    if (step.kind !== 'array') continue;
    step.work.flatMap(({ layers }) => layers).forEach((layer, i) => plans.set(layer.name, planLayer(layer, i === 0, { config, format, memory, tensor })));
  }

  // 5. Programs: commands, buffer places, instructions and tokens of each run.
  const segments: Segment[] = [];
  const compiled: CompiledLayer[] = [];
  const addProgram = (work: readonly Work[]): Step => {
    const layerPlans = work.flatMap(({ layers }) => layers).map(({ name }) => plans.get(name) as LayerPlan);
    const commands = planCommands(layerPlans, { config, tensor });
    const instructions = buildProgram({ config, plan: commands, tensor });
    checkTokens(instructions);
    const program = encodeProgram(instructions);
    const segment = {
      index: segments.length,
      programAddress: memory.append(program),
      programBytes: program.length,
      instructions,
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

  // 6. Result.
  const { tensors } = placement;
  const stored = new Set([...network.inputs, ...units.filter((unit) => !isDropped(unit)).map(({ outputId }) => outputId)]);
  return {
    network, config, configHash: configHash(config), steps, segments, layers: compiled, tensors, stored, places: placesOf(units), image: memory.image(),
  };
}

function indexFormat(config: AccelConfig, options: CompileOptions): IndexFormat {
  const formats = [...(options.indexFormat === undefined ? [] : [options.indexFormat]), directFormat, bitmapFormat];
  const format = formats.find((candidate) => candidate.name === config.index);
  if (format === undefined) throw new UnknownIndexFormatError(config.index, formats.map((candidate) => candidate.name));
  return format;
}

/** A concatenation is array work only where inputs have to be copied. */
function workOf(unit: Unit, { copies }: Placement, context: LowerContext): Work {
  const common = { ops: unit.ops, inputs: unitInputs(unit), output: unit.outputId };
  if (unit.kind === 'array') return { ...common, kind: 'array', layers: lowerUnit(unit, context) };
  const own = copies.filter(({ op }) => op === unit.ops[0]);
  return own.length > 0 ? { ...common, kind: 'array', layers: own.map((copy, i) => lowerCopy(copy, i, context)) } : { ...common, kind: unit.kind, layers: [] };
}

/** A reshape that every reader looks through. */
const isDropped = (unit: Unit): boolean => unit.kind === 'alias' && unit.dropped;

function placesOf(units: readonly Unit[]): Map<string, Place> {
  const placeOf = (unit: Unit, op: Op): Place => {
    if (unit.kind === 'host') return 'host';
    if (unit.kind === 'alias') return 'memory';
    if (op !== unit.ops[0] || unit.table === op || unit.operand?.op === op) return 'drain';
    return op.kind === 'max-pool' ? 'pool' : 'array';
  };
  return new Map(units.flatMap((unit) => unit.ops.map((op) => [op.name, placeOf(unit, op)] as const)));
}
