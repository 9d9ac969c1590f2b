// SPDX-License-Identifier: Apache-2.0
/** The unpacker against a plain cut of one long integer, for every kind of ratio between word and beat. */
import { describe, expect, it } from 'vitest';
import { streamBits } from '../../generator/arch/derive.js';
import { streamUnpacker } from '../../generator/blocks/stream-unpacker.js';
import { ceilDiv } from '../../generator/core/integers.js';
import { type Random, createRandom } from '../../generator/core/random.js';
import { hasTool } from '../support/lint-verilog.js';
import { hexLines, runTestbench } from './run-testbench.js';

const ADDR_W = 8;

const randomBits = (random: Random, bits: number): bigint =>
  BigInt('0x' + Array.from({ length: bits / 4 }, () => random.integer(0, 15).toString(16)).join(''));

function check(bus: number, width: number, seed: number, gaps: number) {
  const random = createRandom(seed);
  const streamWidth = streamBits(width, bus);
  const words = random.integer(1, 24);
  const beats = ceilDiv(words * streamWidth, bus) + random.integer(0, 3);
  const base = random.integer(0, 255 - words);
  const data = Array.from({ length: 2 * beats }, () => randomBits(random, bus));
  const lines = runTestbench({
    dut: streamUnpacker,
    testbench: 'stream_unpacker_tb',
    parameters: { BUS_W: bus, WIDTH: width, STREAM_W: streamWidth, ADDR_W, BEATS: beats, WORDS: words, BASE: base, GAPS: gaps, SEED: seed },
    data: { 'beats.hex': hexLines(data) },
  });
  const writes = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(' '));
  const expected = [0, 1].flatMap((stream) => {
    const long = data.slice(stream * beats, (stream + 1) * beats).reduce((sum, beat, i) => sum | (beat << BigInt(i * bus)), 0n);
    return Array.from({ length: words }, (_, w) => {
      const word = (long >> BigInt(w * streamWidth)) & ((1n << BigInt(width)) - 1n);
      return `${stream} ${base + w} ${word.toString(16).padStart(ceilDiv(width, 4), '0')}`;
    });
  });
  expect(writes.map(([stream, , addr, word]) => `${stream} ${addr} ${word}`), `bus ${bus} width ${width} seed ${seed}`).toEqual(expected);
  expect(lines.filter((line) => line.startsWith('end'))).toEqual(['end 0 busy 0 starved 0', 'end 1 busy 0 starved 0']);
  const cycles = writes.filter(([stream]) => stream === '0').map(([, cycle]) => Number(cycle));
  return { span: cycles.at(-1)! - cycles[0]! + 1, words, beats: ceilDiv(words * streamWidth, bus) };
}

describe.skipIf(!hasTool('iverilog'))('the stream unpacker', () => {
  const corners = [
    [32, 2048], [64, 128], [512, 24], [64, 96], [128, 96], [512, 96], [512, 72], [64, 200], [32, 72], [256, 8], [64, 64], [32, 30],
  ] as const;

  it.each(corners)('cuts beats of %i bits into words of %i bits, with and without pauses', (bus, width) => {
    check(bus, width, 11 + width, 0);
    check(bus, width, 12 + width, 4);
  });

  it('cuts random widths', () => {
    const random = createRandom(5);
    for (let i = 0; i < 12; i += 1) check(random.pick([32, 64, 128, 256, 512]), random.integer(1, 400), 100 + i, random.pick([0, 2, 6]));
  });

  it.each(corners)('keeps one word or one beat a cycle with beats of %i and words of %i bits', (bus, width) => {
    const { span, words, beats } = check(bus, width, 31, 0);
    expect(span).toBeLessThanOrEqual(Math.max(words, beats));
  });
});
