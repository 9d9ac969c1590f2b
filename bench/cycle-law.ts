// SPDX-License-Identifier: Apache-2.0
/** Measures the cycle law on the generated Verilog and writes docs/cycle-law.md. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccelConfig } from '../generator/arch/config.js';
import { derive, PARTIAL_SUM_CYCLES } from '../generator/arch/derive.js';
import { buildCore, findDecoder } from '../generator/blocks/index.js';
import { loadTemplates } from '../generator/cli/load-templates.js';
import { createRandom } from '../generator/core/random.js';
import { AcceleratorHost } from '../sim/harness/index.js';
import {
  BARRIER_CYCLES, hasSecondPass, LAW_CONFIGS, LAW_KINDS, LawBench, loneCommands, receiveCycles, sequences, stepsOf, type LawCommand, type LawKind, type LawMeasurement,
} from '../sim/law/index.js';
import { MEMORY_BASE, rtlDesign } from '../sim/run/rtl-array.js';
import { createIcarus } from '../sim/simulators/index.js';

const SEED = 71;
const SEQUENCES = 10;

interface Measured {
  readonly config: AccelConfig;
  readonly lone: readonly { readonly command: LawCommand; readonly measured: LawMeasurement }[];
  readonly sequences: readonly LawMeasurement[];
}

const simulator = createIcarus();

async function measure(config: AccelConfig): Promise<Measured> {
  const design = rtlDesign(config, { buildTop: buildCore, templates: loadTemplates(), version: '0.0.0' });
  const binary = await simulator.build(design, { memoryBytes: 1 << 19 });
  const session = await binary.start({ settings: { base: MEMORY_BASE } });
  try {
    const bench = new LawBench(new AcceleratorHost(session), config, findDecoder(config).format, MEMORY_BASE);
    const random = createRandom(SEED);
    const commands = loneCommands(config, random);
    await bench.load(commands, SEED);
    const lone: { command: LawCommand; measured: LawMeasurement }[] = [];
    for (const command of commands) lone.push({ command, measured: await bench.measure([command]) });
    const many: LawMeasurement[] = [];
    for (const program of sequences(config, commands, SEQUENCES, random)) many.push(await bench.measure(program));
    return { config, lone, sequences: many };
  } finally {
    await session.close();
  }
}

const span = ({ result }: LawMeasurement): number => result.counters.CYCLES_SPAN;
const isExact = (measured: LawMeasurement): boolean => measured.result.status === 'done' && span(measured) === measured.law;
const isComplete = ({ result: { counters: c } }: LawMeasurement): boolean =>
  c.CYCLES === c.CYCLES_COMPUTE + c.CYCLES_DRAIN + c.CYCLES_LOAD + c.CYCLES_STORE + c.CYCLES_DISPATCH;

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** `3+3+1` as `2 x 3 + 1`. */
function countsText(counts: readonly number[]): string {
  const runs: { count: number; times: number }[] = [];
  for (const count of counts) {
    const last = runs.at(-1);
    if (last?.count === count) last.times++;
    else runs.push({ count, times: 1 });
  }
  return runs.map(({ count, times }) => (times === 1 ? `${count}` : `${times} x ${count}`)).join(' + ');
}

function summary({ config, lone, sequences: many }: Measured): (string | number)[] {
  const { drain, fill, fillSecond } = derive(config);
  const plain = lone.filter(({ command }) => command.kind === 'plain');
  const exact = (list: Measured['lone']): string => `${list.filter(({ measured }) => isExact(measured)).length} of ${list.length}`;
  const sums = plain.map(({ command }) => stepsOf(command));
  const side = (test: (steps: number) => boolean): number => sums.filter(test).length;
  return [
    config.pes, config.group, config.lanes, config.requant, config.index, config.bus, drain, fill, fillSecond, `1..${config.group}, dense`,
    `${side((s) => s < drain)} / ${side((s) => s === drain)} / ${side((s) => s > drain)}`,
    exact(plain), exact(lone.filter(({ command }) => command.kind !== 'plain')), `${many.filter(isExact).length} of ${many.length}`,
  ];
}

/** One command of every K of a configuration: that with the largest sum below or at D, and that with the largest of all. */
function examples({ config, lone }: Measured): (string | number)[][] {
  const { drain } = derive(config);
  const rows: (string | number)[][] = [];
  for (let keep = 1; keep <= config.group; keep++) {
    for (const dense of keep === config.group ? [false, true] : [false]) {
      const ofKeep = lone.filter(({ command }) => command.kind === 'plain' && command.dense === dense && Math.max(...command.counts) === keep && command.counts[0] === keep);
      const bySteps = [...ofKeep].sort((a, b) => stepsOf(a.command) - stepsOf(b.command));
      const picked = new Set([bySteps.findLast(({ command }) => stepsOf(command) <= drain), bySteps.at(-1)]);
      for (const one of picked) {
        if (one === undefined) continue;
        const { command, measured } = one;
        rows.push([dense ? `${keep} dense` : keep, countsText(command.counts), stepsOf(command), drain, command.pixels, command.tiles, measured.law, span(measured)]);
      }
    }
  }
  return rows;
}

