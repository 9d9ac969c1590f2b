// SPDX-License-Identifier: Apache-2.0
/** Prints a hierarchical body - nets, loops, conditions, wiring - as Verilog lines; knows no values. */
import { assertNever } from '../core/errors.js';
import type { AssignItem, ConditionItem, Item, LoopItem, NetItem, UnusedItem } from '../dsl/item.js';
import { MAX_COLUMNS, type Row, comment, layoutRows, widest } from './layout.js';
import { printExpression, printRange } from './print-expression.js';
import { type NameOf, STEP, instanceLines, partLines, withSource } from './print-instance.js';
import { concatParts, printSource } from './print-signal.js';

function netLines(run: readonly NetItem[], indent: string): string[] {
  const ranges = run.map((item) => printRange(item.declaration.width));
  const column = widest(ranges);
  const rows = run.map((item, i): Row => ({
    code: `wire ${column === 0 ? '' : `${ranges[i]!.padEnd(column)} `}${item.declaration.name};`,
    doc: item.declaration.doc,
  }));
  return layoutRows(rows, indent, '');
}

function assignLines(item: AssignItem, indent: string): string[] {
  const lines = item.doc === undefined ? [] : comment(item.doc, indent);
  const whole = withSource(indent, `assign ${printSource(item.target)} = `, item.source, ';');
  if (item.target.kind !== 'concat' || whole[0]!.length <= MAX_COLUMNS) return [...lines, ...whole];
  const target = [`${indent}assign {`, ...partLines(item.target, indent + STEP)];
  return [...lines, ...target, ...withSource(indent, '} = ', item.source, ';')];
}

function loopLines(item: LoopItem, indent: string, nameOf: NameOf, outer: boolean): string[] {
  const { index } = item;
  const step = outer ? indent + STEP : indent;
  return [
    ...(item.doc === undefined ? [] : comment(item.doc, indent)),
    ...(outer ? [`${indent}generate`] : []),
    `${step}for (${index} = 0; ${index} < ${printExpression(item.count)}; ${index} = ${index} + 1) begin : ${item.label}`,
    ...bodyLines(item.items, step + STEP, nameOf, false),
    `${step}end`,
    ...(outer ? [`${indent}endgenerate`] : []),
  ];
}

function conditionLines(item: ConditionItem, indent: string, nameOf: NameOf, outer: boolean): string[] {
  const step = outer ? indent + STEP : indent;
  return [
    ...(item.doc === undefined ? [] : comment(item.doc, indent)),
    ...(outer ? [`${indent}generate`] : []),
    `${step}if (${printExpression(item.condition)}) begin : ${item.label}`,
    ...bodyLines(item.items, step + STEP, nameOf, false),
    ...(item.otherwise.length === 0
      ? []
      : [`${step}end else begin : ${elseLabel(item.label)}`, ...bodyLines(item.otherwise, step + STEP, nameOf, false)]),
    `${step}end`,
    ...(outer ? [`${indent}endgenerate`] : []),
  ];
}

/** Name of the block of the else branch. */
export const elseLabel = (label: string): string => `${label}_else`;

function unusedLines(items: readonly UnusedItem[], indent: string): string[] {
  if (items.length === 0) return [];
  const rows = items.flatMap((item): Row[] => {
    if (item.source.kind !== 'concat') return [{ code: printSource(item.source), doc: item.reason }];
    const parts = concatParts(item.source);
    return parts.map((code, i) => ({ code, doc: undefined, ...(i === 0 ? { above: item.reason } : {}) }));
  });
  const lines = layoutRows(rows, indent + STEP, ',');
  return [`${indent}// Never read, on purpose.`, `${indent}wire unused = &{`, `${indent}${STEP}1'b0,`, ...lines, `${indent}};`];
}

const indicesOf = (items: readonly Item[]): string[] =>
  items.flatMap((item) => {
    if (item.kind === 'loop') return [item.index, ...indicesOf(item.items)];
    return item.kind === 'condition' ? [...indicesOf(item.items), ...indicesOf(item.otherwise)] : [];
  });

/** Items that are printed without a blank line between: nets, plain assigns, a comment and what follows it. */
function paragraphsOf(items: readonly Item[]): Item[][] {
  const paragraphs: Item[][] = [];
  for (const item of items) {
    if (item.kind === 'unused') continue;
    const last = paragraphs.at(-1)?.at(-1);
    const joined =
      last !== undefined &&
      (last.kind === 'comment' ||
        (item.kind === 'net' && last.kind === 'net') ||
        (item.kind === 'assign' && item.doc === undefined && last.kind === 'assign'));
    if (joined) paragraphs.at(-1)!.push(item);
    else paragraphs.push([item]);
  }
  return paragraphs;
}

function paragraphLines(paragraph: readonly Item[], indent: string, nameOf: NameOf, outer: boolean): string[] {
  const nets = paragraph.filter((item) => item.kind === 'net');
  const head = paragraph.filter((item) => item.kind === 'comment').flatMap((item) => comment(item.text, indent));
  const others = paragraph.filter((item) => item.kind !== 'net' && item.kind !== 'comment');
  return [...head, ...netLines(nets, indent), ...others.flatMap((item) => itemLines(item, indent, nameOf, outer))];
}

/** The items of a scope in their order, with a blank line between paragraphs; `outer`: not inside a generate. */
export function bodyLines(items: readonly Item[], indent: string, nameOf: NameOf, outer = true): string[] {
  const indices = outer ? [...new Set(indicesOf(items))] : [];
  const paragraphs = [
    ...(indices.length === 0 ? [] : [[`${indent}genvar ${indices.join(', ')};`]]),
    ...paragraphsOf(items).map((paragraph) => paragraphLines(paragraph, indent, nameOf, outer)),
    unusedLines(items.filter((item) => item.kind === 'unused'), indent),
  ].filter((lines) => lines.length > 0);
  return paragraphs.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function itemLines(item: Item, indent: string, nameOf: NameOf, outer: boolean): string[] {
  switch (item.kind) {
    case 'instance':
      return instanceLines(item, indent, nameOf);
    case 'assign':
      return assignLines(item, indent);
    case 'loop':
      return loopLines(item, indent, nameOf, outer);
    case 'condition':
      return conditionLines(item, indent, nameOf, outer);
    case 'net':
    case 'comment':
    case 'unused':
      return [];
    default:
      return assertNever(item, 'print-body');
  }
}
