// SPDX-License-Identifier: Apache-2.0
/** Runs hostile cases in a process of their own and says every step at once, so that whoever waits knows where it ended: FORMAT FROM TO. */
import { writeSync } from 'node:fs';
import { Cases, type Format } from './cases.js';
import { outcomeOf } from './outcome.js';

const [format, from, to] = [process.argv[2] as Format, Number(process.argv[3]), Number(process.argv[4])];
const say = (...words: readonly unknown[]): void => { writeSync(1, `${JSON.stringify(words)}\n`); };
/** Most memory that the process has had, in MB. */
const peak = (): number => process.resourceUsage().maxRSS / 1024;

const cases = new Cases(format);
for (let seed = from; seed < to; seed++) {
  const bytes = cases.bytes(seed);
  say('begin', seed);
  const started = performance.now();
  try {
    say('end', outcomeOf(format, bytes, seed), (performance.now() - started) / 1000, peak());
  } catch (error) {
    say('crash', error instanceof Error ? `${String(error.stack)}${error.cause === undefined ? '' : `\n${String((error.cause as Error).stack)}`}` : String(error), (performance.now() - started) / 1000, peak());
  }
}
say('done');
