// SPDX-License-Identifier: Apache-2.0
/** Owns the description of a compiled pass. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { CommandPlan } from './commands.js';
import type { CompiledLayer } from './compiled-network.js';
import { pixelsPerLane } from './geometry.js';
import type { LayerPlan } from './layer-plan.js';

export function describeLayer({ layer, schedule, tiling, streams }: LayerPlan, { commands }: CommandPlan, segment: number, config: AccelConfig): CompiledLayer {
  const own = commands.filter((command) => command.plan.layer === layer);
  const drain = derive(config).drain * (layer.operand === undefined ? 1 : 2);
  const stored = new Map(streams.flatMap((group) => Object.values(group)).map((stream) => [stream.address, stream.bytes]));
  return {
    name: layer.name,
    ops: layer.ops.map(({ name }) => name),
    inputId: layer.inputId,
    operandId: layer.operand?.tensorId,
    outputId: layer.outputId,
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
