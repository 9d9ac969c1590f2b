// SPDX-License-Identifier: Apache-2.0
/**
 * `make demo`: one generated accelerator, a real network dense and pruned on it, every bit compared; the same commands a user would type.
 * Without the data folder the network is the one of examples/digits, trained on images that this repository draws.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { execa } from 'execa';

const root = resolve(import.meta.dirname, '..');
const data = resolve(root, process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
const model = resolve(data, 'mlcommons-tiny/resnet8_int8.tflite');
const photos = resolve(data, 'cifar10/dev500_cifarbin.bin');
const hasData = existsSync(model) && existsSync(photos);
if (!hasData && process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') {
  console.error(`demo: ${model} is not there; expected the data folder. Set GEN_ACCEL_DATA.`);
  process.exit(1);
}

interface Step {
  readonly title: string;
  /** `gen-accel`, or a file of this repository. */
  readonly program: string;
  readonly args: readonly string[];
}

interface Demo {
  readonly about: string;
  readonly steps: readonly Step[];
}

const shape = ['--pes', '16', '--group', '8'];
const accel = (title: string, ...args: readonly string[]): Step => ({ title, program: 'gen-accel', args });
const generate = accel('Generate the accelerator', ...shape, '--out', resolve(root, 'build/demo/pes16-group8'), '--force');

function resnet8(): Demo {
  const network = ['sim', model, '--images', photos];
  return {
    about: 'ResNet-8 for CIFAR-10, int8, as TensorFlow Lite recorded it; photos of the CIFAR-10 test set.',
    steps: [
      generate,
      accel('Dense, on Verilator', ...network, '--count', '20', ...shape),
      accel('2 of 8 kept, on Verilator', ...network, '--count', '20', ...shape, '--keep', '2', '--compare-unconstrained'),
      accel('2 of 8 kept, one image on Icarus Verilog', ...network, '--count', '1', ...shape, '--keep', '2', '--simulator', 'icarus', '--no-rows', '--no-dense'),
    ],
  };
}

/** Test images that the golden model scores. */
const SCORED = '300';

function digits(): Demo {
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
      accel('Dense, on Verilator', ...network(dense), '--count', '20', ...shape),
      accel('2 of 8 kept and retrained, on Verilator', ...network(retrained), '--count', '20', ...shape, '--keep', 'existing'),
      accel('2 of 8 kept, not retrained, beside unconstrained pruning', ...network(dense), '--count', '1', ...shape, '--keep', '2', '--compare-unconstrained', '--no-rows'),
      accel('2 of 8 kept and retrained, one image on Icarus Verilog', ...network(retrained), '--count', '1', ...shape, '--keep', 'existing', '--simulator', 'icarus', '--no-rows', '--no-dense'),
      { title: `Accuracy on ${SCORED} images, by the golden model that the hardware agrees with`, program: 'examples/digits/score.ts', args: [SCORED] },
    ],
  };
}

const { about, steps } = hasData ? resnet8() : digits();

const shown = (arg: string): string => (arg.startsWith(root) ? arg.slice(root.length + 1) : arg.startsWith(data) ? `$GEN_ACCEL_DATA${arg.slice(data.length)}` : arg);
/** The command as a user of the installed package types it. */
const typed = ({ program, args }: Step): string => [...(program === 'gen-accel' ? [program] : ['npx tsx', program]), ...args.map(shown)].join(' ');

console.log(about);
const started = Date.now();
for (const [index, step] of steps.entries()) {
  console.log(`\n[${index + 1}/${steps.length}] ${step.title}\n$ ${typed(step)}\n`);
  const file = step.program === 'gen-accel' ? 'generator/cli/main.ts' : step.program;
  const { exitCode } = await execa(process.execPath, ['--import', 'tsx', resolve(root, file), ...step.args], { cwd: root, stdio: 'inherit', reject: false });
  if (exitCode !== 0) process.exit(exitCode ?? 3);
}
console.log(`\ndemo: every bit agrees; ${Math.round((Date.now() - started) / 1000)} s`);
