// SPDX-License-Identifier: Apache-2.0
/** Owns what every conversion of an ONNX operator may ask: inputs, attributes, the network that grows, errors that name the node. */

import { formatShape } from '../../tensor/tensor.js';
import type { NetworkBuilder } from './builder.js';
import { describePlace, MalformedOnnxError, UnsupportedOnnxOpError, UnsupportedOnnxTypeError } from './errors.js';
import type { AttributeValue, OnnxNode } from './model.js';
import { tensorOf, type OnnxTensor } from './tensors.js';
import type { ActivationValue, Value } from './values.js';

export interface OperatorContext {
  readonly node: OnnxNode;
  readonly builder: NetworkBuilder;
  /** Name for the tensors that the operator writes. */
  readonly outputName: string;
  readonly inputCount: number;
  value(position: number): Value;
  /** Undefined when the operator leaves it out. */
  optional(position: number): Value | undefined;
  /** The same, and scales and zero points of DynamicQuantizeLinear too. */
  orDynamic(position: number): Value | undefined;
  /** A float activation. */
  activation(position: number): ActivationValue;
  constant(position: number): OnnxTensor;
  optionalConstant(position: number): OnnxTensor | undefined;
  int(name: string, otherwise: number): number;
  float(name: string, otherwise: number): number;
  ints(name: string): readonly number[] | undefined;
  text(name: string, otherwise: string): string;
  attribute(name: string): AttributeValue | undefined;
  /** Integers of an attribute in old opsets, of a constant input in newer ones. */
  list(name: string, position: number): readonly number[] | undefined;
  /** Whether a tensor is rounded to several scales: see mixed-readings.ts. */
  isMixed(name: string): boolean;
  unsupported(found: string, expected: string, remedy?: string): UnsupportedOnnxOpError;
  malformed(found: string, expected: string): MalformedOnnxError;
}

/** Numbers in a list of dimensions or parts. */
const MAX_LIST = 4096;

/** One operator of the file: the values of its outputs. */
export type Convert = (context: OperatorContext) => Value | readonly Value[];

/** A place in a list of `rank` dimensions; negative ones count from the end. */
export function axisIn(context: OperatorContext, axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(found) && found >= 0 && found < rank)) throw context.malformed(`axis ${axis} of ${rank} dimensions`, 'a dimension that is there');
  return found;
}

export function contextOf(node: OnnxNode, builder: NetworkBuilder, lookUp: (name: string) => Value, mixed: ReadonlySet<string>): OperatorContext {
  const where = describePlace(node);
  const malformed = (found: string, expected: string): MalformedOnnxError => new MalformedOnnxError(where, found, expected);
  const unsupported = (found: string, expected: string, remedy?: string): UnsupportedOnnxOpError => new UnsupportedOnnxOpError(node, found, expected, remedy);
  const orDynamic = (position: number): Value | undefined => {
    const name = node.inputs[position] ?? '';
    return name === '' ? undefined : lookUp(name);
  };
  const optional = (position: number): Value | undefined => {
    const found = orDynamic(position);
    if (found?.kind !== 'constant' || found.dynamic === undefined) return found;
    throw unsupported(`input ${position} is a scale or zero point of DynamicQuantizeLinear`, 'a constant', 'Quantize the model statically: then its scales are in the file.');
  };
  const value = (position: number): Value => {
    const found = optional(position);
    if (found === undefined) throw malformed(`no input ${position}`, 'one');
    return found;
  };
  const asConstant = (found: Value, position: number): OnnxTensor => {
    if (found.kind !== 'constant') throw unsupported(`input ${position} is computed when the model runs`, 'a constant');
    return found.tensor;
  };
  const get = <Kind extends AttributeValue['kind']>(name: string, kind: Kind): Extract<AttributeValue, { kind: Kind }> | undefined => {
    const found = node.attributes.get(name);
    if (found !== undefined && found.kind !== kind) throw malformed(`attribute ${name} is ${found.kind}`, kind);
    return found as Extract<AttributeValue, { kind: Kind }> | undefined;
  };
  const short = <List extends { readonly length: number }>(what: string, list: List): List => {
    if (list.length > MAX_LIST) throw malformed(`${list.length} numbers in ${what}`, `at most ${MAX_LIST}`);
    return list;
  };
  const context: OperatorContext = {
    node,
    builder,
    outputName: node.outputs[0] ?? '',
    inputCount: node.inputs.length,
    value,
    optional,
    orDynamic,
    activation: (position) => {
      const found = value(position);
      if (found.kind === 'constant') {
        const { shape, type, data } = found.tensor;
        throw unsupported(`input ${position} is a constant (${formatShape(shape)} of ${type}, ${data.length} values)`, 'an activation');
      }
      if (found.integer !== undefined) throw new UnsupportedOnnxTypeError(where, `input ${position} of ${found.integer.type}`, /^u?int/.test(found.integer.type) ? 'float32: DequantizeLinear before it' : 'float32');
      if (found.unscaled !== undefined) throw unsupported(`input ${position} is a sum of a dynamic quantization`, 'a product with its scale first');
      return found;
    },
    constant: (position) => asConstant(value(position), position),
    optionalConstant: (position) => {
      const found = optional(position);
      return found === undefined ? undefined : asConstant(found, position);
    },
    int: (name, otherwise) => get(name, 'int')?.value ?? otherwise,
    float: (name, otherwise) => get(name, 'float')?.value ?? otherwise,
    ints: (name) => {
      const found = get(name, 'ints')?.value;
      return found === undefined ? undefined : short(`attribute ${name}`, found);
    },
    text: (name, otherwise) => get(name, 'string')?.value ?? otherwise,
    attribute: (name) => node.attributes.get(name),
    list: (name, position) => {
      const attribute = context.ints(name);
      if (attribute !== undefined) return attribute;
      const found = context.optionalConstant(position);
      return found === undefined ? undefined : Array.from(short(`input ${position}`, found.data));
    },
    isMixed: (name) => mixed.has(name),
    unsupported,
    malformed,
  };
  return context;
}

/** A float32 scalar or list as a constant. */
export const floatConstant = (name: string, values: readonly number[], isScalar = false): Value =>
  ({ kind: 'constant', tensor: tensorOf(name, 'float32', isScalar ? [] : [values.length], values) });
