// SPDX-License-Identifier: Apache-2.0
/** Reads the JSON statistics of Yosys and multiplies them out over the hierarchy. */
import { DefectError } from '../../generator/core/errors.js';
import { addCells, type CellCounts, costOf, NO_CELLS } from './cells.js';

/** One module of the design; its parameterized variants are one block. */
export interface BlockCells {
  /** Name in the Verilog. */
  readonly module: string;
  /** Instances in the whole design. */
  readonly instances: number;
  /** All instances, without the modules inside them. */
  readonly own: CellCounts;
  /** All instances, with everything inside them. */
  readonly inclusive: CellCounts;
}

interface ModuleStatistics {
  readonly num_memory_bits: number;
  readonly num_cells_by_type: Readonly<Record<string, number>>;
}

export interface YosysStatistics {
  readonly creator: string;
  readonly modules: Readonly<Record<string, ModuleStatistics>>;
}

/** Old versions (0.23) print the instances of the top as plain lines among the JSON. */
export const parseStatistics = (text: string): YosysStatistics =>
  JSON.parse(text.split('\n').filter((line) => /^\s*(["{}]|$)/.test(line)).join('\n')) as YosysStatistics;

/** `$paramod\pe\WIDTH=s32'...`, `$paramod$0123abcd\pe`, `\pe`: pe. */
export const moduleName = (name: string): string =>
  /^\$paramod\$[0-9a-f]+\\([^\\]+)$/.exec(name)?.[1] ?? /^\$paramod\\([^\\]+)/.exec(name)?.[1] ?? name.replace(/^\\/, '');

/**
 * Blocks by module, those with the most own cells first, and the sum of all.
 * @param memories statistics before memories were mapped: their bits
 */
export function blocksOf(cells: YosysStatistics, top: string, memories?: YosysStatistics): { blocks: BlockCells[]; totals: CellCounts } {
  const find = (statistics: YosysStatistics, name: string): ModuleStatistics | undefined =>
    statistics.modules[name] ?? statistics.modules[`\\${name}`];
  const ownOf = new Map<string, { own: CellCounts; children: [string, number][] }>();
  const look = (name: string) => {
    const known = ownOf.get(name);
    if (known !== undefined) return known;
    const module = find(cells, name);
    if (module === undefined) throw new DefectError('synthesis statistics', `a cell of unknown type ${name}`);
    let own: CellCounts = { ...NO_CELLS, memoryBits: (memories && find(memories, name)?.num_memory_bits) ?? 0 };
    const children: [string, number][] = [];
    for (const [type, count] of Object.entries(module.num_cells_by_type)) {
      const cost = find(cells, type) === undefined ? costOf(type) : undefined;
      if (cost !== undefined) own = addCells(own, cost, count);
      else children.push([type, count]);
    }
    const result = { own, children };
    ownOf.set(name, result);
    return result;
  };
  const inclusiveOf = new Map<string, CellCounts>();
  const inclusive = (name: string): CellCounts => {
    let sum = inclusiveOf.get(name);
    if (sum === undefined) {
      const { own, children } = look(name);
      sum = children.reduce((all, [child, count]) => addCells(all, inclusive(child), count), own);
      inclusiveOf.set(name, sum);
    }
    return sum;
  };
  const instances = new Map<string, number>();
  const count = (name: string, times: number): void => {
    instances.set(name, (instances.get(name) ?? 0) + times);
    for (const [child, each] of look(name).children) count(child, times * each);
  };
  count(top, 1);

  const blocks = new Map<string, BlockCells>();
  for (const [name, times] of instances) {
    const module = moduleName(name);
    const before = blocks.get(module) ?? { module, instances: 0, own: NO_CELLS, inclusive: NO_CELLS };
    blocks.set(module, {
      module,
      instances: before.instances + times,
      own: addCells(before.own, look(name).own, times),
      inclusive: addCells(before.inclusive, inclusive(name), times),
    });
  }
  const weight = ({ own }: BlockCells) => own.lut + own.lutRam + own.ff;
  return { blocks: [...blocks.values()].sort((a, b) => weight(b) - weight(a) || (a.module < b.module ? -1 : 1)), totals: inclusive(top) };
}
