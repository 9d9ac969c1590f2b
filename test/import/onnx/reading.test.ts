// SPDX-License-Identifier: Apache-2.0
/** Reads small models that are written here: files in every form that is taken, and the error of every one that is not. */
import { describe, expect, it } from 'vitest';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { tensorById } from '../../../generator/graph/query.js';
import {
  DynamicOnnxShapeError, MalformedOnnxError, OnnxExternalDataError, UnsupportedOnnxOpError, UnsupportedOnnxOpsetError, UnsupportedOnnxQuantizationError, UnsupportedOnnxTypeError,
} from '../../../generator/import/onnx/errors.js';
import { importOnnxFloat, readOnnx } from '../../../generator/import/onnx/import.js';
import type { OnnxReading } from '../../../generator/import/onnx/model.js';
import type { NodeProto, TensorProto } from '../../../generator/import/onnx/proto.js';
import { goldenOutput, runGolden } from '../../../generator/model/golden.js';
import { FLOAT, floats, INT32, INT8, integers, ints, node, onnxModel as model, UINT8, value, type ModelParts as Parts } from '../../support/onnx-model.js';

/** The values of y for x. */
function run(parts: Parts, x: readonly number[], reading: OnnxReading = {}): number[] {
  const { network } = importOnnxFloat(model(parts), 'm', reading);
  return Array.from(floatOutput(network, runFloat(network, Float32Array.from(x))));
}

function messageOf(kind: abstract new (...args: never[]) => Error, parts: Parts, reading: OnnxReading = {}): string {
  try {
    readOnnx(model(parts), 'm', reading);
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return (error as Error).message;
  }
  throw new Error(`no ${kind.name}`);
}

const relu = [node('Relu', ['x'], 'y')];

describe('a model is read', () => {
  it('with nodes in any order', () => {
    expect(run({ nodes: [node('Relu', ['b'], 'y'), node('Neg', ['a'], 'b'), node('Neg', ['x'], 'a')] }, [3, -4])).toEqual([3, 0]);
  });

  it('with initializers that are inputs too, as old files have them', () => {
    expect(run({ nodes: [node('Add', ['x', 'w'], 'y')], inputs: [value('x', [1, 2]), value('w', [2])], initializers: [floats('w', [2], [10, 20])] }, [1, 2])).toEqual([11, 22]);
  });

  it.each(['N', -1, 0])('with a first dimension of %s, which becomes 1', (batch) => {
    expect(run({ nodes: relu, inputs: [value('x', [batch, 2])] }, [-1, 2])).toEqual([0, 2]);
  });

  it('with shapes that are computed from shapes', () => {
    const nodes = [
      node('Shape', ['x'], 'shape'), node('Gather', ['shape', 'zero'], 'batch', [{ name: 'axis', type: 2, i: 0 }]), node('Unsqueeze', ['batch', 'axes'], 'list'),
      node('Concat', ['list', 'rest'], 'wanted', [{ name: 'axis', type: 2, i: 0 }]), node('Reshape', ['x', 'wanted'], 'flat'), node('Relu', ['flat'], 'y'),
    ];
    const initializers = [integers('zero', [], [0]), integers('axes', [1], [0]), integers('rest', [1], [-1])];
    const bytes = model({ nodes, inputs: [value('x', ['N', 2, 3, 4])], initializers });
    expect(importOnnxFloat(bytes, 'm').outputs[0]?.shape).toEqual([1, 24]);
  });

  it('with weights sorted for a Gemm behind a Flatten, so that nothing is transposed', () => {
    const weights = Array.from({ length: 12 }, (_, i) => i);
    const nodes = [node('Flatten', ['x'], 'flat'), node('Gemm', ['flat', 'w'], 'y')];
    const bytes = model({ nodes, inputs: [value('x', [1, 2, 2, 3])], initializers: [floats('w', [12, 1], weights)] });
    const { network } = importOnnxFloat(bytes, 'm');
    expect(network.ops.map(({ kind }) => kind)).toEqual(['fully-connected']);
    // Channel c, row r, column k of the input is ONNX's value 6c + 3r + k and the network's 6r + 2k + c.
    const image = new Float32Array(12);
    image[6 * 1 + 2 * 2 + 0] = 1;
    expect(floatOutput(network, runFloat(network, image))[0]).toBe(6 * 0 + 3 * 1 + 2);
  });

  it('with x * HardSigmoid(x) as hard swish', () => {
    const nodes = [node('HardSigmoid', ['x'], 'gate', [{ name: 'alpha', type: 1, f: 1 / 6 }]), node('Mul', ['x', 'gate'], 'y')];
    expect(importOnnxFloat(model({ nodes }), 'm').network.ops.map(({ kind }) => kind)).toEqual(['hard-swish']);
  });

  it('with external data that the loader gives', () => {
    const external = (path: string): Uint8Array | undefined => (path === 'w.bin' ? new Uint8Array(new Float32Array([0, 5, 6]).buffer) : undefined);
    const w: TensorProto = { name: 'w', dims: [2], data_type: FLOAT, data_location: 1, external_data: [{ key: 'location', value: 'w.bin' }, { key: 'offset', value: '4' }] };
    expect(run({ nodes: [node('Add', ['x', 'w'], 'y')], initializers: [w] }, [1, 1], { external })).toEqual([6, 7]);
  });
});

