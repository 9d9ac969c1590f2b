// SPDX-License-Identifier: Apache-2.0
/** Takes a small ONNX model all the way: float reference, quantization, golden model, passes of the array, program on the interpreter. */
import { validateConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import { floatTensorById } from '../../generator/float/query.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import type { Network } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { quantizeReal } from '../../generator/quantize/activation-range.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { elementCount } from '../../generator/tensor/tensor.js';
import { compileAndCheck } from './compile-layer.js';
import { randomValues } from './float-network.js';
import { checkPasses } from './run-passes.js';

export interface OnArray {
  readonly network: Network;
  /** Differences of passes and of the program from the golden model, in every order of the units. */
  readonly differences: readonly string[];
  /** Kinds of the operators that the host would compute. */
  readonly hosted: readonly string[];
  /** Largest difference of the golden model from the float reference, in steps of the output; 0 for a model that is int8 in its file. */
  readonly steps: number;
}

const CONFIG = { pes: 16, group: 8 } as const;

/** A float model is calibrated on seeded values around 0. */
export function onArray(bytes: Uint8Array, seed = 1, config: Partial<Parameters<typeof validateConfig>[0]> = CONFIG): OnArray {
  const imported = readOnnx(bytes, 'model');
  const random = createRandom(seed);
  let { network } = imported;
  let steps = 0;
  if (imported.kind === 'float32') {
    const float = imported.network;
    const count = elementCount(floatTensorById(float, float.inputs[0] as number).shape);
    const images = Array.from({ length: 8 }, () => randomValues(random, count));
    const int8 = quantizeNetwork(float, images);
    const [input, output] = [int8.inputs[0], int8.outputs[0]].map((id) => tensorById(int8, id as number).quantization) as [{ scale: number; zeroPoint: number }, { scale: number; zeroPoint: number }];
    for (const image of images) {
      // What the int8 network sees, in real numbers.
      const q = Int8Array.from(image, (real) => Math.min(127, Math.max(-128, quantizeReal(real, input))));
      const wanted = floatOutput(float, runFloat(float, Float32Array.from(q, (step) => (step - input.zeroPoint) * input.scale)));
      goldenOutput(int8, runGolden(int8, q)).data.forEach((step, i) => {
        steps = Math.max(steps, Math.abs(step - output.zeroPoint - (wanted[i] as number) / output.scale));
      });
    }
    network = int8;
  }
  const int8 = network as Network;
  const whole = validateConfig(config);
  const { compiled, differences } = compileAndCheck(int8, undefined, whole, { adversarial: true, seed });
  return {
    network: int8,
    differences: [...differences, ...checkPasses(int8, undefined, whole, randomInput(int8, seed)), ...checkPasses(int8, undefined, whole, randomInput(int8, seed), false)],
    hosted: compiled.steps.flatMap((step) => (step.kind === 'host' ? [step.op.kind] : [])),
    steps,
  };
}
