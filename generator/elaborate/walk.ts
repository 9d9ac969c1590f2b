// SPDX-License-Identifier: Apache-2.0
/** Walks an elaborated design: its instances and memories with their multiplicity; knows no text. */
import type { Design, Elaborated, InstanceUse, MemoryUse } from './design.js';
import { evaluate } from './evaluate.js';

/** Every instance, loops folded into counts; the top first. */
export function instancesOf(design: Design): InstanceUse[] {
  const uses: InstanceUse[] = [];
  const visit = (node: Elaborated, path: string, count: number): void => {
    uses.push({ path, module: node.module, values: node.values, count });
    for (const child of node.children) visit(child.module, `${path}/${child.path}`, count * child.count);
  };
  visit(design.top, design.top.module.name, 1);
  return uses;
}

/** Every memory array, for the prediction of block RAMs. */
export function memoriesOf(design: Design): MemoryUse[] {
  return instancesOf(design).flatMap((use) => {
    const environment = new Map(Object.entries(use.values));
    return use.module.memories.map((memory) => ({
      path: `${use.path}/${memory.name}`,
      widthBits: evaluate(memory.width, environment),
      depth: evaluate(memory.depth, environment),
      count: use.count,
    }));
  });
}