/** x quantized, multiplied by weights and quantized again. */
const quantizedGemm = (more: readonly NodeProto[] = [], initializers: readonly TensorProto[] = []): Parts => ({
  nodes: [
    node('QuantizeLinear', ['x', 's', 'z'], 'xq'), node('DequantizeLinear', ['xq', 's', 'z'], 'xr'), node('DequantizeLinear', ['wq', 'ws'], 'w'),
    node('MatMul', ['xr', 'w'], 'sum'), ...more,
  ],
  initializers: [floats('s', [], [0.5]), integers('z', [], [128], UINT8), integers('wq', [2, 2], [1, 2, 3, -4], INT8), floats('ws', [], [0.25]), floats('ys', [], [1]), integers('yz', [], [-3], INT8), ...initializers],
});

describe('a quantized model', () => {
  it('keeps its weights, scales and zero points', () => {
    const imported = readOnnx(model(quantizedGemm([node('QuantizeLinear', ['sum', 'ys', 'yz'], 'yq'), node('DequantizeLinear', ['yq', 'ys', 'yz'], 'y')])), 'm');
    if (imported.kind !== 'int8') throw new Error('no int8 network');
    const { network } = imported;
    expect([0, 1].map((id) => tensorById(network, id).quantization)).toEqual([{ scale: 0.5, zeroPoint: 0 }, { scale: 1, zeroPoint: -3 }]);
    expect(network.ops.map((op) => ('weights' in op ? [...op.weights.data] : []))).toEqual([[1, 3, 2, -4]]);
    // x = 4, 8: 4 * 0.25 + 8 * 0.75 = 7 and 4 * 0.5 - 8 * 1 = -6.
    expect([...goldenOutput(network, runGolden(network, Int8Array.from([8, 16]))).data]).toEqual([4, -9]);
  });

  it('of QLinear operators is the same', () => {
    const nodes = [node('QLinearMatMul', ['x', 's', 'z', 'wq', 'ws', 'wz', 'ys', 'yz'], 'y')];
    const { initializers = [] } = quantizedGemm();
    const imported = readOnnx(model({ nodes, inputs: [value('x', [1, 2], UINT8)], initializers: [...initializers, integers('wz', [], [0], INT8)] }), 'm');
    if (imported.kind !== 'int8') throw new Error('no int8 network');
    expect([...goldenOutput(imported.network, runGolden(imported.network, Int8Array.from([8, 16]))).data]).toEqual([4, -9]);
  });

  it('that leaves an activation in float is refused', () => {
    expect(messageOf(UnsupportedOnnxQuantizationError, quantizedGemm([node('Relu', ['sum'], 'y')]))).toBe(
      'quantized ONNX model, node 4 "Relu_here" (Relu, opset 13), tensor y: no scale: no QuantizeLinear follows it; expected every activation quantized. Quantize the whole model statically in QDQ form, or pass the float model and calibration images.',
    );
  });
});

