// SPDX-License-Identifier: Apache-2.0
/** Owns operators on integers (QLinear...): each is DequantizeLinear at its inputs, the float operator, and QuantizeLinear at its output. */

import { MalformedOnnxError, describePlace, UnsupportedOnnxOpError } from './errors.js';
import type { AttributeValue, OnnxNode } from './model.js';

/** Where an operator has its values, scales and zero points, by place among the inputs. */
interface QLinearForm {
  readonly type: string;
  /** Value, scale, zero point. */
  readonly operands: readonly (readonly [number, number, number])[];
  /** Scale and zero point. */
  readonly output: readonly [number, number];
  /** Place of an int32 bias, whose scale is the product of the first two operands'. */
  readonly bias?: number;
  /** Dimension of the second operand's channels. */
  readonly weightAxis?: number;
  /** Attributes of the integer operator alone, with the one value that is taken. */
  readonly fixed?: Readonly<Record<string, number>>;
  /** Attribute with the opset whose meaning the operator has; else it is the model's. */
  readonly opset?: string;
}

const BINARY = { operands: [[0, 1, 2], [3, 4, 5]], output: [6, 7] } as const;
const UNARY = { operands: [[0, 1, 2]], output: [3, 4] } as const;

const MICROSOFT = 'com.microsoft';

/** By domain and type. */
const FORMS: Readonly<Record<string, QLinearForm>> = {
  'QLinearConv': { type: 'Conv', operands: [[0, 1, 2], [3, 4, 5]], output: [6, 7], bias: 8, weightAxis: 0 },
  'QLinearMatMul': { type: 'MatMul', ...BINARY, weightAxis: 1 },
  [`${MICROSOFT}.QGemm`]: { type: 'Gemm', operands: [[0, 1, 2], [3, 4, 5]], output: [7, 8], bias: 6, weightAxis: 1 },
  [`${MICROSOFT}.QLinearAdd`]: { type: 'Add', ...BINARY },
  [`${MICROSOFT}.QLinearMul`]: { type: 'Mul', ...BINARY },
  [`${MICROSOFT}.QLinearSigmoid`]: { type: 'Sigmoid', ...UNARY },
  [`${MICROSOFT}.QLinearLeakyRelu`]: { type: 'LeakyRelu', ...UNARY },
  [`${MICROSOFT}.QLinearGlobalAveragePool`]: { type: 'GlobalAveragePool', ...UNARY, fixed: { channels_last: 0 } },
  [`${MICROSOFT}.QLinearAveragePool`]: { type: 'AveragePool', ...UNARY, fixed: { channels_last: 0 } },
  [`${MICROSOFT}.QLinearSoftmax`]: { type: 'Softmax', ...UNARY, opset: 'opset' },
};

const [DYNAMIC_MATMUL, TO_FLOAT] = [`${MICROSOFT}.DynamicQuantizeMatMul`, `${MICROSOFT}.MatMulIntegerToFloat`];

export const QLINEAR_OPERATORS: readonly string[] = [...Object.keys(FORMS), `${MICROSOFT}.QLinearConcat`, DYNAMIC_MATMUL, TO_FLOAT];

/** QuantizeLinear and DequantizeLinear take a scale per channel from opset 13 on. */
const QDQ_OPSET = 13;

class Expansion {
  readonly nodes: OnnxNode[] = [];

  constructor(private readonly node: OnnxNode) {}

  add(type: string, inputs: readonly string[], suffix: string, attributes: ReadonlyMap<string, AttributeValue> = new Map(), opset = QDQ_OPSET): string {
    const output = suffix === '' ? (this.node.outputs[0] ?? '') : `${this.node.outputs[0] ?? ''}/${suffix}`;
    this.nodes.push({ ...this.node, domain: '', opset, type, inputs, outputs: [output], attributes });
    return output;
  }
}

const axis = (value: number): ReadonlyMap<string, AttributeValue> => new Map([['axis', { kind: 'int', value }]]);

