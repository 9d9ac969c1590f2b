// SPDX-License-Identifier: Apache-2.0
/** Owns the description of a compiled pass. */
import type { AccelConfig } from '../arch/config.js';
import { commandCycles, type CommandPlan } from './commands.js';
import type { CompiledLayer } from './compiled-network.js';
import type { StreamBuffer } from './instruction.js';
import type { LayerPlan } from './layer-plan.js';

export function describeLayer({ layer, schedule, tiling, streams, library }: LayerPlan, { commands }: CommandPlan, segment: number, config: AccelConfig): CompiledLayer {
  const own = commands.filter((command) => command.plan.layer === layer);
  const stored = new Map(streams.flat().flatMap((part) => Object.entries(part)).flatMap(([buffer, stream]) => (buffer === 'pattern' ? [] : [stream])).map((stream) => [stream.address, stream.bytes]));
  return {
    name: layer.name,
    ops: layer.ops.map(({ name }) => name),
    inputId: layer.inputId,
    operandId: layer.operand?.tensorId,
    outputId: layer.outputId,
    segment,
    maxCount: schedule.maxCount,
    dense: schedule.dense,
    tiling,
    tiles: schedule.tileCount,
    commands: own.length,
    commandCycles: own.reduce((sum, command) => sum + commandCycles(command, config), 0),
    weightAddress: streams[0]?.[0]?.weight?.address ?? 0,
    patterns: library === undefined ? undefined : { library: library.index, words: library.patterns.length },
    streamBytes: [...stored.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Bytes of the layers' streams by buffer; streams at one address are one. */
export function streamBytesOf(plans: Iterable<LayerPlan>): Record<StreamBuffer, number> {
  const bytes = { weight: 0, index: 0, schedule: 0, parameter: 0, table: 0, pattern: 0 };
  const counted = new Set<number>();
  for (const { streams } of plans) {
    for (const [buffer, stream] of streams.flat().flatMap((part) => Object.entries(part))) {
      if (!counted.has(stream.address)) bytes[buffer as StreamBuffer] += stream.bytes;
      counted.add(stream.address);
    }
  }
  return bytes;
}
