// SPDX-License-Identifier: Apache-2.0
/** Owns the parts of small ONNX models: nodes, tensors, attributes, and whole files from x to y. */
import { encodeModel, type AttributeProto, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from '../../generator/import/onnx/proto.js';

export const TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

export const value = (name: string, dims: readonly (number | string)[], type: number = TYPE.float): ValueInfoProto =>
  ({ name, type: { tensor_type: { elem_type: type, shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dim_value: dim } : { dim_param: dim })) } } } });

export const node = (type: string, input: readonly string[], output: string | readonly string[], attribute: readonly AttributeProto[] = [], domain = ''): NodeProto =>
  ({ op_type: type, name: `${type}_of_${input[0] ?? ''}`, input, output: typeof output === 'string' ? [output] : output, attribute, domain });

const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Values that are neither all alike nor large. */
const some = (length: number, scale: number): number[] => Array.from({ length }, (_, i) => scale * (((i * 37) % 23) - 11));

export const floats = (name: string, dims: readonly number[], data: readonly number[] = some(count(dims), 1 / 16)): TensorProto => ({ name, dims, data_type: TYPE.float, float_data: data });

/** The same as raw bytes. */
export const raw = (name: string, dims: readonly number[]): TensorProto =>
  ({ name, dims, data_type: TYPE.float, raw_data: new Uint8Array(Float32Array.from(some(count(dims), 1 / 16)).buffer) });

export const integers = (name: string, dims: readonly number[], data: readonly number[] = some(count(dims), 1), type: number = TYPE.int64): TensorProto =>
  ({ name, dims, data_type: type, ...(type === TYPE.int64 ? { int64_data: data } : { int32_data: data }) });

export const ints = (name: string, list: readonly number[]): AttributeProto => ({ name, type: 7, ints: list });
export const int = (name: string, i: number): AttributeProto => ({ name, type: 2, i });
export const float = (name: string, f: number): AttributeProto => ({ name, type: 1, f });
export const text = (name: string, s: string): AttributeProto => ({ name, type: 3, s: new TextEncoder().encode(s) });

export interface ModelParts {
  readonly nodes: readonly NodeProto[];
  readonly inputs?: readonly ValueInfoProto[];
  readonly initializers?: readonly TensorProto[];
  readonly opset?: number;
  readonly outputs?: readonly string[];
}

export const IMAGE = [1, 4, 6, 6];

export const protoOf = ({ nodes, inputs = [value('x', IMAGE)], initializers = [], opset = 13, outputs = ['y'] }: ModelParts): ModelProto => ({
  ir_version: 7, opset_import: [{ domain: '', version: opset }, { domain: 'com.microsoft', version: 1 }],
  graph: { name: 'g', node: nodes, input: inputs, output: outputs.map((name) => value(name, [])), initializer: initializers },
});

export const modelOf = (parts: ModelParts): Uint8Array => new Uint8Array(encodeModel(protoOf(parts)));
