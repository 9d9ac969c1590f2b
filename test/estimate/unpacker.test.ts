// SPDX-License-Identifier: Apache-2.0
/** Holds the timing of the stream unpacker to its registers, stepped cycle by cycle. */
import { expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { Unpacker } from '../../generator/estimate/unpacker.js';

interface Stepped {
  readonly taken: readonly number[];
  readonly finished: number;
}

/** The clocked block: beats arrive at given cycles, one is taken where there is room, a word leaves where one is complete. */
function step(word: number, beat: number, words: number, arrivals: readonly number[], start: number): Stepped {
  const taken: number[] = [];
  let [granules, left, next, cycle] = [0, words, 0, start];
  for (; left > 0 || next < arrivals.length; cycle++) {
    const emits = left > 0 && granules >= word;
    const hasRoom = beat === 1 || word > beat || granules < 2 * word;
    const takes = next < arrivals.length && cycle >= (arrivals[next] as number) && (left === 0 || hasRoom);
    const isBusy = left > 0;
    if (emits) {
      granules -= word;
      left--;
    }
    if (takes) {
      taken.push(cycle);
      next++;
      if (isBusy) granules += beat;
    }
  }
  return { taken, finished: cycle };
}

it('takes every beat in the cycle in which the registers take it (seed 3)', () => {
  const random = createRandom(3);
  for (let i = 0; i < 2000; i++) {
    const [word, beat] = random.pick([[1, 1], [1, 2], [1, 8], [2, 1], [3, 1], [3, 4], [9, 8], [9, 16], [5, 2], [3, 2]] as const);
    const words = random.integer(1, 30);
    const beats = Math.ceil((words * word) / beat) + random.integer(0, 1);
    const start = random.integer(0, 20);
    let at = start;
    const arrivals = Array.from({ length: beats }, () => (at += random.pick([0, 1, 1, 1, 1, 5])));
    const expected = step(word, beat, words, arrivals, start);
    const unpacker = new Unpacker();
    unpacker.start({ word, beat }, words, start);
    let earliest = start;
    const taken = arrivals.map((arrival) => {
      const cycle = unpacker.take(Math.max(arrival, earliest));
      earliest = cycle + 1;
      return cycle;
    });
    const text = `case ${i}: ${word} / ${beat} granules, ${words} words, from ${start}, arrivals ${arrivals.join()}`;
    expect(taken, text).toEqual(expected.taken);
    expect(unpacker.finish(earliest), text).toBe(expected.finished);
  }
});
