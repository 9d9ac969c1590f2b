// SPDX-License-Identifier: Apache-2.0
/** `make demo`: one generated accelerator, a real network dense and pruned on it, every bit compared; the same commands a user would type. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { execa } from 'execa';

const root = resolve(import.meta.dirname, '..');
const data = resolve(root, process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
const model = resolve(data, 'mlcommons-tiny/resnet8_int8.tflite');
const photos = resolve(data, 'cifar10/dev500_cifarbin.bin');
const real = existsSync(model) && existsSync(photos);
if (!real && process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') {
  console.error(`demo: ${model} is not there; expected the data folder. Set GEN_ACCEL_DATA.`);
  process.exit(1);
}

const network = real ? [model, '--images', photos] : ['synthetic'];
const count = real ? '20' : '2';
const shape = ['--pes', '16', '--group', '8'];

const STEPS: readonly (readonly [title: string, args: readonly string[]])[] = [
  ['Generate the accelerator', [...shape, '--out', resolve(root, 'build/demo/pes16-group8'), '--force']],
  ['Dense, on Verilator', ['sim', ...network, '--count', count, ...shape]],
  ['2 of 8 kept, on Verilator', ['sim', ...network, '--count', count, ...shape, '--keep', '2', '--compare-unconstrained']],
  ['2 of 8 kept, one image on Icarus Verilog', ['sim', ...network, '--count', '1', ...shape, '--keep', '2', '--simulator', 'icarus', '--no-rows', '--no-dense']],
];

/** The command as a user of the installed package types it. */
const typed = (args: readonly string[]): string =>
  `gen-accel ${args.map((arg) => (arg.startsWith(root) ? arg.slice(root.length + 1) : arg.startsWith(data) ? `$GEN_ACCEL_DATA${arg.slice(data.length)}` : arg)).join(' ')}`;

console.log(real ? 'ResNet-8 for CIFAR-10, int8, as TensorFlow Lite recorded it; photos of the CIFAR-10 test set.' : 'No data folder: a seeded network of the shape of ResNet-8; synthetic, no accuracy.');
const started = Date.now();
for (const [index, [title, args]] of STEPS.entries()) {
  console.log(`\n[${index + 1}/${STEPS.length}] ${title}\n$ ${typed(args)}\n`);
  const { exitCode } = await execa(process.execPath, ['--import', 'tsx', resolve(root, 'generator/cli/main.ts'), ...args], { cwd: root, stdio: 'inherit', reject: false });
  if (exitCode !== 0) process.exit(exitCode ?? 3);
}
console.log(`\ndemo: every bit agrees; ${Math.round((Date.now() - started) / 1000)} s`);
