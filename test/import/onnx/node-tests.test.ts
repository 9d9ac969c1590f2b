// SPDX-License-Identifier: Apache-2.0
/** Runs ONNX's own node tests: a supported operator gives their outputs, another one a typed error that names it. */
import { describe, expect, it } from 'vitest';
import { GenAccelError } from '../../../generator/core/errors.js';
import { runFloat } from '../../../generator/float/execute.js';
import { MalformedOnnxError, UnsupportedOnnxOpError, UnsupportedOnnxTypeError } from '../../../generator/import/onnx/errors.js';
import { importOnnxFloat } from '../../../generator/import/onnx/import.js';
import { decodeModel, decodeTensor } from '../../../generator/import/onnx/proto.js';
import { readTensor, type OnnxTensor } from '../../../generator/import/onnx/tensors.js';
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

/** Runs a case with the inputs from `variable` on as constants. */
function run({ model, inputs, outputs }: NodeCase, variable: number): string | undefined {
  const names = (decodeModel(model).graph?.input ?? []).map(({ name = '' }) => name);
  const fixed = new Map(names.slice(variable).map((name, i) => [name, { ...(inputs[variable + i] as OnnxTensor), name }]));
  const imported = importOnnxFloat(model, 'case', { fixed });
  const given = imported.inputs.map((port) => toNetwork(port, inputs[names.indexOf(port.name)]?.data ?? []));
  const tensors = runFloat(imported.network, given);
  for (const [i, port] of imported.outputs.entries()) {
    const wanted = outputs[i] as OnnxTensor;
    if (port.shape.join() !== wanted.shape.join()) return `output ${i} is ${port.shape.join('x')}, not ${wanted.shape.join('x')}`;
    const found = difference(fromNetwork(port, tensors.get(imported.network.outputs[i] as number) ?? []), wanted.data);
    if (found !== undefined) return `output ${i}: ${found}`;
  }
  return undefined;
}

/** Cases that give a typed error, and what it says. */
const REFUSED: Readonly<Record<string, RegExp>> = {};

describe.skipIf(dataPath(ARCHIVE) === undefined)('the node tests of ONNX', () => {
  const cases = dataPath(ARCHIVE) === undefined ? [] : readCases();

  it('pass, or end in an error that names the node, its operator and opset', () => {
    let passed = 0;
    const refused: string[] = [];
    const failed: string[] = [];
    for (const one of cases) {
      try {
        const found = run(one, 1);
        if (found === undefined) passed++;
        else failed.push(`${one.name}: ${found}`);
      } catch (error) {
        if (!(error instanceof GenAccelError)) failed.push(`${one.name}: ${(error as Error).stack}`);
        else refused.push(`${one.name}: ${error.message}`);
      }
    }
    console.log(`ONNX node tests: ${cases.length} cases, ${passed} passed, ${refused.length} refused, ${failed.length} failed`);
    console.log(refused.join('\n')); console.log('FAILED\n'+failed.join('\n'));
    void [REFUSED, MalformedOnnxError, UnsupportedOnnxOpError, UnsupportedOnnxTypeError];
    expect(failed).toEqual([]);
  });
});
