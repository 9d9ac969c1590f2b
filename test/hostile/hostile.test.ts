// SPDX-License-Identifier: Apache-2.0
/** Holds both importers, and all that follows them, to ten thousand damaged files each: a typed error or a valid network, soon and in little memory. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Cases } from './cases.js';
import { hostileLine, MAX_MEGABYTES, MAX_SECONDS, runHostile } from './runner.js';

const COUNT = process.env['GEN_ACCEL_REGRESS'] === '1' ? 50_000 : 10_000;
const TIMEOUT = COUNT * 100;

describe.each(['TFLite', 'ONNX'] as const)('%s files', (format) => {
  it(`${COUNT} mutations and truncations end in a typed error or a valid network, within ${MAX_SECONDS} s and ${MAX_MEGABYTES} MB`, async () => {
    const result = await runHostile(format, 0, COUNT);
    console.log(hostileLine(result));
    expect(result.faults.slice(0, 10)).toEqual([]);
    expect(result.outcomes['typed error']).toBeGreaterThan(0.5 * COUNT);
    expect(result.outcomes['valid network']).toBeGreaterThan(0.1 * COUNT);
    expect(result.slowest.seconds).toBeLessThan(MAX_SECONDS);
    expect(result.peakMegabytes).toBeLessThan(MAX_MEGABYTES);
  }, TIMEOUT);

  it('are the same for the same seed', () => {
    const [once, again] = [new Cases(format), new Cases(format)];
    const seeds = Array.from({ length: 60 }, (_, i) => 17 * i);
    const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(seeds.map((seed) => sum(again.bytes(seed)))).toEqual(seeds.map((seed) => sum(once.bytes(seed))));
  });
});

it('the runner lays a crash, a hang, an excess of memory and a dead process to their seeds, tries again what was ended from outside, and goes on', async () => {
  const script = fileURLToPath(new URL('faulty-worker.ts', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'faulty-'));
  process.env['FAULTY_MARK'] = join(folder, 'mark');
  const { faults, outcomes } = await runHostile('ONNX', 0, 12, { script, seconds: 2, megabytes: 600 });
  rmSync(folder, { recursive: true });
  expect(faults.map(({ seed, what }) => [seed, what.split(':')[0]])).toEqual([
    [3, 'TypeError'], [5, 'a hang of more than 2 s'], [7, 'more than 600 MB of memory'], [9, 'the process ended (9)'],
  ]);
  expect(outcomes).toEqual({ 'typed error': 8, 'valid network': 0, 'refused later': 0 });
});
