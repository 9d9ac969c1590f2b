// SPDX-License-Identifier: Apache-2.0
/**
 * Measures whole networks on cores of 16 to 512 multipliers by the cycle model and in RTL, and writes docs/performance.md. A measurement is kept in
 * build/performance and taken again where its sources have changed. Without `--full` only small networks are simulated, and what else is known
 * is shown; `--only TEXT` measures the rows whose title contains it; `--model` simulates nothing; `--fresh` measures all again.
 */
import { resolve } from 'node:path';
import { MeasurementStore } from './laws/store.js';
import { measureNetwork, type Row } from './performance/measure.js';
import { NAMES, subjectsOf, titleOf } from './performance/subjects.js';

const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);
const has = (word: string): boolean => words.includes(word);
const only = has('--only') ? (words[words.indexOf('--only') + 1] ?? '') : '';
const open = (name: string): MeasurementStore => new MeasurementStore(resolve(root, `build/performance/${name}.json`), has('--fresh'), (text) => console.error(`bench: performance: ${text}`));

const rows: Row[] = [];
for (const name of NAMES) {
  rows.push(...await measureNetwork(open(name), name, subjectsOf(name), (subject) => {
    const own = titleOf(subject).includes(only);
    return { model: own, rtl: own && !has('--model') && (subject.quick || has('--full')) };
  }));
}
for (const { subject, model, rtl } of rows) if (model !== undefined) console.log(titleOf(subject), model.cycles, (model.useful / (model.cycles * subject.multipliers)).toFixed(4), rtl?.counters.cycles ?? 'model', JSON.stringify(model.waterfall));
