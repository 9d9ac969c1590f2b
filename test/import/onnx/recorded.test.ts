// SPDX-License-Identifier: Apache-2.0
/** Holds the importer to onnxruntime: small models of opsets 7 to 21 with recorded inputs and outputs (examples/onnxruntime-corpus). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../../generator/arch/config.js';
import { validateConfig } from '../../../generator/arch/rules.js';
import { compileNetwork } from '../../../generator/compile/compile-network.js';
import { GenAccelError } from '../../../generator/core/errors.js';
import { createRandom } from '../../../generator/core/random.js';
import { runFloat } from '../../../generator/float/execute.js';
import type { Network } from '../../../generator/graph/network.js';
import { randomInput } from '../../../generator/graph/synthetic.js';
import { readOnnx } from '../../../generator/import/onnx/import.js';
import { runGolden } from '../../../generator/model/golden.js';
import type { Rounding } from '../../../generator/quantize/fixed-point.js';
import { UnquantizableError } from '../../../generator/quantize/post-training/errors.js';
import { quantizeNetwork } from '../../../generator/quantize/post-training/quantize-network.js';
import { readCorpus, recordedAt, type RecordedCase } from '../../support/onnx-corpus.js';
import { addCounts, describeCounts, importQuantized, integerInput, stepDifferences, type IntegerCase } from '../../support/onnx-steps.js';
import { fromNetwork, toNetwork } from '../../support/onnx-values.js';
import { differences, runCompiled } from '../../support/run-compiled.js';
import { REFUSED } from './recorded/refused.js';

const { versions, cases } = readCorpus();
const ofKind = (kind: RecordedCase['kind']): readonly RecordedCase[] => cases.filter((one) => one.kind === kind);
const OPSETS = Array.from({ length: 15 }, (_, i) => 7 + i);

const CONFIGS: readonly AccelConfig[] = [validateConfig({ pes: 8, group: 4 }), validateConfig({ pes: 16, group: 8, lanes: 2 })];

/** Differences of the compiled network, run on the interpreter, from the golden model. */
function compiledDifferences(network: Network, input: Int8Array, at: number): string[] {
  const compiled = compileNetwork(network, undefined, CONFIGS[at % CONFIGS.length] as AccelConfig, {});
  const missing = network.outputs.filter((id) => !compiled.stored.has(id) && !network.inputs.includes(id)).map((id) => `output ${id} is not stored`);
  return [...missing, ...differences(compiled, runCompiled(compiled, input), runGolden(network, input))];
}

it('the recorded models are of every opset from 7 to 21', () => {
  const counts = OPSETS.map((opset) => [opset, cases.filter((one) => one.opset === opset).length] as const);
  console.log(`${cases.length} models, recorded with onnxruntime ${versions['onnxruntime'] ?? ''}: ${counts.map(([opset, count]) => `opset ${opset}: ${count}`).join(', ')}`);
  expect(counts.filter(([, count]) => count < 10)).toEqual([]);
  expect(cases.every(({ opset }) => OPSETS.includes(opset))).toBe(true);
  expect(['float', 'quantized', 'refused'].map((kind) => ofKind(kind as RecordedCase['kind']).length)).toEqual([306, 195, 72]);
});

describe('float models', () => {
  /** onnxruntime sums in float32, the float reference in float64. */
  const TOLERANCE = 1e-5;

  /** The largest difference relative to the output's largest magnitude. */
  function relativeError(one: RecordedCase): number {
    const imported = readOnnx(one.model, one.name);
    if (imported.kind !== 'float32') throw new Error(`${one.name} is no float network`);
    const { network, inputs, outputs } = imported;
    const errors = one.runs.flatMap((run) => {
      const tensors = runFloat(network, inputs.map((port) => toNetwork(port, run.inputs[recordedAt(one.inputs, port)] as number[])));
      return outputs.map((port, i) => {
        expect(port.shape, one.name).toEqual(one.outputs[i]?.shape);
        const [found, wanted] = [fromNetwork(port, tensors.get(network.outputs[i] as number) ?? []), run.outputs[i] as number[]];
        const largest = Math.max(...wanted.map(Math.abs));
        return Math.max(...wanted.map((value, k) => Math.abs(value - (found[k] as number)))) / (largest > 0 ? largest : 1);
      });
    });
    return Math.max(...errors);
  }

  it('give the outputs of onnxruntime', () => {
    const errors = ofKind('float').map((one) => [one.name, relativeError(one)] as const);
    console.log(`${errors.length} float models: largest difference ${Math.max(...errors.map(([, error]) => error)).toExponential(1)} of the output's largest magnitude`);
    expect(errors.filter(([, error]) => !(error <= TOLERANCE))).toEqual([]);
  });

  /** Constants with a value for every position have no int8 form; everything else has one. */
  const UNQUANTIZED = /^(arithmetic_(rows|whole)|constant_widens|folded|gemm_c_(column|whole)|p_relu_columns)_/;

  it('run on the array bit for bit when they are quantized with random inputs', () => {
    const failed: string[] = [];
    const part = ofKind('float').filter((one, i) => one.inputs.length === 1 && i % 3 === 0);
    part.forEach((one, at) => {
      const imported = readOnnx(one.model, one.name);
      if (imported.kind !== 'float32') return;
      const random = createRandom(17);
      const inputs = Array.from({ length: 4 }, () => Float32Array.from(one.runs[0]?.inputs[0] ?? [], () => 4 * random.next() - 2));
      try {
        const network = quantizeNetwork(imported.network, inputs);
        failed.push(...compiledDifferences(network, randomInput(network, 3), at).map((found) => `${one.name}: ${found}`));
        if (UNQUANTIZED.test(one.name)) failed.push(`${one.name} has an int8 form`);
      } catch (error) {
        if (!(error instanceof UnquantizableError && UNQUANTIZED.test(one.name))) throw error;
      }
    });
    expect(failed).toEqual([]);
    expect(part.length).toBeGreaterThan(80);
  });
});

