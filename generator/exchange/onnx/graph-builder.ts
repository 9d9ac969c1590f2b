// SPDX-License-Identifier: Apache-2.0
/** Owns an ONNX graph while it grows: nodes, constants, unique names. Knows no operator of the network. */

import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from '../../import/onnx/proto.js';
import { elementCount, type Shape } from '../../tensor/tensor.js';
import { DefectError } from '../../core/errors.js';

/** Numbers of TensorProto.DataType and AttributeProto.AttributeType. */
const [FLOAT, INT64] = [1, 7];
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export type Attribute =
  | { readonly kind: 'float' | 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

export const float = (value: number): Attribute => ({ kind: 'float', value });
export const int = (value: number): Attribute => ({ kind: 'int', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  const type = ATTRIBUTE[attribute.kind];
  switch (attribute.kind) {
    case 'float':
      return { name, type, f: attribute.value };
    case 'int':
      return { name, type, i: attribute.value };
    case 'string':
      return { name, type, s: new TextEncoder().encode(attribute.value) };
    case 'ints':
      return { name, type, ints: attribute.value };
  }
}

/** Little-endian, whatever the machine. */
function littleEndian(count: number, size: number, put: (view: DataView, at: number, i: number) => void): Uint8Array {
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) put(view, i * size, i);
  return bytes;
}

export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #names = new Set<string>();

  /** A name that nothing else in the graph has: this one, or with a number behind it. */
  unique(name: string): string {
    const stem = name === '' ? 'tensor' : name;
    let found = stem;
    for (let n = 2; this.#names.has(found); n++) found = `${stem}/${n}`;
    this.#names.add(found);
    return found;
  }

  /** A constant of float32; gives its name. No shape is a scalar. */
  floats(name: string, shape: Shape, values: ArrayLike<number>): string {
    if (values.length !== elementCount(shape)) throw new DefectError('GraphBuilder', `${values.length} values of ${name} for shape ${shape.join('x')}`);
    const raw = littleEndian(values.length, 4, (view, at, i) => view.setFloat32(at, values[i] as number, true));
    return this.#constant({ name: this.unique(name), dims: [...shape], data_type: FLOAT, raw_data: raw });
  }

  /** A list of int64. */
  integers(name: string, values: readonly number[]): string {
    const raw = littleEndian(values.length, 8, (view, at, i) => view.setBigInt64(at, BigInt(values[i] as number), true));
    return this.#constant({ name: this.unique(name), dims: [values.length], data_type: INT64, raw_data: raw });
  }

  #constant(tensor: TensorProto & { readonly name: string }): string {
    this.#initializers.push(tensor);
    return tensor.name;
  }

  /** Adds a node; an input without a name is left out. Gives its output. */
  node(type: string, name: string, inputs: readonly string[], output: string, attributes: Attributes = {}): string {
    this.#nodes.push({ op_type: type, name, input: [...inputs], output: [output], attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)) });
    return output;
  }

  finish(name: string, inputs: readonly ValueInfoProto[], outputs: readonly ValueInfoProto[]): GraphProto {
    return { name: name === '' ? 'network' : name, node: this.#nodes, initializer: this.#initializers, input: inputs, output: outputs };
  }
}

/** A float32 input or output; `batch` names the first dimension instead of its size. */
export const valueInfo = (name: string, shape: Shape, batch?: string): ValueInfoProto => ({
  name,
  type: { tensor_type: { elem_type: FLOAT, shape: { dim: shape.map((size, d) => (d === 0 && batch !== undefined ? { dim_param: batch } : { dim_value: size })) } } },
});
