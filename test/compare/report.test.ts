// SPDX-License-Identifier: Apache-2.0
/** Checks the files of a comparison: plots with a mark a row, labels apart, Markdown and text with every row, the schema. */
import { describe, expect, it } from 'vitest';
import { comparisonSchema } from '../../generator/compare/result.js';
import { comparisonFiles } from '../../generator/report/compare-files.js';
import { comparisonPlot } from '../../generator/report/compare-plot.js';
import { comparisonText } from '../../generator/report/compare-text.js';
import { placeLabels } from '../../generator/report/plot-labels.js';
import { CROWDED, madeComparison, madeTable } from './made-rows.js';

const table = madeTable(CROWDED);
const comparison = madeComparison([table]);
const count = (text: string, part: string | RegExp): number => text.split(part).length - 1;

describe('a plot', () => {
  const [cycles, storage] = [comparisonPlot(comparison, table, 'cycles'), comparisonPlot(comparison, table, 'storage')];

  it('has a mark and a name for every row; over storage variants have the place of their base', () => {
    expect(count(cycles, '<g class="row">')).toBe(CROWDED.length);
    expect(count(storage, '<g class="row">')).toBe(CROWDED.filter(({ row }) => !row.includes(',')).length);
    for (const { row, retrained } of CROWDED) expect(cycles).toContain(`>${row}${retrained === true ? ' retrained' : ''}</text>`);
  });

  it('fills marks of retrained rows alone, and draws models as diamonds', () => {
    const marks = [...cycles.matchAll(/<g class="row"><title>([^<]*)<\/title><(circle|path) [^>]*fill="(#\w+)"/g)].map(([, title = '', shape, fill]) => ({ title, shape, fill }));
    expect(marks).toHaveLength(CROWDED.length);
    for (const { title, shape, fill } of marks) {
      expect(fill === '#ffffff').toBe(!title.includes('retrained'));
      expect(shape).toBe(title.includes('(model)') ? 'path' : 'circle');
    }
  });

  it('puts better rows higher and faster ones to the left', () => {
    const at = (name: string): readonly [number, number] => {
      const [, x, y] = new RegExp(`<title>${name}:[^<]*</title><circle cx="([\\d.]+)" cy="([\\d.]+)"`).exec(cycles) ?? [];
      return [Number(x), Number(y)];
    };
    expect(at('balanced:4/8')[0]).toBeLessThan(at('dense')[0]);
    expect(at('balanced:4/8')[1]).toBeGreaterThan(at('dense')[1]);
    expect(at('kernel:2')[1]).toBeGreaterThan(at('pattern:2@tile')[1]);
  });

  it('is one well-formed drawing, and the same again', () => {
    const open: string[] = [];
    for (const [, close, name, self] of cycles.matchAll(/<(\/?)(\w+)(?:\s+[\w:-]+="[^"<>]*")*\s*(\/?)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name);
      else if (self !== '/') open.push(name as string);
    }
    expect(open).toEqual([]);
    expect(comparisonPlot(comparison, table, 'cycles')).toBe(cycles);
  });

  it('can hold one row alone and rows without an error', () => {
    for (const right of [0, 100]) expect(comparisonPlot(comparison, madeTable([{ row: 'dense', right, cycles: 10, bits: 10 }]), 'cycles')).not.toMatch(/NaN|Infinity/);
  });
});

describe('labels', () => {
  it('cover neither one another nor marks, and stay inside', () => {
    const requests = Array.from({ length: 24 }, (_, i) => ({ x: 300 + 9 * (i % 6), y: 200 + 14 * Math.floor(i / 6), text: `unconstrained:${i}` }));
    const bounds = { left: 0, top: 0, right: 800, bottom: 500 };
    const boxes = placeLabels(requests, bounds).map(({ box }) => box);
    for (const [i, a] of boxes.entries()) {
      expect(a.left >= bounds.left && a.right <= bounds.right && a.top >= bounds.top && a.bottom <= bounds.bottom).toBe(true);
      for (const b of boxes.slice(i + 1)) expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true);
      for (const { x, y } of requests) expect(x > a.left && x < a.right && y > a.top && y < a.bottom).toBe(false);
    }
  });
});

describe('the files', () => {
  it('name every row with its command, and the plots', () => {
    const files = comparisonFiles(comparison);
    expect([...files.keys()]).toEqual(['compare.md', 'compare-cycles.svg', 'compare-storage.svg']);
    const markdown = files.get('compare.md') as string;
    for (const { row } of CROWDED) expect(markdown).toContain(`\`gen-accel compare net.onnx --rows ${row}\``);
    expect(markdown).toContain('![compare-cycles](compare-cycles.svg)');
    expect(comparisonText(comparison).filter((line) => line.startsWith('balanced:3/8 ')).length).toBe(2);
  });

  it('of two widths have plots of each', () => {
    const two = madeComparison([table, { ...table, weightBits: 4 }]);
    expect([...comparisonFiles(two, 'x').keys()]).toEqual(['x.md', 'x-cycles-8bit.svg', 'x-storage-8bit.svg', 'x-cycles-4bit.svg', 'x-storage-4bit.svg']);
  });
});

describe('the schema', () => {
  it('takes a comparison, and JSON of it', () => {
    expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
  });

  it.each([
    ['a row without a mask hash', { maskHash: '' }], ['an unknown field', { speed: 1 }], ['answers of other letters', { answers: '01x' }], ['an accuracy beyond 100', { accuracy: 101 }], ['a negative error', { lossStandardError: -1 }],
  ])('refuses %s', (_what, change) => {
    const broken = madeComparison([{ ...table, rows: [{ ...table.rows[0]!, ...change }] }]);
    expect(comparisonSchema.safeParse(broken).success).toBe(false);
  });
});
