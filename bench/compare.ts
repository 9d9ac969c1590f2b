// SPDX-License-Identifier: Apache-2.0
/**
 * Compares kinds of pruning on a ResNet-20 and on a MobileNet-like network and writes docs/compare-NAME.md, .json and plots. Rows are kept in build/compare; a stopped run
 * goes on. `--only NAME`: that network alone. `--first`: the rows that say most, before all of them. `--render`: writes the documents again from their JSON, measures nothing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildTop, parts } from '../generator/cli/accelerator.js';
import { readCompareOptions } from '../generator/cli/compare-options.js';
import { runComparison } from '../generator/cli/compare-run.js';
import { comparisonSchema, type Comparison } from '../generator/compare/result.js';
import { comparisonFiles } from '../generator/report/compare-files.js';
import { comparisonText } from '../generator/report/compare-text.js';

const root = resolve(import.meta.dirname, '..');
const DATA = process.env['GEN_ACCEL_DATA'] ?? '../shared/data';
const IMAGES = ['--calibration', `${DATA}/cifar10/train4000_cifarbin.bin`, '--images', `${DATA}/cifar10/dev500_cifarbin.bin`];

interface Subject {
  readonly name: string;
  readonly model: string;
  readonly options: Readonly<Record<string, string>>;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'mbconv', model: 'mlperf-tiny-results/alibaba_ic_mbconv.onnx', options: { pixels: 'unit', mean: '0.4914,0.4822,0.4465', std: '0.2023,0.1994,0.201', 'calibration-count': '200', pes: '16', group: '8', requant: '4' } },
  { name: 'resnet20', model: 'akamaster/resnet20_opset13.onnx', options: { pixels: 'unit', mean: '0.485,0.456,0.406', std: '0.229,0.224,0.225', 'calibration-count': '128', pes: '16', group: '8' } },
];

/** Enough to tell the families apart. */
const FIRST = ['dense', 'balanced:4/8', 'balanced:2/8', 'channels:0.5', 'unconstrained:2/8', 'unconstrained:2/8,fifo:4', 'unconstrained:2/8,fifo:16', 'unconstrained:2/8,fifo:unlimited', 'unconstrained:2/8,ordered', 'pattern:4@tile', 'kernel:6'];

const words = process.argv.slice(2);
const only = words.includes('--only') ? (words[words.indexOf('--only') + 1] ?? '') : '';

interface RetrainedModel {
  readonly name: string;
  readonly file: string;
  readonly source: { readonly model: string };
  readonly constraint: string;
  readonly layers: readonly string[];
}

/** Retrained models of a network that the repository holds, unpacked: those whose layers differ in what they keep are named by their zeros. */
function retrained(model: string): string[] {
  const folder = 'examples/retrain-pytorch/models';
  const list = join(root, folder, 'models.json');
  if (!existsSync(list)) return [];
  const models = (JSON.parse(readFileSync(list, 'utf8')) as readonly RetrainedModel[]).filter(({ source, file }) => source.model.endsWith(model) && existsSync(join(root, folder, file)));
  return models.map(({ name, file, constraint, layers }) => {
    const spec = layers.some((layer) => !layer.endsWith('=dense')) ? 'existing' : constraint;
    if (!file.endsWith('.gz')) return `${spec}=${folder}/${file}`;
    const unpacked = `build/compare/models/${name}.onnx`;
    mkdirSync(join(root, dirname(unpacked)), { recursive: true });
    writeFileSync(join(root, unpacked), gunzipSync(readFileSync(join(root, folder, file))));
    return `${spec}=${unpacked}`;
  });
}

function write(name: string, comparison: Comparison): void {
  const stem = `compare-${name}`;
  const files = comparisonFiles(comparison, stem);
  files.set(`${stem}.json`, `${JSON.stringify(comparison, undefined, 1)}\n`);
  for (const [file, text] of files) writeFileSync(resolve(root, 'docs', file), text);
  console.log(comparisonText(comparison).join('\n'));
}

const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());

/** The options of the command line by name, and read by its own rules. */
async function measure({ name, model, options }: Subject, rows: readonly string[] | undefined): Promise<Comparison> {
  const file = `${DATA}/${model}`;
  const args: Record<string, unknown> = { model: file, calibration: IMAGES[1], images: IMAGES[3], ...options, retrained: retrained(model), ...(rows === undefined ? {} : { rows }), cache: `build/compare/${name}`, ...(existsSync('/usr/bin/yosys') ? { yosys: '/usr/bin/yosys' } : {}) };
  const { comparison } = await runComparison(readCompareOptions(args), args, {
    cwd: root, print: () => undefined, complain: (line) => console.error(line), signal: interrupt.signal, buildTop, parts,
    progress: { write: (text: string) => console.error(`bench: ${name}: ${text.trimEnd()}`) },
  });
  return comparison;
}

for (const subject of SUBJECTS.filter(({ name }) => name.includes(only))) {
  const { name, model } = subject;
  if (words.includes('--render')) {
    write(name, comparisonSchema.parse(JSON.parse(readFileSync(resolve(root, `docs/compare-${name}.json`), 'utf8'))));
    continue;
  }
  const missing = [model, 'cifar10/train4000_cifarbin.bin', 'cifar10/dev500_cifarbin.bin'].filter((path) => !existsSync(resolve(root, DATA, path)));
  if (missing.length > 0) {
    if (process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);
    console.error(`bench: ${name} is not measured, ${dirname(missing[0] ?? '')} is not there`);
    continue;
  }
  if (words.includes('--first')) write(name, await measure(subject, FIRST));
  write(name, await measure(subject, undefined));
}
