// SPDX-License-Identifier: Apache-2.0
/** Owns the verdict in words: where structured pruning wins over pruning inside kernels and groups, and where it does not, from the rows alone. */
import { cyclesOf } from './equal-accuracy.js';
import { judge, pairedLoss } from './paired-loss.js';
import type { ComparisonRow, EqualAccuracyChoice } from './result.js';

const MEASURES = [
  { what: 'cycles', value: cyclesOf, text: (value: number) => `${Math.round(value)} cycles` },
  { what: 'bits', value: ({ storage }: ComparisonRow) => storage.bits, text: (value: number) => `${Math.round(value)} bits of weights and indices` },
] as const;

const name = ({ row, trained, hardware }: ComparisonRow): string => `${row}${trained === 'retrained' ? ' (retrained)' : ''}${hardware === 'model' ? ' (model)' : ''}`;

const points = (value: number): string => `${value >= 0 ? '' : '-'}${Math.abs(value).toFixed(1)}`;

/** How much more or less accurate `a` is than `b`, on the same images. */
function beside(a: ComparisonRow, b: ComparisonRow): string {
  const { points: less, standardError } = pairedLoss(b.answers, a.answers);
  if (less === 0) return `which is as accurate (+- ${standardError.toFixed(1)} points)`;
  const unsure = judge({ points: less, standardError }, 0) === 'undecided';
  return `which is ${Math.abs(less).toFixed(1)} +- ${standardError.toFixed(1)} points ${less > 0 ? 'less' : 'more'} accurate${unsure ? ' (too close for these images)' : ''}`;
}

/**
 * A structured row wins over another by a measure when it takes less of it at no more loss, and loses when the other does. Rows that were trained alike are compared.
 * Models of hardware that is not built stand beside them and decide nothing.
 */
export function structuredVerdict(rows: readonly ComparisonRow[]): string[] {
  const lines: string[] = [];
  for (const trained of ['one-shot', 'retrained'] as const) {
    const built = rows.filter((row) => row.trained === trained && row.hardware === 'rtl');
    const structured = built.filter(({ family }) => family === 'structured');
    const others = built.filter(({ family }) => family !== 'structured' && family !== 'dense' && family !== 'composed');
    if (structured.length === 0 || others.length === 0) continue;
    for (const { what, value, text } of MEASURES) {
      for (const own of structured) {
        const beaten = others.filter((other) => own.loss <= other.loss && value(own) < value(other));
        const better = others.filter((other) => other.loss <= own.loss && value(other) < value(own));
        const least = (list: readonly ComparisonRow[]): ComparisonRow => list.reduce((best, row) => (value(row) < value(best) ? row : best));
        const head = `${name(own)}, ${text(value(own))}, loss ${points(own.loss)}`;
        if (better.length > 0) {
          const rival = least(better);
          lines.push(`Structured pruning does not win in ${what}: ${head}; ${name(rival)} takes ${text(value(rival))} at loss ${points(rival.loss)}, ${beside(rival, own)}.`);
        } else if (beaten.length > 0) {
          const rival = least(beaten);
          lines.push(`Structured pruning wins in ${what}: ${head}, against ${text(value(rival))} and loss ${points(rival.loss)} of ${name(rival)}, ${beside(rival, own)}; no other row is at least as accurate and takes less.`);
        } else {
          lines.push(`Neither wins in ${what}: ${head}; rows with fewer ${what} lose more, rows that lose no more take as much.`);
        }
      }
    }
  }
  return lines;
}

/** What the table at equal accuracy says of structured pruning beside the best of the other families. */
export function equalAccuracyVerdict(choices: readonly EqualAccuracyChoice[], within: number): string[] {
  return (['one-shot', 'retrained'] as const).flatMap((trained) => (['cycles', 'bits'] as const).flatMap((by) => {
    const own = choices.filter((choice) => choice.trained === trained && choice.by === by && choice.hardware === 'rtl');
    const structured = own.find(({ family }) => family === 'structured');
    const rivals = own.filter(({ family, value }) => family !== 'structured' && family !== 'dense' && family !== 'composed' && value !== null);
    if (structured === undefined) return [];
    const rival = rivals.reduce<EqualAccuracyChoice | undefined>((best, one) => (best === undefined || (one.value as number) < (best.value as number) ? one : best), undefined);
    const head = `At a loss of at most ${within} ${within === 1 ? 'point' : 'points'}, ${trained}, by ${by}: `;
    const doubt = (choice: EqualAccuracyChoice): string => (choice.verdict === 'undecided' ? ', undecided' : '');
    const say = (choice: EqualAccuracyChoice): string => `${choice.row} (${Math.round(choice.value as number)}${doubt(choice)})`;
    if (structured.value === null) return [rival === undefined ? `${head}no structured row and no other pruned row is within it.` : `${head}no structured row is within it; the best of the others is ${say(rival)}.`];
    if (rival === undefined) return [`${head}structured pruning alone is within it: ${say(structured)}.`];
    return [`${head}${structured.value < (rival.value as number) ? 'structured pruning wins' : 'structured pruning does not win'}: ${say(structured)} beside ${say(rival)}.`];
  }));
}
