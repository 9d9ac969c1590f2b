// SPDX-License-Identifier: Apache-2.0
/** Stands in for the worker and has every fault that the runner must see: FORMAT FROM TO. */
import { existsSync, writeFileSync, writeSync } from 'node:fs';

const [from, to] = [Number(process.argv[3]), Number(process.argv[4])];
const mark = process.env['FAULTY_MARK'] ?? '';
const say = (...words: readonly unknown[]): void => { writeSync(1, `${JSON.stringify(words)}\n`); };

const kept: unknown[] = [];
for (let seed = from; seed < to; seed++) {
  say('begin', seed);
  if (seed === 3) say('crash', 'TypeError: of seed 3', 0.01, 50);
  else {
    while (seed === 5) kept.length = 0;
    while (seed === 7) kept.push(new Uint8Array(2 ** 24).fill(1));
    if (seed === 9) process.exit(9);
    // Once, as somebody else may do it.
    if (seed === 10 && !existsSync(mark)) {
      writeFileSync(mark, '');
      process.kill(process.pid, 'SIGTERM');
      for (;;) kept.length = 0;
    }
    say('end', 'typed error', 0.001 * seed, 50);
  }
}
say('done');
