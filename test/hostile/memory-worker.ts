// SPDX-License-Identifier: Apache-2.0
/** Imports one file in a process of its own and says how much memory that took: FORMAT FILE. */
import { readFileSync } from 'node:fs';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { readTflite } from '../../generator/import/tflite/import.js';

const [format, file = ''] = process.argv.slice(2);
const peak = (): number => process.resourceUsage().maxRSS / 1024;

const before = peak();
const bytes = new Uint8Array(readFileSync(file));
const { network } = format === 'TFLite' ? readTflite(bytes, 'm') : readOnnx(bytes, 'm');
process.stdout.write(JSON.stringify({ operators: network.ops.length, before, peak: peak() }));
