// SPDX-License-Identifier: Apache-2.0
/** Owns the plots of a comparison as SVG: accuracy over cycles or over storage, a mark a row. */
import { cyclesOf } from '../compare/equal-accuracy.js';
import type { Comparison, ComparisonRow, ComparisonTable } from '../compare/result.js';
import { FAMILIES, type Family } from '../compare/row-spec.js';
import { log10, powerOfTen } from '../core/real-functions.js';
import { rowName } from './compare-cells.js';
import { LABEL, placeLabels, type Box } from './plot-labels.js';

const [WIDTH, HEIGHT] = [1000, 680];
const PLOT = { left: 70, right: WIDTH - 30, top: 88, bottom: HEIGHT - 58 } as const;
/** Marks and labels stay this far from the frame. */
const INSET = 26;

/** Told apart by people who do not see all colours (Okabe and Ito). */
const COLOURS: Readonly<Record<Family, string>> = {
  dense: '#000000', structured: '#d55e00', balanced: '#0072b2', pattern: '#009e73', kernel: '#cc79a7', unconstrained: '#7f7f7f', composed: '#b8860b', other: '#56b4e9',
};

const OVER = {
  cycles: { title: 'cycles', axis: 'cycles an image, START to interrupt (logarithmic)', value: cyclesOf, shows: (): boolean => true },
  storage: { title: 'storage', axis: 'KiB of weights and indices, in the format with the fewest bits (logarithmic)', value: ({ storage }: ComparisonRow): number => storage.bits / 8192, shows: ({ hardware }: ComparisonRow): boolean => hardware === 'rtl' },
} as const;

/** Per cent; an accuracy of 100 has no logarithm. */
const LEAST_ERROR = 0.1;
const errorOf = ({ accuracy }: ComparisonRow): number => Math.max(LEAST_ERROR, 100 - accuracy);

const ACCURACIES = [99.8, 99.5, 99, 98.5, 98, 97, 96, 95, 94, 93, 92, 91, 90, 89, 88, 87, 86, 85, 84, 82, 80, 78, 75, 70, 65, 60, 50, 40, 30, 20, 10, 0];
const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8];

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const at = (value: number): string => value.toFixed(1);
const text = (x: number, y: number, content: string, style = ''): string => `<text x="${at(x)}" y="${at(y)}" ${style}>${escape(content)}</text>`;
const line = (x1: number, y1: number, x2: number, y2: number, stroke: string): string => `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}"/>`;

/** From the least to the largest value on a logarithmic scale. */
function logScale(values: readonly number[], from: number, to: number): (value: number) => number {
  const logs = values.map((value) => log10(value));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const span = high - low < 0.02 ? 0.1 : high - low;
  return (value) => from + ((log10(value) - low) / span) * (to - from);
}

/** Ticks that leave room for their numbers. */
function spaced<T>(values: readonly T[], place: (value: T) => number, low: number, high: number, gap: number): T[] {
  const kept: T[] = [];
  for (const value of values) {
    const here = place(value);
    if (here >= low && here <= high && kept.every((other) => Math.abs(place(other) - here) >= gap)) kept.push(value);
  }
  return kept;
}