describe('quantized models', () => {
  let known: (readonly [RecordedCase, IntegerCase])[] | undefined;
  const imported = (): readonly (readonly [RecordedCase, IntegerCase])[] => (known ??= ofKind('quantized').map((one) => [one, importQuantized(one)] as const));

  /** By case; and all together. */
  function measured(rounding: Rounding): { readonly byCase: ReadonlyMap<string, readonly number[]>; readonly all: number[] } {
    const byCase = new Map(imported().map(([one, network]) => [one.name, stepDifferences(network, one, rounding)]));
    return { byCase, all: [...byCase.values()].reduce(addCounts, []) };
  }

  /** Values by steps of difference: these inputs, and integers on both sides, give the same numbers on every machine. */
  const EXPECTED: Readonly<Record<Rounding, readonly number[]>> = { single: [26855, 458, 3], double: [26617, 690, 9] };

  const SOFTMAX = 'the probabilities of integers, then another scale; with double rounding, of logits a step off';
  /** Why a value is two steps off. */
  const TWO_STEPS: Readonly<Record<Rounding, Readonly<Record<string, string>>>> = {
    single: { qdq_resnet_s8_13: SOFTMAX, qdq_resnet_u8_11: SOFTMAX, static_mixed_qdq_u8s8_17: SOFTMAX },
    double: {
      qdq_conv_then_relu_s8_17: 'a step of the convolution is two steps of the scale behind Relu',
      qdq_leaky_u8_12: 'a step of the convolution, and one of LeakyRelu',
      qdq_resnet_s8_13: SOFTMAX, qdq_resnet_u8_11: SOFTMAX, qdq_probabilities_in_float_s8_13: SOFTMAX, static_mixed_qdq_s8_17: SOFTMAX, static_mixed_integer_u8u8_13: SOFTMAX,
    },
  };

  it.each(['single', 'double'] as const)('differ from onnxruntime as docs/onnx.md says, with %s rounding', (rounding) => {
    const { byCase, all } = measured(rounding);
    const unequal = [...byCase].filter(([, counts]) => counts.length > 1);
    const steps = all.map((count, at) => `${at} steps: ${count}`).join(', ');
    console.log(`${byCase.size} quantized models, ${rounding} rounding: ${describeCounts(all)} (${steps}); ${byCase.size - unequal.length} models are equal, ${unequal.length} are not`);
    expect(all).toEqual(EXPECTED[rounding]);
    expect([...byCase].flatMap(([name, counts]) => (counts.length > 2 ? [name] : [])).toSorted()).toEqual(Object.keys(TWO_STEPS[rounding]).toSorted());
    expect(readFileSync(new URL('../../../docs/onnx.md', import.meta.url), 'utf8')).toContain(`| ${rounding} | ${describeCounts(all)} |`);
  });

  /** A constant in float that is added: rounded to steps of the bias, it decides what is nearly halfway. */
  const NEARLY_HALFWAY = ['qdq_constant_operands_s8_13', 'qdq_hard_sigmoid_s8_13', 'qdq_rows_s8_13', 'qdq_deconvolution_u8_11', 'qdq_deconvolution_asymmetric_18'];

  /** Rounded to a scale of its own first, and to the model's afterwards; so are the negative values of PRelu. */
  const isRoundedTwice = (name: string, { ops }: Network): boolean =>
    /_p_relu_/.test(name) || ops.some((op) => op.kind === 'requantize' && ops.some(({ kind, outputs }) => outputs[0] === op.inputs[0] && ['logistic', 'softmax', 'average-pool'].includes(kind)));

  it('are equal with single rounding but for what is rounded twice', () => {
    const { byCase } = measured('single');
    const once = imported().filter(([{ name }, { network }]) => !isRoundedTwice(name, network)).map(([{ name }]) => name);
    expect(once.length).toBeGreaterThan(140);
    expect(once.filter((name) => (byCase.get(name) ?? []).length > 1)).toEqual(NEARLY_HALFWAY);
  });

  it('run on the array bit for bit', () => {
    const failed = imported().flatMap(([one, network], at) => compiledDifferences(network.network, integerInput(network, one, one.runs[0]!), at).map((found) => `${one.name}: ${found}`));
    expect(failed).toEqual([]);
  });
});

describe('models without a place on the accelerator', () => {
  const messageOf = ({ model, name }: RecordedCase): string => {
    try {
      readOnnx(model, name);
    } catch (error) {
      if (error instanceof GenAccelError) return error.message.replace(/one of the \d+ operators/, 'one of the operators');
      throw error;
    }
    return 'no error';
  };

  it('end in errors that name the node, its operator and opset, and what would work', () => {
    const found = Object.fromEntries(ofKind('refused').map((one) => [one.name, messageOf(one)]));
    expect(found).toEqual(REFUSED);
    const place = /^(?:quantized ONNX model, |ONNX )(?:node \d+ \([\w.]+, opset \d+\)|input "\w+").*; expected .+\. [A-Z].+\.$/;
    for (const [name, message] of Object.entries(found)) expect(message, name).toMatch(place);
  });
});
