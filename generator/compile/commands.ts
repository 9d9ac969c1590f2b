// SPDX-License-Identifier: Apache-2.0
/** Owns the compute commands of a program run and the loads they need, placed in the buffers; emits no instruction. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { shareOfDepth, type WordRange } from './buffer-share.js';
import type { EmitContext } from './emit-context.js';
import { bandRows, pixelsPerLane, type Band } from './geometry.js';
import type { StreamBuffer } from './instruction.js';
import type { LayerPlan } from './layer-plan.js';
import { LoadCollector, type Place, type PlannedLoad } from './load-collector.js';
import type { GroupPart, TileGroup } from './tile-group.js';

export interface Command {
  readonly index: number;
  readonly plan: LayerPlan;
  readonly band: Band;
  readonly group: TileGroup;
  readonly part: GroupPart;
  /** Half of the output buffer: commands of a layer that write take one after the other. Its words in it, first included, last not. */
  readonly outHalf: number;
  readonly outRange: WordRange;
}

export interface CommandPlan {
  readonly commands: readonly Command[];
  /** Loads in order of first use. */
  readonly loads: readonly PlannedLoad[];
  /** Places of a command by buffer. */
  placeOf(command: Command, buffer: Place['buffer'] | 'operand'): Place | undefined;
  /** Loads whose data a command reads. */
  readsOf(command: Command): readonly PlannedLoad[];
}

/** Commands over a band of a group: its parts are chained. */
interface Turn {
  readonly plan: LayerPlan;
  readonly band: Band;
  readonly group: TileGroup;
}

/** Bands and groups of a layer in the order of its loops. */
function turnsOf(plan: LayerPlan): Turn[] {
  const { bands, groups, order } = plan.tiling;
  const turns = (outer: readonly Band[], inner: readonly TileGroup[]): Turn[] => outer.flatMap((band) => inner.map((group) => ({ plan, band, group })));
  return order === 'bands-outer' ? turns(bands, groups) : groups.flatMap((group) => turns(bands, [group]));
}

/**
 * Turns of two layers, spread over one another: those of the second come once a whole turn of the first lies between them and what they read, which is stored by then,
 * and no closer together than needed, since a load of theirs has the turn before to hide behind.
 */
function mergedTurns(first: LayerPlan, second: LayerPlan): Turn[] {
  const [leading, waiting] = [turnsOf(first), turnsOf(second)];
  const { stride, dilation, kernel, padding } = second.layer;
  /** Turns of the first that a turn of the second follows. */
  const needs = waiting.map(({ band }): number => {
    const [row, rows] = bandRows({ stride, dilation, kernel }, band);
    return leading.findLastIndex((turn) => turn.band.row < row + rows - padding.top) + 1;
  });
  const together = Math.ceil(waiting.length / leading.length);
  let next = 0;
  const turns = leading.flatMap((turn, i): Turn[] => {
    const begin = next;
    while (next < waiting.length && next - begin < together && (needs[next] as number) <= i) next++;
    return [turn, ...waiting.slice(begin, next)];
  });
  return [...turns, ...waiting.slice(next)];
}

/** All (band, group, chunk) triples of the layers: layer after layer in the order of their loops, or two layers in turns. */
export function listCommands(plans: readonly LayerPlan[], { outDepth }: Pick<AccelConfig, 'outDepth'>): Command[] {
  const turns = plans.flatMap((plan, i): Turn[] => {
    if (plan.turns === undefined) return turnsOf(plan);
    return plan.turns.after === undefined ? [] : mergedTurns(plans[i - 1] as LayerPlan, plan);
  });
  const commands: Command[] = [];
  /** Half that a part of the output buffer was written in last, by its first word. */
  const halves = new Map<number, number>();
  for (const { plan, band, group } of turns) {
    const outRange = plan.turns === undefined ? { from: 0, to: outDepth } : shareOfDepth(outDepth, plan.turns);
    const outHalf = 1 - (halves.get(outRange.from) ?? 1);
    halves.set(outRange.from, outHalf);
    for (const part of group.parts) commands.push({ index: commands.length, plan, band, group, part, outHalf, outRange });
  }
  return commands;
}

/** Cycles of a command by the law, fill excluded. */
export const commandCycles = ({ band, part }: Command, config: AccelConfig): number => pixelsPerLane(band, config.lanes) * part.pixelCycles;

/** Order of the loads of one command: what the first step needs last comes last, because it may wait for a store. */
const LOAD_ORDER: readonly (StreamBuffer | 'operand' | 'act')[] = ['weight', 'index', 'schedule', 'parameter', 'table', 'pattern', 'operand', 'act'];

export function planCommands(plans: readonly LayerPlan[], { config }: Pick<EmitContext, 'config' | 'tensor'>): CommandPlan {
  const commands = listCommands(plans, config);
  const { actDepth, weightDepth, schedDepth, lanes } = config;
  const collector = new LoadCollector(config);
  for (const command of commands) for (const buffer of LOAD_ORDER) collector.need(command, buffer);
  collector.placeAll({ act: actDepth, weight: weightDepth, schedule: schedDepth, parameter: derive(config).paramDepth, pattern: patternWords(plans), lanes });
  return {
    commands,
    loads: collector.loads,
    placeOf: (command, buffer) => collector.placeOf(command, buffer),
    readsOf: (command) => collector.reads.get(command) ?? [],
  };
}

/** Words of the pattern table that the libraries reach. */
const patternWords = (plans: readonly LayerPlan[]): number => plans.reduce((most, { library }) => Math.max(most, library === undefined ? 1 : library.base + library.patterns.length), 1);
