// SPDX-License-Identifier: Apache-2.0
/** Owns the walk over a graph's nodes: constants are computed, everything else becomes operators of a float network. */

import type { Shape } from '../../tensor/tensor.js';
import { ImportBudget } from '../budget.js';
import { NetworkBuilder } from './builder.js';
import type { BuiltNetwork } from './built-network.js';
import { contextOf } from './context.js';
import { describePlace, MalformedOnnxError, quoted, UnsupportedOnnxOpError } from './errors.js';
import { Growth } from './growth.js';
import { mixedReadings } from './mixed-readings.js';
import type { OnnxModel, OnnxNode } from './model.js';
import { entryOf, OPERATORS } from './operators.js';
import { ALWAYS_CONSTANT, ON_CONSTANTS } from './operators/folded.js';
import { expandQLinear } from './qlinear.js';
import { remedyOf } from './remedies.js';
import { channelsLast, inOwnOrder, type ActivationValue, type Value } from './values.js';

/** An input or output: dimension p of the network's tensor is dimension dims[p] of the ONNX tensor, or none (-1). */
export interface OnnxPort {
  readonly name: string;
  readonly shape: Shape;
  readonly dims: readonly number[];
}

export interface ConvertedGraph extends BuiltNetwork {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly transposeCount: number;
}

const isKnown = (node: OnnxNode): boolean =>
  entryOf(node) !== undefined || (node.domain === '' && (Object.hasOwn(ALWAYS_CONSTANT, node.type) || Object.hasOwn(ON_CONSTANTS, node.type)));

function requireKnown(node: OnnxNode): void {
  if (isKnown(node)) return;
  throw new UnsupportedOnnxOpError(node, 'an operator that is not supported', `one of the ${Object.keys(OPERATORS).length} operators in docs/onnx.md`, remedyOf(node));
}

function requireKnownAttributes(node: OnnxNode, known: readonly string[]): void {
  for (const name of node.attributes.keys()) {
    if (!known.includes(name)) throw new UnsupportedOnnxOpError(node, `attribute ${name}`, known.length === 0 ? 'no attribute' : `one of ${known.join(', ')}`);
  }
}

function convertNode(node: OnnxNode, builder: NetworkBuilder, values: Map<string, Value>, mixed: ReadonlySet<string>): Value | readonly Value[] {
  const lookUp = (name: string): Value => {
    const value = values.get(name);
    if (value === undefined) throw new MalformedOnnxError(`node ${node.index} (${node.type})`, `reads ${quoted(name)}, an output that is left out`, 'an output that is there');
    return value;
  };
  const context = contextOf(node, builder, lookUp, mixed);
  const always = Object.hasOwn(ALWAYS_CONSTANT, node.type) ? ALWAYS_CONSTANT[node.type] : undefined;
  if (always !== undefined) return always(context);
  const isConstant = node.inputs.every((name) => name === '' || lookUp(name).kind === 'constant');
  const onConstants = isConstant && Object.hasOwn(ON_CONSTANTS, node.type) ? ON_CONSTANTS[node.type] : undefined;
  if (onConstants !== undefined) return onConstants(context);
  const entry = entryOf(node);
  if (entry === undefined) throw context.unsupported('an activation as input', 'constants', remedyOf(node));
  requireKnownAttributes(node, entry.attributes);
  return entry.convert(context);
}

const shapeOf = (value: Value): Shape => (value.kind === 'constant' ? value.tensor.shape : value.shape);

/** Counts constants that are not the node's inputs under other shapes. */
function spendNew(results: readonly Value[], node: OnnxNode, values: ReadonlyMap<string, Value>, growth: Growth): void {
  const known = new Set(node.inputs.map((name) => values.get(name)).map((value) => (value?.kind === 'constant' ? value.tensor.data : undefined)));
  for (const value of results) if (value.kind === 'constant' && !known.has(value.tensor.data)) growth.spend(value.tensor.data.length);
}

/** What DynamicQuantizeLinear computes when the model runs is known to what follows it alone. */
function requireScaled(output: string, value: Value | undefined, nodes: readonly OnnxNode[]): void {
  const isDynamic = value?.kind === 'activation' ? value.unscaled !== undefined || value.integer?.dynamic !== undefined : value?.dynamic !== undefined;
  const node = nodes.find(({ outputs }) => outputs.includes(output));
  if (isDynamic && node !== undefined) throw new UnsupportedOnnxOpError(node, 'dynamically quantized integers, or their scale, as an output of the model', 'an output in float32, or with a scale in the file', 'Quantize the model statically, or leave this output out.');
}

const isByte = ({ integer }: ActivationValue): boolean => integer?.dynamic === undefined && (integer?.type === 'int8' || integer?.type === 'uint8');

/** Where bytes come in and go out, and nothing says what they stand for, they are steps of 1. */
function takeIntegersAsInt8(builder: NetworkBuilder, inputs: readonly ActivationValue[], outputs: readonly ActivationValue[]): void {
  if (builder.hasScales || ![...inputs, ...outputs].every(isByte)) return;
  for (const value of inputs) builder.quantized(value, { scale: 1, zeroPoint: value.integer?.type === 'uint8' ? -128 : 0 });
}

/** Where images lie channels last, unless `keepsOrder`. Throws the importer's errors; the network is not validated. */
export function convertGraph(model: OnnxModel, name: string, keepsOrder: boolean): ConvertedGraph {
  const growth = new Growth(new ImportBudget(model.bytes));
  const builder = new NetworkBuilder(growth);
  const values = new Map<string, Value>();
  for (const [constant, tensor] of model.constants) values.set(constant, { kind: 'constant', tensor });
  // What is unsupported is said before any trouble that it causes.
  const nodes = model.nodes.flatMap((node) => expandQLinear(node, model.opset));
  nodes.forEach(requireKnown);
  const mixed = mixedReadings(nodes, model.constants);
  const inputs = model.inputs.map((input): ActivationValue => {
    const isImage = !keepsOrder && input.shape[0] === 1 && (input.shape.length === 4 || input.shape.length === 3);
    const value = builder.input(input.name, input.shape, isImage ? channelsLast(input.shape.length) : inOwnOrder(input.shape), input.type);
    values.set(input.name, value);
    return value;
  });
  for (const node of nodes) {
    growth.place = `ONNX ${describePlace(node)}`;
    const converted = convertNode(node, builder, values, mixed);
    const results = Array.isArray(converted) ? (converted as readonly Value[]) : [converted as Value];
    for (const value of results) growth.rank(shapeOf(value));
    spendNew(results, node, values, growth);
    node.outputs.forEach((output, i) => {
      const value = results[i];
      if (output !== '' && value !== undefined) values.set(output, value);
    });
  }
  const outputs = model.outputs.map((output): ActivationValue => {
    const value = values.get(output);
    requireScaled(output, value, model.nodes);
    if (value?.kind !== 'activation') throw new MalformedOnnxError(`output ${quoted(output)}`, value === undefined ? 'nothing writes it' : 'it is a constant', 'an activation');
    return value;
  });
  takeIntegersAsInt8(builder, inputs, outputs);
  const port = (portName: string, { shape, dims }: ActivationValue): OnnxPort => ({ name: portName, shape, dims });
  const built = builder.finish(name, inputs.map(({ id }) => id), outputs.map(({ id }) => id));
  return {
    ...built,
    inputs: inputs.map((value, i) => port(model.inputs[i]?.name ?? '', value)),
    outputs: outputs.map((value, i) => port(model.outputs[i] ?? '', value)),
    transposeCount: built.network.ops.filter(({ kind }) => kind === 'transpose').length,
  };
}
