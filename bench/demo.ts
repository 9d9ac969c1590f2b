// SPDX-License-Identifier: Apache-2.0
/**
 * `make demo`: one generated accelerator, a real network dense and pruned on it, every bit compared; the same commands a user would type.
 * Without the data folder the network is the one of examples/digits, trained on images that this repository draws.
 */
import { resolve } from 'node:path';
import { execa } from 'execa';
import { digitsDemo, missingData, resnet8Demo, type Step } from './demo-steps.js';

const root = resolve(import.meta.dirname, '..');
const data = resolve(root, process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
const missing = missingData(data);
if (missing.length > 0 && process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') {
  console.error(`demo: ${missing.join(', ')} not in ${data}; expected the data folder. Set GEN_ACCEL_DATA.`);
  process.exit(1);
}
const { about, steps } = missing.length === 0 ? resnet8Demo(data) : digitsDemo();

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
