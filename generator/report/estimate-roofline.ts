// SPDX-License-Identifier: Apache-2.0
/** Owns the roofline of an estimate as an SVG drawing: multiplications a cycle over multiplications a byte, both logarithmic. */
import { log10, powerOfTen } from '../core/real-functions.js';
import type { Estimate, LayerEstimate } from '../estimate/estimate.js';
import { BOUND_TEXT } from './estimate-table.js';

const WIDTH = 760;
const HEIGHT = 480;
const PLOT = { left: 64, right: WIDTH - 24, top: 48, bottom: HEIGHT - 56 } as const;

const LABEL = { width: 60, height: 11 } as const;
const COLOURS = { steps: '#1b6ca8', drain: '#b8621b', read: '#2e7d32', write: '#8e24aa' } as const;

interface Point {
  readonly layer: LayerEstimate;
  /** Multiplications per byte of the busier direction; per cycle. */
  readonly intensity: number;
  readonly rate: number;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Useful multiplications; where they are not known or the pass has no weights, those that the array's steps could hold. */
const workOf = ({ usefulWork, limits }: LayerEstimate, multipliers: number): number =>
  usefulWork === null || usefulWork === 0 ? limits.steps * multipliers : usefulWork;

/** Powers of ten around values. */
function decades(values: readonly number[]): readonly [low: number, high: number] {
  const exponents = values.filter((value) => value > 0).map(log10);
  const low = Math.floor(Math.min(...exponents));
  return [low, Math.max(low + 1, Math.ceil(Math.max(...exponents)))];
}

/** A drawing for a browser; its texts are the numbers of the table. */
export function rooflineSvg({ network, config, layers }: Estimate): string {
  const multipliers = config.pes * config.lanes;
  const busBytes = config.bus / 8;
  const points = layers.map((layer): Point => {
    const bytes = Math.max(layer.bytesRead, layer.bytesWritten, 1);
    const work = workOf(layer, multipliers);
    return { layer, intensity: work / bytes, rate: work / Math.max(1, layer.cycles) };
  });
  const ridge = multipliers / busBytes;
  const [xLow, xHigh] = decades([...points.map(({ intensity }) => intensity), ridge]);
  const [yLow, yHigh] = decades([...points.map(({ rate }) => rate), multipliers]);
  const x = (intensity: number): number => PLOT.left + ((log10(intensity) - xLow) / (xHigh - xLow)) * (PLOT.right - PLOT.left);
  const y = (rate: number): number => PLOT.bottom - ((log10(rate) - yLow) / (yHigh - yLow)) * (PLOT.bottom - PLOT.top);
  const at = (value: number): string => value.toFixed(1);
  const line = (x1: number, y1: number, x2: number, y2: number, style: string): string => `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" ${style}/>`;
  const text = (px: number, py: number, content: string, style = ''): string => `<text x="${at(px)}" y="${at(py)}" ${style}>${escape(content)}</text>`;

  const grid: string[] = [];
  for (let power = xLow; power <= xHigh; power++) {
    grid.push(line(x(powerOfTen(power)), PLOT.top, x(powerOfTen(power)), PLOT.bottom, 'stroke="#ddd"'), text(x(powerOfTen(power)), PLOT.bottom + 18, String(powerOfTen(power)), 'text-anchor="middle"'));
  }
  for (let power = yLow; power <= yHigh; power++) {
    grid.push(line(PLOT.left, y(powerOfTen(power)), PLOT.right, y(powerOfTen(power)), 'stroke="#ddd"'), text(PLOT.left - 8, y(powerOfTen(power)) + 4, String(powerOfTen(power)), 'text-anchor="end"'));
  }
  // The slope of the bus begins at the lower or at the left edge, whichever it meets.
  const from = Math.max(powerOfTen(xLow), powerOfTen(yLow) / busBytes);
  const roof = [
    line(x(from), y(from * busBytes), x(ridge), y(multipliers), 'stroke="#222" stroke-width="2"'),
    line(x(ridge), y(multipliers), PLOT.right, y(multipliers), 'stroke="#222" stroke-width="2"'),
    text(PLOT.right, y(multipliers) - 8, `${multipliers} multiplications a cycle`, 'text-anchor="end"'),
    text(x(from) + 6, y(from * busBytes) - 10, `bus: ${busBytes} bytes a cycle`),
  ];
  const labels: { readonly x: number; readonly y: number }[] = [];
  /** A free place for a name: layers of one shape lie on one point. */
  const labelY = (px: number, py: number): number => {
    let free = py;
    while (labels.some((label) => Math.abs(label.x - px) < LABEL.width && Math.abs(label.y - free) < LABEL.height)) free += LABEL.height;
    labels.push({ x: px, y: free });
    return free;
  };
  const marks = points.map(({ layer, intensity, rate }) => {
    const title = `${layer.name}: ${layer.cycles} cycles, bound by ${BOUND_TEXT[layer.bound]}, ${(100 * layer.ofCeiling).toFixed(1)}% of its ceiling`;
    return `<g><title>${escape(title)}</title><circle cx="${at(x(intensity))}" cy="${at(y(rate))}" r="4" fill="${COLOURS[layer.bound]}"/>${text(x(intensity) + 7, labelY(x(intensity), y(rate) + 4), layer.name, 'font-size="10"')}</g>`;
  });
  const legend = (Object.keys(COLOURS) as (keyof typeof COLOURS)[]).map((bound, i) =>
    `<g>${`<circle cx="${PLOT.left + 8 + 110 * i}" cy="38" r="4" fill="${COLOURS[bound]}"/>`}${text(PLOT.left + 18 + 110 * i, 42, BOUND_TEXT[bound])}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(PLOT.left, 22, `Roofline of ${network}, by layer; colour: what bounds it`, 'font-size="14"'),
    ...legend, ...grid, ...roof, ...marks,
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 14, 'multiplications a byte of the busier direction', 'text-anchor="middle"'),
    text(16, (PLOT.top + PLOT.bottom) / 2, 'multiplications a cycle', `text-anchor="middle" transform="rotate(-90 16 ${at((PLOT.top + PLOT.bottom) / 2)})"`),
    '</svg>',
    '',
  ].join('\n');
}
