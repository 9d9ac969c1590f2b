// SPDX-License-Identifier: Apache-2.0
/** Owns which pass of the array each instruction of a program belongs to. */
import type { CompiledLayer, Segment } from '../compile/compiled-network.js';
import { DefectError } from '../core/errors.js';

/**
 * Names of passes by instruction; END belongs to none. The compute commands of a program are those of its passes, one pass
 * after the other; loads belong to the next compute command and stores to the one before, unless the segment says otherwise.
 */
export function instructionLayers(segment: Segment & { readonly instructionLayers?: readonly string[] }, layers: readonly CompiledLayer[]): readonly (string | undefined)[] {
  if (segment.instructionLayers !== undefined) return segment.instructionLayers;
  const own = layers.filter((layer) => layer.segment === segment.index);
  const ofCompute = own.flatMap(({ name, commands }) => Array.from({ length: commands }, () => name));
  const computes = segment.instructions.filter(({ kind }) => kind === 'compute').length;
  if (ofCompute.length !== computes) throw new DefectError('instructionLayers', `${computes} compute commands in a program of ${ofCompute.length}`);
  let next = 0;
  return segment.instructions.map(({ kind }) => {
    if (kind === 'end') return undefined;
    if (kind === 'compute') return ofCompute[next++];
    return ofCompute[kind === 'store' ? next - 1 : next];
  });
}
