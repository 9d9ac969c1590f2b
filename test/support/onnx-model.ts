// SPDX-License-Identifier: Apache-2.0
/** Writes small ONNX models for tests: nodes, tensors and attributes in few words. */
import { encodeModel, type AttributeProto, type NodeProto, type TensorProto, type ValueInfoProto } from '../../generator/import/onnx/proto.js';

export const [FLOAT, UINT8, INT8, INT32, INT64] = [1, 2, 3, 6, 7];

export const value = (name: string, dims: readonly (number | string)[], type = FLOAT): ValueInfoProto =>
  ({ name, type: { tensor_type: { elem_type: type, shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dim_value: dim } : { dim_param: dim })) } } } });

/** A node with one output, or several. */
export const node = (type: string, input: readonly string[], output: string | readonly string[], attribute: readonly AttributeProto[] = [], domain = ''): NodeProto =>
  ({ op_type: type, name: `${type}_here`, input, output: typeof output === 'string' ? [output] : output, attribute, domain });

export const floats = (name: string, dims: readonly number[], data: ArrayLike<number>): TensorProto => ({ name, dims, data_type: FLOAT, float_data: Array.from(data) });
export const integers = (name: string, dims: readonly number[], data: ArrayLike<number>, type = INT64): TensorProto =>
  ({ name, dims, data_type: type, ...(type === INT64 ? { int64_data: Array.from(data) } : { int32_data: Array.from(data) }) });

export const ints = (name: string, list: readonly number[]): AttributeProto => ({ name, type: 7, ints: list });
export const int = (name: string, i: number): AttributeProto => ({ name, type: 2, i });
export const text = (name: string, s: string): AttributeProto => ({ name, type: 3, s: new TextEncoder().encode(s) });

export interface ModelParts {
  readonly nodes: readonly NodeProto[];
  /** One of 1 x 2 named x where it is left out. */
  readonly inputs?: readonly ValueInfoProto[];
  readonly initializers?: readonly TensorProto[];
  readonly opset?: number;
  /** y where they are left out. */
  readonly outputs?: readonly string[];
}

/** The bytes of a model from x to y. */
export const onnxModel = ({ nodes, inputs = [value('x', [1, 2])], initializers = [], opset = 13, outputs = ['y'] }: ModelParts): Uint8Array =>
  encodeModel({
    ir_version: 7, opset_import: [{ domain: '', version: opset }],
    graph: { node: nodes, input: inputs, output: outputs.map((output) => value(output, [])), initializer: initializers },
  });
