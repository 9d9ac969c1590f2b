// SPDX-License-Identifier: Apache-2.0
/**
 * Measures whole networks on cores of 16 to 512 multipliers by the cycle model and in RTL, and writes docs/performance.md. A measurement is kept in
 * build/performance and taken again where its sources have changed. Without `--full` only small networks are simulated, and what else is known
 * is shown; `--only PATTERN` measures the rows whose title matches it; `--model` simulates nothing; `--fresh` measures all again. With `--full`, or with `--partial`
 * though rows are not measured yet, the document is written; otherwise build/performance/performance.md, since a quick run has simulated less.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createVerilator } from '../sim/simulators/index.js';
import { MeasurementStore } from './laws/store.js';
import { barsOf } from './performance/bars.js';
import { performanceDocument } from './performance/document.js';
import { measureNetwork, type Row } from './performance/measure.js';
import { operationBars, vggOperations } from './performance/operations.js';
import { measurePeers } from './performance/peers.js';
import { waterfallPlot } from './performance/plot.js';
import { NAMES, subjectsOf, titleOf } from './performance/subjects.js';

const root = resolve(import.meta.dirname, '..');
const PLOT = 'performance-waterfall.svg';

const words = process.argv.slice(2);
const has = (word: string): boolean => words.includes(word);
const only = new RegExp(has('--only') ? (words[words.indexOf('--only') + 1] ?? '') : '');
const say = (text: string): void => console.error(`bench: performance: ${text}`);
const open = (name: string): MeasurementStore => new MeasurementStore(resolve(root, `build/performance/${name}.json`), has('--fresh'), say);

const rows: Row[] = [];
for (const name of NAMES) {
  rows.push(...await measureNetwork(open(name), name, subjectsOf(name), (subject) => {
    const own = only.test(titleOf(subject));
    return { model: own, rtl: own && !has('--model') && (subject.quick || has('--full')) };
  }));
}
const peers = await measurePeers(open('peers'), only.test('peers') && !has('--model'));
const operations = vggOperations(rows);
const bars = [...barsOf(rows, peers), ...operationBars(operations)];

const drawn = NAMES.flatMap((name) => rows.filter(({ subject, model }) => subject.network === name && name !== 'alexnet' && subject.multipliers === 64 && subject.density === '2:8' && model !== undefined).slice(0, 1));
const text = performanceDocument(rows, peers, operations, bars, PLOT, (await createVerilator().version()).replace(' ()', ''));
console.log(text);

const missing = rows.filter(({ model }) => model === undefined).map(({ subject }) => titleOf(subject));
const isWhole = missing.length === 0;
const folder = has('--partial') || (has('--full') && isWhole) ? 'docs' : 'build/performance';
writeFileSync(resolve(root, folder, 'performance.md'), text);
writeFileSync(resolve(root, folder, PLOT), waterfallPlot(drawn));
say(`wrote ${folder}/performance.md${isWhole ? '' : `, not measured: ${missing.join('; ')}`}`);
for (const { what, bar, found, holds } of bars.filter((own) => own.holds !== true)) {
  say(`${what}: ${found}, the bar is ${bar}`);
  if (holds === false) process.exitCode = 1;
}
