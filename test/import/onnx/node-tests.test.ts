// SPDX-License-Identifier: Apache-2.0
/** Runs ONNX's own node tests: a supported operator gives their outputs, another one a typed error that names it. */
import { describe, expect, it } from 'vitest';
import { runFloat } from '../../../generator/float/execute.js';
import { tensorById } from '../../../generator/graph/query.js';
import type { OnnxPort } from '../../../generator/import/onnx/convert-graph.js';
import { UnsupportedOnnxOpError, UnsupportedOnnxTypeError } from '../../../generator/import/onnx/errors.js';
import { readOnnx } from '../../../generator/import/onnx/import.js';
import { decodeModel, decodeTensor } from '../../../generator/import/onnx/proto.js';
import { readTensor, type OnnxTensor } from '../../../generator/import/onnx/tensors.js';
import { runGolden } from '../../../generator/model/golden.js';
import { dataPath, readData } from '../../support/data.js';
import { fromNetwork, toNetwork } from '../../support/onnx-values.js';
import { readTar } from '../../support/tar.js';

const ARCHIVE = 'onnx-node-tests/node_dev.tar.gz';

/** The tolerance of ONNX's own runner. */
const [RELATIVE, ABSOLUTE] = [1e-3, 1e-7];

interface NodeCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

function readCases(): NodeCase[] {
  const files = readTar(readData(ARCHIVE));
  const models = [...files].filter(([path]) => path.endsWith('/model.onnx'));
  return models.map(([path, model]) => {
    const folder = path.slice(0, -'model.onnx'.length);
    const tensors = (stem: string): OnnxTensor[] => [...files.keys()]
      .filter((file) => file.startsWith(`${folder}test_data_set_0/${stem}_`))
      .toSorted((a, b) => Number(/_(\d+)\.pb$/.exec(a)?.[1]) - Number(/_(\d+)\.pb$/.exec(b)?.[1]))
      .map((file) => readTensor(decodeTensor(files.get(file) as Uint8Array), file));
    return { name: folder.split('/').at(-2) as string, model, inputs: tensors('input'), outputs: tensors('output') };
  }).toSorted((a, b) => a.name.localeCompare(b.name));
}

/** The first difference, or undefined. */
function difference(found: ArrayLike<number>, wanted: ArrayLike<number>): string | undefined {
  if (found.length !== wanted.length) return `${found.length} values, not ${wanted.length}`;
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [found[i] as number, wanted[i] as number];
    if (!(Math.abs(a - b) <= ABSOLUTE + RELATIVE * Math.abs(b))) return `value ${i} is ${a}, not ${b}`;
  }
  return undefined;
}

/** Operators whose inputs are all activations; elsewhere the first alone is one, and the others become constants. */
const ALL_VARIABLE = new Set(['Add', 'Concat', 'Mul', 'Sub']);

/** Real values of the outputs: of the float reference, or of the golden model where the case is quantized. */
function results(imported: ReturnType<typeof readOnnx>, given: readonly ArrayLike<number>[], isInteger: boolean): ArrayLike<number>[] {
  const { network } = imported;
  if (imported.kind === 'float32') {
    const tensors = runFloat(imported.network, given.map((values) => Float32Array.from(values)));
    return network.outputs.map((id) => tensors.get(id) ?? []);
  }
  const tensors = runGolden(imported.network, Int8Array.from(given[0] ?? []));
  return network.outputs.map((id) => {
    const { scale, zeroPoint } = tensorById(imported.network, id).quantization;
    return Array.from(tensors.get(id)?.data ?? [], (q) => (isInteger ? q : (q - zeroPoint) * scale));
  });
}

/** Undefined when all outputs are right. */
function run({ model, inputs, outputs }: NodeCase): string | undefined {
  const { graph } = decodeModel(model);
  const names = (graph?.input ?? []).map(({ name = '' }) => name);
  const variable = ALL_VARIABLE.has(graph?.node?.[0]?.op_type ?? '') ? names.length : 1;
  const fixed = new Map(names.slice(variable).map((name, i) => [name, { ...(inputs[variable + i] as OnnxTensor), name }]));
  const imported = readOnnx(model, 'case', { fixed });
  // In an int8 network uint8 is int8 + 128; in a float one integers are real numbers.
  const offset = (type: string | undefined): number => (type === 'uint8' && imported.kind === 'int8' ? 128 : 0);
  const given = imported.inputs.map((port) => {
    const tensor = inputs[names.indexOf(port.name)];
    return toNetwork(port, Array.from(tensor?.data ?? [], (value) => value - offset(tensor?.type)));
  });
  const isInteger = outputs[0]?.type === 'int8' || outputs[0]?.type === 'uint8';
  for (const [i, found] of results(imported, given, isInteger).entries()) {
    const [port, wanted] = [imported.outputs[i] as OnnxPort, outputs[i] as OnnxTensor];
    if (port.shape.join() !== wanted.shape.join()) return `output ${i} is ${port.shape.join('x')}, not ${wanted.shape.join('x')}`;
    const first = difference(fromNetwork(port, found), Array.from(wanted.data, (value) => value - offset(wanted.type)));
    if (first !== undefined) return `output ${i}: ${first}`;
  }
  return undefined;
}

const INTEGERS = /^ONNX node 0 \(\w+, opset \d+\): input 0 of (int8|uint8|int16|uint16|int32); expected float32/;

/** Every case that ends in an error, and what it says. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  test_add_int8: INTEGERS,
  test_add_uint8: INTEGERS,
  test_dequantizelinear_int16: /^ONNX node 0 \(DequantizeLinear, opset 25\): an activation of int16; expected int8 or uint8/,
  test_dequantizelinear_uint16: /^ONNX node 0 \(DequantizeLinear, opset 25\): an activation of uint16; expected int8 or uint8/,
  test_dynamicquantizelinear: /^ONNX node 0 \(DynamicQuantizeLinear, opset 11\): dynamically quantized integers, or their scale, as an output of the model; .*Quantize the model statically/,
  test_lrn: /^ONNX node 0 \(LRN, opset 13\): an operator that is not supported; .*BatchNormalization/,
  test_quantizelinear_axis: /^ONNX node 0 \(QuantizeLinear, opset 25\): 3 scales for an activation; expected one scale/,
  test_quantizelinear_int16: /^ONNX node 0 \(QuantizeLinear, opset 25\): an activation of int16; expected int8 or uint8/,
};

describe.skipIf(dataPath(ARCHIVE) === undefined)('the node tests of ONNX', () => {
  const cases = dataPath(ARCHIVE) === undefined ? [] : readCases();

  it('pass, or end in an error that names the node, its operator and opset', () => {
    const passed: string[] = [];
    const refused = new Map<string, string>();
    const failed: string[] = [];
    for (const one of cases) {
      try {
        const found = run(one);
        if (found === undefined) passed.push(one.name);
        else failed.push(`${one.name}: ${found}`);
      } catch (error) {
        if (error instanceof UnsupportedOnnxOpError || error instanceof UnsupportedOnnxTypeError) refused.set(one.name, error.message);
        else failed.push(`${one.name}: ${String(error)}`);
      }
    }
    console.log(`ONNX node tests: ${cases.length} cases, ${passed.length} pass, ${refused.size} are refused by a typed error, ${failed.length} fail`);
    expect(failed).toEqual([]);
    expect([...refused.keys()]).toEqual(Object.keys(REFUSED).toSorted((a, b) => a.localeCompare(b)));
    for (const [name, message] of refused) expect(message, name).toMatch(REFUSED[name] as RegExp);
    expect([cases.length, passed.length, refused.size]).toEqual([121, 113, 8]);
  });
});
