// SPDX-License-Identifier: Apache-2.0
/** Owns the way from the name of a cell in a flattened netlist to the module that it lies in. */
import type { Elaborated } from './design.js';

export interface Place {
  /** Module without the prefix. */
  readonly module: string;
  /** Instances from the start, generate blocks with their index; empty: the start itself. */
  readonly instance: string;
  /** What is left of the name inside that module. */
  readonly name: string;
}

/** `gen_pe[*]/u_pe` -> whole segments of a dotted name, with any index. */
const pattern = (path: string): RegExp => new RegExp(`^${path.replace(/[[\]]/g, '\\$&').replaceAll('/', '\\.').replaceAll('*', '[0-9]+')}\\.`);

/** Follows instances below `start` as far as `name` names them. */
export function locate(start: Elaborated, name: string): Place {
  let at = start;
  let rest = name;
  for (;;) {
    let found: { module: Elaborated; length: number } | undefined;
    for (const child of at.children) {
      const length = pattern(child.path).exec(rest)?.[0].length ?? 0;
      if (length > (found?.length ?? 0)) found = { module: child.module, length };
    }
    if (found === undefined) break;
    at = found.module;
    rest = rest.slice(found.length);
  }
  return { module: at.module.name, instance: name.slice(0, name.length - rest.length).replace(/\.$/, ''), name: rest };
}