const grouped = (value: number): string => (value >= 1000 ? String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ') : String(Number(value.toPrecision(3))));

/** Circles for hardware that is built, diamonds for models; hollow before retraining, filled after it. */
function mark(row: ComparisonRow, x: number, y: number): string {
  const colour = COLOURS[row.family];
  const style = `fill="${row.trained === 'retrained' ? colour : '#ffffff'}" stroke="${colour}" stroke-width="1.8"`;
  return row.hardware === 'rtl' ? `<circle cx="${at(x)}" cy="${at(y)}" r="5" ${style}/>` : `<path d="M ${at(x)} ${at(y - 6)} l 6 6 l -6 6 l -6 -6 z" ${style}/>`;
}

function legend(rows: readonly ComparisonRow[]): string[] {
  const families = FAMILIES.filter((family) => rows.some((row) => row.family === family));
  const hasRetrained = rows.some(({ trained }) => trained === 'retrained');
  const hasModel = rows.some(({ hardware }) => hardware === 'model');
  const entries = [
    ...families.map((family) => ({ label: family, shape: (x: number) => `<circle cx="${at(x)}" cy="56" r="5" fill="#ffffff" stroke="${COLOURS[family]}" stroke-width="1.8"/>` })),
    ...(hasRetrained ? [{ label: 'filled: retrained', shape: (x: number) => `<circle cx="${at(x)}" cy="56" r="5" fill="#444444" stroke="#444444" stroke-width="1.8"/>` }] : []),
    ...(hasModel ? [{ label: 'by model', shape: (x: number) => `<path d="M ${at(x)} 50.0 l 6 6 l -6 6 l -6 -6 z" fill="#ffffff" stroke="#444444" stroke-width="1.8"/>` }] : []),
  ];
  let x = PLOT.left + 8;
  return entries.map(({ label, shape }) => {
    const drawn = `<g>${shape(x)}${text(x + 10, 60, label)}</g>`;
    x += 34 + 7.4 * label.length;
    return drawn;
  });
}

/** Text with a white edge, drawn twice: not every program that shows SVG knows paint-order. */
const label = (x: number, y: number, words: string): string =>
  text(x, y, words, `font-size="${LABEL.size}" stroke="#ffffff" stroke-width="2.5" aria-hidden="true"`) + text(x, y, words, `font-size="${LABEL.size}"`);

/** The mark of every row (over storage: of every row that is not a model), each named, and a title with its figures. */
export function comparisonPlot({ network, scored }: Pick<Comparison, 'network' | 'scored'>, { rows: all, weightBits }: Pick<ComparisonTable, 'rows' | 'weightBits'>, over: keyof typeof OVER): string {
  const { title, axis, value, shows } = OVER[over];
  const rows = all.filter(shows);
  const x = logScale(rows.map(value), PLOT.left + INSET, PLOT.right - INSET);
  const y = logScale(rows.map(errorOf), PLOT.top + INSET, PLOT.bottom - INSET);
  const ticks = spaced([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((power) => STEPS.map((step) => step * powerOfTen(power))), x, PLOT.left, PLOT.right, 62);
  const levels = spaced(ACCURACIES, (accuracy) => y(100 - accuracy), PLOT.top, PLOT.bottom, 22);
  const bounds: Box = { left: PLOT.left + 2, right: PLOT.right - 2, top: PLOT.top + 2, bottom: PLOT.bottom - 2 };
  // From the top, so that crowded marks give their labels room in one direction.
  const drawn = [...rows].sort((a, b) => errorOf(a) - errorOf(b) || value(a) - value(b)).map((row) => ({ row, x: x(value(row)), y: y(errorOf(row)), text: rowName(row).replace(' (model)', '') }));
  const labels = placeLabels(drawn, bounds);
  const marks = drawn.map(({ row, x: px, y: py, text: name }, i) => {
    const { box, leader } = labels[i] as (typeof labels)[number];
    const about = `${rowName(row)}: ${row.accuracy.toFixed(1)}%, loss ${row.loss.toFixed(1)} +- ${row.lossStandardError.toFixed(1)}, ${Math.round(cyclesOf(row))} cycles, ${row.storage.bits} bits`;
    const [tx, ty] = [Math.min(Math.max(px, box.left), box.right), Math.min(Math.max(py, box.top), box.bottom)];
    return { lead: leader ? line(px, py, tx, ty, '#9a9a9a') : '', own: `<g class="row"><title>${escape(about)}</title>${mark(row, px, py)}${label(box.left + 1, box.bottom - 3, name)}</g>` };
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(PLOT.left, 30, `${network}: accuracy over ${title}, weights of ${weightBits} bits, ${scored.n} images`, 'font-size="15"'),
    ...legend(rows),
    ...ticks.flatMap((tick) => [line(x(tick), PLOT.top, x(tick), PLOT.bottom, '#e4e4e4'), text(x(tick), PLOT.bottom + 18, grouped(tick), 'text-anchor="middle"')]),
    ...levels.flatMap((level) => [line(PLOT.left, y(100 - level), PLOT.right, y(100 - level), '#e4e4e4'), text(PLOT.left - 8, y(100 - level) + 4, `${level}%`, 'text-anchor="end"')]),
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${PLOT.bottom - PLOT.top}" fill="none" stroke="#999999"/>`,
    ...marks.flatMap(({ lead }) => (lead === '' ? [] : [lead])),
    ...marks.map(({ own }) => own),
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 14, axis, 'text-anchor="middle"'),
    text(18, (PLOT.top + PLOT.bottom) / 2, 'accuracy (logarithmic in the error)', `text-anchor="middle" transform="rotate(-90 18 ${at((PLOT.top + PLOT.bottom) / 2)})"`),
    '</svg>',
    '',
  ].join('\n');
}