describe('a typed error', () => {
  it('MalformedOnnxError says what is wrong with bytes, graphs and shapes', () => {
    expect(() => readOnnx(new Uint8Array([0x3a, 0xff, 0xff]), 'm')).toThrow(MalformedOnnxError);
    expect(() => readOnnx(new Uint8Array(), 'm')).toThrow('ONNX file: no graph; expected a model with a graph. The file is truncated or damaged; fetch or export it again, and see what onnx.checker says.');
    expect(messageOf(MalformedOnnxError, { nodes: [node('Add', ['x', 'y'], 'a'), node('Relu', ['a'], 'y')] })).toContain('ONNX graph: 2 nodes read each other in a circle');
    expect(messageOf(MalformedOnnxError, { nodes: [node('Relu', ['nothing'], 'y')] })).toContain('ONNX node 0 (Relu): reads "nothing", which nothing writes');
    expect(messageOf(MalformedOnnxError, { nodes: [...relu, ...relu] })).toContain('"y" is written a second time');
    expect(messageOf(MalformedOnnxError, { nodes: [node('Add', ['x', 'w'], 'y')], initializers: [floats('w', [3], [1, 2])] })).toContain('initializer "w": 2 values; expected 3 for 3');
    expect(messageOf(MalformedOnnxError, { nodes: [node('Add', ['x', 'w'], 'y')], initializers: [floats('w', [3], [1, 2, 3])] })).toContain('1x2 and 3 do not broadcast');
  });

  it('UnsupportedOnnxOpError names the node, its operator and opset, and what would work', () => {
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('LSTM', ['x'], 'y')] })).toMatch(
      /^ONNX node 0 "LSTM_here" \(LSTM, opset 13\): an operator that is not supported; expected one of the \d+ operators in docs\/onnx.md. Use convolutions: nothing is carried from step to step here.$/,
    );
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('Nonsense', ['x'], 'y')] })).toContain('(Nonsense, opset 13): an operator that is not supported; ');
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('Nonsense', ['x'], 'y')] })).toContain('Replace or remove this operator in the model before export.');
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('Gelu', ['x'], 'y', [], 'com.microsoft')] })).toContain('(com.microsoft.Gelu, opset 1)');
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('Relu', ['x'], 'y', [{ name: 'slope', type: 1, f: 1 }])] })).toContain('attribute slope; expected one of consumed_inputs');
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('If', ['x'], 'y', [{ name: 'then_branch', type: 5, g: new Uint8Array() }])] })).toContain('a subgraph (attribute then_branch); expected a model without branches and loops');
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('MatMul', ['x', 'x'], 'y')] })).toContain('weights (input 1) that are computed when the model runs; expected constant weights');
    expect(messageOf(UnsupportedOnnxOpError, { nodes: [node('Conv', ['x', 'w'], 'y', [ints('kernel_shape', [1, 1])])], inputs: [value('x', [2, 1, 4, 4])], initializers: [floats('w', [1, 1, 1, 1], [1])] })).toContain('batch 2; expected batch 1. Export the model with batch 1 or with a dynamic batch.');
  });

  it('UnsupportedOnnxTypeError names the type', () => {
    expect(messageOf(UnsupportedOnnxTypeError, { nodes: relu, inputs: [value('x', [1, 2], INT32)] })).toBe(
      'ONNX node 0 "Relu_here" (Relu, opset 13): input 0 of int32; expected float32: DequantizeLinear before it. Export the model in float32, or quantized to 8 bits with one scale and zero point per activation.',
    );
    expect(messageOf(UnsupportedOnnxTypeError, { nodes: relu, initializers: [{ name: 'w', dims: [1], data_type: 16 }] })).toContain('initializer "w": values of bfloat16');
  });

  it('UnsupportedOnnxOpsetError names the opset', () => {
    expect(messageOf(UnsupportedOnnxOpsetError, { nodes: relu, opset: 99 })).toBe('ONNX operator sets: opset 99; expected 1 to 25. Convert the model with onnx.version_converter, or export it for opset 17.');
  });

  it('DynamicOnnxShapeError names the dimension', () => {
    expect(messageOf(DynamicOnnxShapeError, { nodes: relu, inputs: [value('x', ['N', 3, 'H', 'W'])] })).toBe(
      'ONNX input "x": dimension 2 is H; expected a number. Export the model with fixed sizes; the batch alone may be dynamic, and is 1 here.',
    );
  });

  it.each(['/etc/passwd', '../w.bin', 'a/../../w.bin', 'C:\\w.bin', ''])('OnnxExternalDataError refuses the path %j', (path) => {
    const loaded: string[] = [];
    const external = (asked: string): undefined => void loaded.push(asked);
    const w: TensorProto = { name: 'w', dims: [2], data_type: FLOAT, data_location: 1, external_data: [{ key: 'location', value: path }] };
    expect(messageOf(OnnxExternalDataError, { nodes: [node('Add', ['x', 'w'], 'y')], initializers: [w] }, { external })).toContain("expected a relative path inside the model's folder");
    expect(loaded).toEqual([]);
  });
});
