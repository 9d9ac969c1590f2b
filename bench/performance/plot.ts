// SPDX-License-Identifier: Apache-2.0
/** Owns the picture of lost cycles as SVG: a panel a row, a bar a cause, each from where the one before it ends. */
import { utilizationOf } from './bars.js';
import type { Row } from './measure.js';
import { CAUSES, type Cause } from './waterfall.js';

const [PANEL, BAR, HEAD, LABELS, BARS, FIGURE] = [250, 18, 44, 320, 360, 90];
const WIDTH = LABELS + BARS + FIGURE;

/** Told apart by people who do not see all colours (Okabe and Ito). */
const COLOURS: Readonly<Record<Cause, string>> = {
  useful: '#000000', rounding: '#0072b2', bands: '#56b4e9', slowDrain: '#cc79a7', noWeights: '#009e73', firstLoad: '#d55e00', load: '#b8860b', store: '#7f7f7f', drain: '#cc79a7', dispatch: '#7f7f7f',
};

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x: number, y: number, content: string, style = ''): string => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${style}>${escape(content)}</text>`;

/** The axis begins at the whole per cent below the useful share, so that what is lost can be seen. */
function panel(row: Row, top: number): string[] {
  const { model, subject } = row;
  if (model === undefined) return [];
  const all = model.cycles * subject.multipliers;
  const low = Math.floor(100 * (utilizationOf(row) ?? 0) - 0.5);
  const x = (percent: number): number => LABELS + ((percent - low) / (100 - low)) * BARS;
  let sum = 0;
  const bars = (Object.keys(CAUSES) as Cause[]).flatMap((cause, i) => {
    const [from, to] = [Math.max(low, 100 * sum / all), 100 * (sum + model.waterfall[cause]) / all];
    sum += model.waterfall[cause];
    const y = top + HEAD + i * BAR;
    return [
      text(LABELS - 8, y + 12, CAUSES[cause], 'text-anchor="end"'),
      `<rect x="${x(from).toFixed(1)}" y="${y + 2}" width="${Math.max(0.8, x(to) - x(from)).toFixed(1)}" height="${BAR - 5}" fill="${COLOURS[cause]}"/>`,
      text(LABELS + BARS + 8, y + 12, `${(100 * model.waterfall[cause] / all).toFixed(2)} %`),
    ];
  });
  return [
    text(10, top + 22, `${subject.network}, ${subject.density}, ${subject.multipliers} multipliers, ${subject.config.bus}-bit bus: ${model.cycles} cycles`, 'font-size="14"'),
    ...[low, 100].map((percent) => text(x(percent), top + 38, `${percent} %`, `text-anchor="${percent === 100 ? 'end' : 'start'}" fill="#555555"`)),
    ...[low, 100].map((percent) => `<line x1="${x(percent)}" y1="${top + HEAD}" x2="${x(percent)}" y2="${top + HEAD + BAR * Object.keys(CAUSES).length}" stroke="#bbbbbb"/>`),
    ...bars,
  ];
}

export function waterfallPlot(rows: readonly Row[]): string {
  const height = PANEL * rows.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...rows.flatMap((row, i) => panel(row, i * PANEL)),
    '</svg>', '',
  ].join('\n');
}
