// SPDX-License-Identifier: Apache-2.0
/** What `gen-accel estimate` prints and draws, and what it refuses. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Estimate } from '../../generator/estimate/estimate.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'estimate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const json = async (...words: readonly string[]): Promise<Estimate> => JSON.parse((await runCli(['estimate', 'synthetic', '--json', ...words], folder)).out) as Estimate;

describe('gen-accel estimate', () => {
  it('prints a row a layer with its limits and classes, then totals that agree with --json', async () => {
    const { exitCode, out, err } = await runCli(['estimate', 'synthetic', '--keep', '2'], folder);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    const { layers, totals } = await json('--keep', '2');
    for (const { name, cycles, limits } of layers) expect(out).toMatch(new RegExp(`^${name.replace('.', '\\.')} +${cycles} +${limits.law} +${limits.drain} +${limits.read} +${limits.write} `, 'm'));
    expect(out).toContain(`${totals.cycles}, START to interrupt, of`);
    expect(out).toContain(`${totals.beatsRead} beats read (${totals.bytesRead} bytes, programs included), ${totals.beatsWritten} written (${totals.bytesWritten} bytes)`);
    expect(out).toMatch(/on the host +.*softmax_1 \(40 operations\)/);
  });

  it('takes the accelerator, the pruning and the memory from its options', async () => {
    const dense = await json();
    const pruned = await json('--keep', '2');
    expect(pruned.totals.cycles).toBeLessThan(dense.totals.cycles / 3);
    expect((await json('--keep', '2', '--memory-latency', '200')).totals.cycles).toBeGreaterThan(pruned.totals.cycles);
    const batch = await json('--keep', '2', '--batch', '2');
    expect(batch).toMatchObject({ batch: 2, totals: { utilization: null } });
    expect(batch.totals.cycles).toBeGreaterThan(1.9 * pruned.totals.cycles);
    expect((await json('--keep', '2', '--lanes', '2')).totals.cycles).toBeLessThan(0.6 * pruned.totals.cycles);
    expect(dense.memory).toEqual({ readLatency: 20, writeLatency: 20 });
  });

  it('draws a well-formed roofline with no layer above its roof', async () => {
    const file = join(folder, 'roof.svg');
    expect((await runCli(['estimate', 'synthetic', '--keep', '2', '--svg', 'roof.svg'], folder)).exitCode).toBe(0);
    const svg = readFileSync(file, 'utf8');
    const open: string[] = [];
    for (const [, close, name, self] of svg.matchAll(/<(\/?)(\w+)(?:\s+[\w:-]+="[^"<>]*")*\s*(\/?)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name);
      else if (self !== '/') open.push(name as string);
    }
    expect(open).toEqual([]);
    expect(svg.replaceAll(/<\/?\w+(?:\s+[\w:-]+="[^"<>]*")*\s*\/?>/g, '')).not.toMatch(/[<>]/);
    const { layers } = await json('--keep', '2');
    for (const { name } of layers) expect(svg).toContain(`>${name}</text>`);
    const roof = /x2="[\d.]+" y2="([\d.]+)" stroke="#222"/.exec(svg)?.[1];
    for (const [, y] of svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)" r="4" fill="#\w+"\/><text[^>]* font-size="10"/g)) expect(Number(y)).toBeGreaterThanOrEqual(Number(roof));
  });

  it.each([
    [['--memory-latency', '2'], /--memory-latency 2 is no whole number from 3 to 1000/],
    [['--batch', '0'], /--batch 0 is no whole number from 1 to 256/],
    [['--memory-latency', 'x'], /--memory-latency x is no whole number/],
    [['--constraint', 'unconstrained'], /--constraint unconstrained needs --keep/],
    [['--constraint', 'odd'], /--constraint odd is none of balanced, unconstrained/],
    [['--svg', 'missing/roof.svg'], /--svg missing\/roof\.svg: it cannot be written \(ENOENT\)/],
  ])('refuses %j', async (words, message) => {
    const { exitCode, err } = await runCli(['estimate', 'synthetic', ...words], folder);
    expect(exitCode).toBe(1);
    expect(err).toMatch(message);
  });

  it('needs a model', async () => {
    expect((await runCli(['estimate'], folder)).err).toMatch(/no model is named/);
  });
});
