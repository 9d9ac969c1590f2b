// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the question which float tensors are rounded to several scales: by QuantizeLinear at once, or behind operators that hand values through.
 * Each rounding has to start from the unrounded values.
 */

import type { OnnxNode } from './model.js';
import type { OnnxTensor } from './tensors.js';

/** Rounding before these is rounding behind them, on one scale. */
const HANDS_ON = new Set([
  'Clip', 'Concat', 'DepthToSpace', 'Dropout', 'Flatten', 'Gather', 'GlobalMaxPool', 'Identity', 'MaxPool', 'Pad', 'Relu', 'Reshape', 'Resize', 'Slice', 'SpaceToDepth', 'Split',
  'Squeeze', 'Transpose', 'Unsqueeze', 'Upsample',
]);

/** Names of one tensor and of what is handed on from it. */
class Families {
  private readonly parents = new Map<string, string>();

  of(name: string): string {
    let root = name;
    for (let up = this.parents.get(root); up !== undefined; up = this.parents.get(root)) root = up;
    // The next look is short.
    for (let at = name, up = this.parents.get(at); up !== undefined && up !== root; at = up, up = this.parents.get(at)) this.parents.set(at, root);
    return root;
  }

  join(a: string, b: string): void {
    const [first, second] = [this.of(a), this.of(b)];
    if (first !== second) this.parents.set(second, first);
  }
}

/** Names of tensors that more than one scale and zero point are read from, directly or handed on. */
export function mixedReadings(nodes: readonly OnnxNode[], constants: ReadonlyMap<string, OnnxTensor>): ReadonlySet<string> {
  const families = new Families();
  for (const { domain, type, inputs: [first = '', ...others], outputs } of nodes) {
    if (domain !== '' || !HANDS_ON.has(type)) continue;
    for (const name of [...(type === 'Concat' ? others : []), ...outputs]) if (name !== '') families.join(first, name);
  }
  // Long lists are refused elsewhere; here they are told apart by name.
  const numbers = (name = ''): string => {
    const data = constants.get(name)?.data;
    return data?.length === 1 ? `${data[0]}` : name;
  };
  const scales = new Map<string, Set<string>>();
  const quantized = nodes.filter(({ domain, type }) => domain === '' && type === 'QuantizeLinear');
  for (const { inputs: [value = '', scale, zeroPoint] } of quantized) {
    const family = families.of(value);
    scales.set(family, (scales.get(family) ?? new Set()).add(`${numbers(scale)} ${numbers(zeroPoint)}`));
  }
  return new Set(quantized.flatMap(({ inputs: [value = ''] }) => ((scales.get(families.of(value))?.size ?? 0) > 1 ? [value] : [])));
}