/** The shortest and the longest pixel of every kind of drain but the plain one. */
function kindExamples({ config, lone }: Measured): (string | number)[][] {
  const { drain } = derive(config);
  return LAW_KINDS.filter((kind) => kind !== 'plain').flatMap((kind: LawKind) => {
    const ofKind = lone.filter(({ command }) => command.kind === kind).sort((a, b) => stepsOf(a.command) - stepsOf(b.command));
    return [...new Set([ofKind[0], ofKind.at(-1)])].flatMap((one) => {
      if (one === undefined) return [];
      const { command, measured } = one;
      return [[kind, countsText(command.counts), stepsOf(command), hasSecondPass(command) ? 2 * drain : drain, command.pixels, command.tiles, measured.law, span(measured)]];
    });
  });
}

const shape = ({ pes, group, lanes, requant, index }: AccelConfig): string => `P = ${pes}, G = ${group}, L = ${lanes}, n = ${requant}, ${index}`;

const started = Date.now();
const all: Measured[] = [];
for (const config of LAW_CONFIGS) {
  all.push(await measure(config));
  console.log(`${shape(config)}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
const lone = all.flatMap((each) => each.lone.map(({ measured }) => measured));
const many = all.flatMap((each) => each.sequences);
const every = [...lone, ...many];
const shown = [4, 8, 16].map((group) => all.find(({ config }) => config.group === group) as Measured);
const [reference] = LAW_CONFIGS as readonly [AccelConfig];
const shortest = receiveCycles(reference);
const { drain, fill, fillSecond } = derive(reference);

const text = `# The cycle law

A compute command over N output pixels a lane and T output-channel tiles takes

    N * T * max(sum(count), D) + FILL        D = P / n,  FILL = D + ${fill - drain}

cycles: sum(count) is K on every whole group of G channels under the kernel and min(K, r) on a last group of r; n are the
requantizers a lane. Commands behind one another pay FILL once. Nothing else counts: not the data, not the lanes, not the index
decoder. With the default n, D is at most 16 and FILL at most ${fill - drain + 16} unless P has too few factors of two.

A table, partial sums read or written, spread words and running maxima change nothing. With a second pass (the command has an
operand that is added or multiplied) every value passes the requantizer twice:

    N * T * max(sum(count), 2 D) + FILL2     FILL2 = 2 D + ${fillSecond - 2 * drain}

the steps on the operand counted in sum(count). The passes take turns from the first pixel on: FILL2 is one more when the last
pixel ends an odd number of cycles after the first.

Commands with a second pass and those without are never in the drain together. A command of the other sort starts when the drain is
empty: a program pays a fill for every run of commands of one sort, and ${BARRIER_CYCLES} cycle between the runs. Where D is less than ${PARTIAL_SUM_CYCLES} a
command that starts from partial sums begins a run too.

A command's words are received while the one before runs. That takes ${shortest - 2} + 2 L cycles; a command shorter than this, such as one
pixel of a small fully connected layer, takes at most as long as that when another one follows.

Measured by \`npx tsx bench/cycle-law.ts\` on the generated core through its AXI ports, ${await simulator.version()}, seed ${SEED}:
CYCLES_SPAN of programs that hold one command, or 2 to 6, over random weights, indices, activations and parameters.

**${lone.filter(isExact).length} of ${lone.length} lone commands and ${many.filter(isExact).length} of ${many.length} sequences equal the law to the cycle;
in ${every.filter(isComplete).length} of ${every.length} programs the cycle classes add up to CYCLES.**

${table(['P', 'G', 'L', 'n', 'index', 'bus', 'D', 'FILL', 'FILL2', 'K', 'sum(count) < / = / > D', 'plain commands exact', 'others exact', 'sequences exact'], all.map(summary))}

For three of them, one command of every K on either side of D:

${shown.map((each) => `${shape(each.config)}\n\n${table(['K', 'counts', 'sum', 'D', 'N', 'T', 'law', 'RTL'], examples(each))}`).join('\n\n')}

The other kinds of drain, shortest and longest pixel, ${shape((shown[0] as Measured).config)}:

${table(['drain', 'counts', 'sum', 'D or 2 D', 'N', 'T', 'law', 'RTL'], kindExamples(shown[0] as Measured))}
`;
writeFileSync(resolve(import.meta.dirname, '../docs/cycle-law.md'), text);
console.log(text);
if (!every.every((measured) => isExact(measured) && isComplete(measured))) process.exitCode = 1;
