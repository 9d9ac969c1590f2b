// SPDX-License-Identifier: Apache-2.0
/** Owns what `make demo` runs, in order: with the data folder ResNet-8 and photos, without it the network for digits of this repository. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

export interface Step {
  readonly title: string;
  /** `gen-accel`, or a file of this repository. */
  readonly program: string;
  readonly args: readonly string[];
}

export interface Demo {
  readonly about: string;
  readonly steps: readonly Step[];
}

/** Below the data folder: the dense network, images that ranges come from, images that are scored. */
export const DEMO_DATA = { model: 'mlperf-tiny-results/onnx/resnet8_float.onnx', calibration: 'cifar10/train4000_cifarbin.bin', photos: 'cifar10/dev500_cifarbin.bin' } as const;

export const missingData = (data: string): string[] => Object.values(DEMO_DATA).filter((file) => !existsSync(resolve(data, file)));

const shape = ['--pes', '16', '--group', '8'];
const accel = (title: string, ...args: readonly string[]): Step => ({ title, program: 'gen-accel', args });
const generate = accel('Generate the accelerator', ...shape, '--out', resolve(root, 'build/demo/pes16-group8'), '--force');
const IMAGES = ['--count', '4'];
const quick = ['--count', '1', ...shape, '--keep', 'existing', '--simulator', 'icarus', '--no-rows', '--no-dense'];
const beside = ['--count', '1', ...shape, '--keep', '2', '--compare-unconstrained', '--no-rows'];
const accuracy = (count: string, program: string, ...args: readonly string[]): Step => ({ title: `Accuracy on ${count} images, by the golden model that the hardware agrees with`, program, args: [...args, count] });

export function resnet8Demo(data: string): Demo {
  const [dense, retrained] = [resolve(data, DEMO_DATA.model), resolve(root, 'examples/retrain-pytorch/models/resnet8-2of8.onnx')];
  const network = (path: string): string[] => ['sim', path, '--calibration', resolve(data, DEMO_DATA.calibration), '--calibration-count', '100', '--images', resolve(data, DEMO_DATA.photos)];
  return {
    about: 'ResNet-8 of MLPerf Tiny, dense and retrained with 2 of 8 weights (examples/retrain-pytorch), in int8; photos of the CIFAR-10 test set, which neither retraining nor calibration saw.',
    steps: [
      generate,
      accel('Dense, on Verilator', ...network(dense), ...IMAGES, ...shape),
      accel('2 of 8 kept and retrained, on Verilator', ...network(retrained), ...IMAGES, ...shape, '--keep', 'existing'),
      accel('2 of 8 kept, not retrained, beside unconstrained pruning', ...network(dense), ...beside),
      accel('2 of 8 kept and retrained, one image on Icarus Verilog', ...network(retrained), ...quick),
      accuracy('500', 'examples/retrain-pytorch/accuracy.ts', 'resnet8-2of8'),
    ],
  };
}

export function digitsDemo(): Demo {
  const pictures = (split: string): string => resolve(root, `build/demo/digits/${split}`);
  const [dense, retrained] = ['digits.onnx', 'digits-2of8.onnx'].map((file) => resolve(root, 'examples/digits', file)) as [string, string];
  const network = (path: string): string[] => ['sim', path, '--calibration', pictures('calibration'), '--images', pictures('test')];
  const drawn = (split: string, count: string): Step => ({ title: `Draw digits: ${split}`, program: 'examples/digits/draw.ts', args: ['pictures', pictures(split), split, count] });
  return {
    about: 'No data folder: a network for digits, trained on images that this repository draws itself (examples/digits). What follows is scored on images that it was not trained on.',
    steps: [
      generate,
      drawn('calibration', '100'),
      drawn('test', '20'),
      accel('Dense, on Verilator', ...network(dense), ...IMAGES, ...shape),
      accel('2 of 8 kept and retrained, on Verilator', ...network(retrained), ...IMAGES, ...shape, '--keep', 'existing'),
      accel('2 of 8 kept, not retrained, beside unconstrained pruning', ...network(dense), ...beside),
      accel('2 of 8 kept and retrained, one image on Icarus Verilog', ...network(retrained), ...quick),
      accuracy('500', 'examples/digits/score.ts'),
    ],
  };
}