/** The float form of an integer operator, or the node itself. `opset` is that of ai.onnx. */
export function expandQLinear(node: OnnxNode, opset: number): readonly OnnxNode[] {
  const key = node.domain === '' ? node.type : `${node.domain}.${node.type}`;
  if (key === `${MICROSOFT}.QLinearConcat`) return expandConcat(node, opset);
  if (key === DYNAMIC_MATMUL || key === TO_FLOAT) return expandMatMul(node, opset, key === TO_FLOAT);
  if (node.domain === MICROSOFT && (node.type === 'QuantizeLinear' || node.type === 'DequantizeLinear')) return [{ ...node, domain: '', opset: QDQ_OPSET }];
  const form = Object.hasOwn(FORMS, key) ? FORMS[key] : undefined;
  if (form === undefined) return [node];
  const at = (position: number): string => node.inputs[position] ?? '';
  if (node.inputs.length <= form.output[0]) throw new MalformedOnnxError(describePlace(node), `${node.inputs.length} inputs`, `more than ${form.output[0]}`);
  const attributes = new Map(node.attributes);
  for (const [name, wanted] of Object.entries(form.fixed ?? {})) {
    const found = attributes.get(name);
    if (found !== undefined && found.value !== wanted) throw new UnsupportedOnnxOpError(node, `${name} ${String(found.value)}`, `${name} ${wanted}`);
    attributes.delete(name);
  }
  const expansion = new Expansion(node);
  const transposed = form.type === 'Gemm' && attributes.get('transB')?.value === 1;
  const inputs = form.operands.map(([value, scale, zeroPoint], i) => {
    const channels = i === 1 && form.weightAxis !== undefined ? axis(transposed ? 0 : form.weightAxis) : axis(0);
    return expansion.add('DequantizeLinear', [at(value), at(scale), at(zeroPoint)], `real${i}`, channels);
  });
  if (form.bias !== undefined && at(form.bias) !== '') {
    let scale = expansion.add('Mul', [at(1), at(4)], 'bias_scale');
    // QGemm's bias counts in steps of alpha times both scales.
    const alpha = attributes.get('alpha');
    if (alpha?.kind === 'float') scale = expansion.add('Mul', [scale, expansion.add('Constant', [], 'alpha', new Map([['value_float', alpha]]))], 'scaled_bias_scale');
    inputs.push(expansion.add('DequantizeLinear', [at(form.bias), scale], 'bias', axis(0)));
  }
  const own = form.opset === undefined ? undefined : attributes.get(form.opset);
  if (form.opset !== undefined) attributes.delete(form.opset);
  const real = expansion.add(form.type, inputs, 'real', attributes, own?.kind === 'int' ? own.value : opset);
  expansion.add('QuantizeLinear', [real, at(form.output[0]), at(form.output[1])], '');
  return expansion.nodes;
}

/** Products of a dynamic quantization that onnxruntime has fused: what they are in float. */
function expandMatMul(node: OnnxNode, opset: number, isQuantized: boolean): readonly OnnxNode[] {
  const expansion = new Expansion(node);
  const [a = '', b = '', ...rest] = node.inputs;
  const [scale = '', zeroPoint = '', bias = ''] = isQuantized ? [rest[1], rest[3], rest[4]] : rest;
  const left = isQuantized ? expansion.add('DequantizeLinear', [a, rest[0] ?? '', rest[2] ?? ''], 'real0') : a;
  const right = expansion.add('DequantizeLinear', [b, scale, zeroPoint], 'real1', axis(1));
  const product = expansion.add('MatMul', [left, right], bias === '' ? '' : 'product', node.attributes, opset);
  if (bias !== '') expansion.add('Add', [product, bias], '', new Map(), opset);
  return expansion.nodes;
}

function expandConcat(node: OnnxNode, opset: number): readonly OnnxNode[] {
  const [scale = '', zeroPoint = '', ...rest] = node.inputs;
  if (rest.length === 0 || rest.length % 3 !== 0) throw new MalformedOnnxError(describePlace(node), `${node.inputs.length} inputs`, 'scale, zero point, and three for each tensor');
  const expansion = new Expansion(node);
  const inputs = rest.filter((_, i) => i % 3 === 0).map((value, i) => expansion.add('DequantizeLinear', [value, rest[3 * i + 1] ?? '', rest[3 * i + 2] ?? ''], `real${i}`));
  const real = expansion.add('Concat', inputs, 'real', node.attributes, opset);
  expansion.add('QuantizeLinear', [real, scale, zeroPoint], '');
  return expansion.nodes;
}
