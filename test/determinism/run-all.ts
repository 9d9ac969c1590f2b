// SPDX-License-Identifier: Apache-2.0
/** Run by machines.test.ts in a process of its own: every command that writes files, on the models of one folder, into another. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTop, parts } from '../../generator/cli/accelerator.js';
import { run } from '../../generator/cli/run.js';

const [models = '', out = '', umask = ''] = process.argv.slice(2);
process.umask(Number(umask));
const model = (name: string): string => join(models, name);
const calibrated = (pictures: string): string[] => ['--calibration', join(models, pictures), '--pixels', 'unit'];

/** What each command writes into `out`, or prints. */
const COMMANDS: readonly (readonly [name: string, words: readonly string[]])[] = [
  ['float-onnx', ['compile', model('real.onnx'), ...calibrated('train8'), '--keep', '4', '--out', join(out, 'float-onnx')]],
  ['int8-onnx', ['compile', model('int8.onnx'), '--out', join(out, 'int8-onnx')]],
  ['float-tflite', ['compile', model('real.tflite'), ...calibrated('train'), '--pes', '8', '--lanes', '2', '--out', join(out, 'float-tflite')]],
  ['int8-tflite', ['compile', model('int8.tflite'), '--keep', '2', '--constraint', 'unconstrained', '--index', 'bitmap', '--out', join(out, 'int8-tflite')]],
  ['verilog', ['--pes', '6', '--group', '4', '--lanes', '3', '--index', 'bitmap', '--name', 'tiny', '--out', join(out, 'verilog')]],
  ['estimate', ['estimate', model('real.onnx'), ...calibrated('train8'), '--keep', '2', '--svg', join(out, 'roofline.svg'), '--json']],
  ['inspect', ['inspect', model('real.onnx'), ...calibrated('train8'), '--json']],
];

mkdirSync(out, { recursive: true });
for (const [name, words] of COMMANDS) {
  const printed: string[] = [];
  const exitCode = await run(words, { cwd: process.cwd(), print: (line) => printed.push(line), complain: (line) => console.error(line), signal: new AbortController().signal, buildTop, parts });
  if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}`);
  if (['estimate', 'inspect'].includes(name)) writeFileSync(join(out, `${name}.json`), `${printed.join('\n')}\n`);
}
