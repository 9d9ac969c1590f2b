// SPDX-License-Identifier: Apache-2.0
/** Owns the order of execution of a graph's nodes, whatever their order in the file is. */

import { MalformedOnnxError, quoted } from './errors.js';
import type { OnnxNode } from './model.js';

/** The nodes in an order in which each follows what it reads. Throws MalformedOnnxError for a cycle, a name without origin or a name that is written twice. */
export function inOrder(nodes: readonly OnnxNode[], known: Iterable<string>): OnnxNode[] {
  const written = new Set(known);
  const readers = new Map<string, number[]>();
  const missing = nodes.map(() => 0);
  const writers = new Set<string>();
  for (const { outputs, index } of nodes) {
    for (const name of outputs.filter((output) => output !== '')) {
      if (written.has(name) || writers.has(name)) throw new MalformedOnnxError(`node ${index}`, `${quoted(name)} is written a second time`, 'one writer');
      writers.add(name);
    }
  }
  nodes.forEach(({ inputs, index, type }, at) => {
    for (const name of new Set(inputs)) {
      if (name === '' || written.has(name)) continue;
      if (!writers.has(name)) throw new MalformedOnnxError(`node ${index} (${type})`, `reads ${quoted(name)}, which nothing writes`, 'an input, an initializer or the output of a node');
      missing[at] = (missing[at] as number) + 1;
      const own = readers.get(name);
      if (own === undefined) readers.set(name, [at]);
      else own.push(at);
    }
  });
  // Lowest place first among the nodes that are ready: a file in order keeps its order.
  const order: OnnxNode[] = [];
  const ready = new Set<number>();
  const pass = (at: number): void => {
    const node = nodes[at] as OnnxNode;
    order.push(node);
    for (const name of node.outputs) {
      for (const reader of readers.get(name) ?? []) {
        missing[reader] = (missing[reader] as number) - 1;
        if (missing[reader] === 0 && reader < place) ready.add(reader);
      }
    }
  };
  let place = 0;
  for (; place < nodes.length; place++) {
    if (missing[place] !== 0) continue;
    pass(place);
    for (const late of ready) {
      ready.delete(late);
      pass(late);
    }
  }
  if (order.length < nodes.length) {
    const { index, type } = nodes[missing.findIndex((count) => count > 0)] as OnnxNode;
    const rest = nodes.length - order.length;
    throw new MalformedOnnxError('graph', `${rest === 1 ? 'a node reads what it writes' : `${rest} nodes read each other in a circle, or wait for such ones`}: node ${index} (${type})`, 'a graph without cycles');
  }
  return order;
}
