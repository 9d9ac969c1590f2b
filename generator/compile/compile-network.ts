// SPDX-License-Identifier: Apache-2.0
/** Owns compilation as a sequence of phases: network, masks and configuration in, memory image and programs out. */
import { configHash } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { bitmapFormat, directFormat, type IndexFormat } from '../arch/index-decoder.js';
import type { Network, Op } from '../graph/network.js';
import { inputOf, outputOf } from '../graph/query.js';
import type { PruneResult } from '../prune/prune.js';
import { elementCount } from '../tensor/tensor.js';
import { planCommands, type CommandPlan } from './commands.js';
import type { CompiledLayer, CompiledNetwork, Segment, Step } from './compiled-network.js';
import { UnknownIndexFormatError } from './errors.js';
import { pixelsPerLane } from './geometry.js';
import { encodeProgram } from './instruction.js';
import { arrayLayer, type ArrayOp } from './layer.js';
import { planLayer, type LayerPlan } from './layer-plan.js';
import { tensorLayout, type TensorLayout } from './layout.js';
import { checkTokens } from './legality.js';
import { MemoryImage } from './memory.js';
import { buildProgram } from './program.js';
import { planSteps } from './segments.js';

/** Bus beats that a pixel must have to be worth a burst of its own. */
const BURST_BEATS = 8;

export interface CompileOptions {
  /** Encoding of an index decoder that is not built in. */
  readonly indexFormat?: IndexFormat;
  /** A program for every layer instead of one for all layers between two host operators; tilings stay the same. */
  readonly programPerLayer?: boolean;
}

/**
 * Compiles a valid network for one configuration; weights outside the masks count as 0, no masks: dense.
 * Throws LayerDoesNotFitError, AccumulatorRangeError, ShiftRangeError, FieldRangeError, UnknownIndexFormatError.
 */
export function compileNetwork(network: Network, prune: PruneResult | undefined, config: AccelConfig, options: CompileOptions = {}): CompiledNetwork {
  // 1. Steps: which operators run together on the array, which on the host.
  const format = indexFormat(config, options);
  const planned = planSteps(network, (op) => isAlias(network, op, config.group));

  // 2. Memory: a place for every activation tensor.
  const memory = new MemoryImage(Math.max(64, config.bus / 8, config.group));
  const tensors = placeTensors(network, memory, config.group);

  // 3. Layers: schedule, tiling and streams of each.
  const plans = planned.map((step) =>
    step.kind === 'array'
      ? step.ops.map((op: ArrayOp, i) => planLayer(arrayLayer(network, op, prune, BURST_BEATS * (config.bus / 8)), i === 0, { config, format, memory }))
      : [],
  );

  // 4. Programs: commands, buffer places, instructions and tokens of each run.
  const segments: Segment[] = [];
  const layers: CompiledLayer[] = [];
  const addProgram = (layerPlans: readonly LayerPlan[]): Step => {
    const commands = planCommands(layerPlans, config);
    const instructions = buildProgram({ config, plan: commands, tensor: (id) => tensors[id] as TensorLayout });
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
    layers.push(...layerPlans.map((plan) => describeLayer(plan, commands, segment.index, config)));
    return { kind: 'array', segment };
  };
  const steps = planned.flatMap((step, i): Step[] => {
    if (step.kind !== 'array') return [step];
    const layerPlans = plans[i] as LayerPlan[];
    return options.programPerLayer === true ? layerPlans.map((plan) => addProgram([plan])) : [addProgram(layerPlans)];
  });

  // 5. Result.
  return { network, config, configHash: configHash(config), steps, segments, layers, tensors, image: memory.image() };
}

function indexFormat(config: AccelConfig, options: CompileOptions): IndexFormat {
  const formats = [...(options.indexFormat === undefined ? [] : [options.indexFormat]), directFormat, bitmapFormat];
  const format = formats.find((candidate) => candidate.name === config.index);
  if (format === undefined) throw new UnknownIndexFormatError(config.index, formats.map((candidate) => candidate.name));
  return format;
}

/** A reshape whose output bytes equal its input bytes: no channel padding lies between the elements. */
function isAlias(network: Network, op: Op, group: number): boolean {
  if (op.kind !== 'reshape') return false;
  const [from, to] = [inputOf(network, op), outputOf(network, op)].map(({ shape }) => tensorLayout(0, shape, group)) as [TensorLayout, TensorLayout];
  const isTight = (layout: TensorLayout): boolean => layout.pixelBytes === layout.size.channels || elementCount(layout.shape) === layout.size.channels;
  return isTight(from) && isTight(to) && from.bytes === to.bytes;
}

function placeTensors(network: Network, memory: MemoryImage, group: number): TensorLayout[] {
  const aliases = new Map(network.ops.filter((op) => isAlias(network, op, group)).map((op) => [op.outputs[0], op.inputs[0]]));
  const layouts: TensorLayout[] = [];
  const place = (id: number): TensorLayout => {
    const { shape } = network.tensors[id] as Network['tensors'][number];
    const alias = aliases.get(id);
    const size = tensorLayout(0, shape, group);
    return (layouts[id] ??= { ...size, address: alias === undefined ? memory.reserve(size.bytes) : place(alias).address });
  };
  network.tensors.forEach((_, id) => place(id));
  return layouts;
}

function describeLayer({ layer, schedule, tiling, streams }: LayerPlan, { commands }: CommandPlan, segment: number, config: AccelConfig): CompiledLayer {
  const own = commands.filter((command) => command.plan.layer === layer);
  const { drain } = derive(config);
  const stored = new Map(streams.flatMap((group) => Object.values(group)).map((stream) => [stream.address, stream.bytes]));
  return {
    name: layer.name,
    segment,
    maxCount: Math.max(...schedule.tiles.flatMap((tile) => tile.entries.map((entry) => entry.count))),
    dense: schedule.dense,
    tiling,
    tiles: schedule.tiles.length,
    commands: own.length,
    commandCycles: own.reduce(
      (sum, { band, group }) => sum + pixelsPerLane(band, config.lanes) * group.tiles.reduce((steps, tile) => steps + Math.max(tile.steps, drain), 0),
      0,
    ),
    weightAddress: streams[0]?.weight?.address ?? 0,
    streamBytes: [...stored.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}
