// SPDX-License-Identifier: Apache-2.0
/** Owns the compute commands of a program run and the loads they need, placed in the buffers; emits no instruction. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { EmitContext } from './emit-context.js';
import { pixelsPerLane, type Band } from './geometry.js';
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
  /** Half of the output buffer: commands that write take turns. */
  readonly outHalf: number;
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

/** All (band, group, chunk) triples of the layers, in the order of their loops. */
export function listCommands(plans: readonly LayerPlan[]): Command[] {
  const commands: Command[] = [];
  let written = 0;
  for (const plan of plans) {
    const { bands, groups, order } = plan.tiling;
    const push = (band: Band, group: TileGroup): void => {
      for (const part of group.parts) commands.push({ index: commands.length, plan, band, group, part, outHalf: written % 2 });
      written++;
    };
    if (order === 'bands-outer') for (const band of bands) for (const group of groups) push(band, group);
    else for (const group of groups) for (const band of bands) push(band, group);
  }
  return commands;
}

/** Cycles of a command by the law, fill excluded. */
export const commandCycles = ({ band, part }: Command, config: AccelConfig): number => pixelsPerLane(band, config.lanes) * part.pixelCycles;

/** Order of the loads of one command: what the first step needs last comes last, because it may wait for a store. */
const LOAD_ORDER: readonly (StreamBuffer | 'operand' | 'act')[] = ['weight', 'index', 'schedule', 'parameter', 'table', 'pattern', 'operand', 'act'];

export function planCommands(plans: readonly LayerPlan[], { config }: Pick<EmitContext, 'config' | 'tensor'>): CommandPlan {
  const commands = listCommands(plans);
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
