// SPDX-License-Identifier: Apache-2.0
/** Owns the attributes of nodes as plain values. */

import { MalformedOnnxError, UnsupportedOnnxOpError, type OnnxPlace } from './errors.js';
import type { ExternalData } from './external-data.js';
import { toNumber, type AttributeProto } from './proto.js';
import { readTensor, type OnnxTensor } from './tensors.js';

export type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor };

const [FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS, , GRAPHS] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Absent bytes are an empty list. */
const text = (bytes: ArrayLike<number> | undefined): string => new TextDecoder().decode(Uint8Array.from(bytes ?? []));

/** A message that is not in the file is null there. */
export const isAbsent = (message: object | null | undefined): message is null | undefined => message === undefined || message === null;

/** Old files leave the type out: the field that is there tells it. */
function attributeType(proto: AttributeProto): number | undefined {
  if (proto.type !== undefined && proto.type !== 0) return proto.type;
  const has = (field: keyof AttributeProto): boolean => Object.hasOwn(proto, field);
  if (has('f')) return FLOAT;
  if (has('i')) return INT;
  if (has('s')) return STRING;
  if (has('t')) return TENSOR;
  if (has('g')) return GRAPH;
  if ((proto.floats ?? []).length > 0) return FLOATS;
  if ((proto.ints ?? []).length > 0) return INTS;
  if ((proto.strings ?? []).length > 0) return STRINGS;
  return (proto.graphs ?? []).length > 0 ? GRAPHS : undefined;
}

/** Undefined for one without a value. Throws the importer's errors. */
export function readAttribute(proto: AttributeProto, node: OnnxPlace, external: ExternalData): AttributeValue | undefined {
  const place = `node ${node.index} (${node.type}), attribute ${proto.name ?? ''}`;
  if ((proto.ref_attr_name ?? '') !== '') throw new UnsupportedOnnxOpError(node, `attribute ${proto.name ?? ''} of a function`, 'a value');
  switch (attributeType(proto)) {
    case FLOAT:
      return { kind: 'float', value: proto.f ?? 0 };
    case INT:
      return { kind: 'int', value: toNumber(proto.i ?? 0) };
    case STRING:
      return { kind: 'string', value: text(proto.s) };
    case TENSOR:
      if (isAbsent(proto.t)) throw new MalformedOnnxError(place, 'no tensor', 'one');
      return { kind: 'tensor', value: readTensor(proto.t, place, external) };
    case FLOATS:
      return { kind: 'floats', value: proto.floats ?? [] };
    case INTS:
      return { kind: 'ints', value: (proto.ints ?? []).map(toNumber) };
    case STRINGS:
      return { kind: 'strings', value: (proto.strings ?? []).map(text) };
    case GRAPH:
    case GRAPHS:
      throw new UnsupportedOnnxOpError(node, `a subgraph (attribute ${proto.name ?? ''})`, 'a model without branches and loops', 'Export the model with the branch that is taken (torch.onnx.export without scripting), or run onnx-simplifier.');
    case undefined:
      return undefined;
    default:
      throw new UnsupportedOnnxOpError(node, `attribute ${proto.name ?? ''} of type ${proto.type ?? 0}`, 'numbers, strings or a tensor');
  }
}
