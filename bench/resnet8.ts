// SPDX-License-Identifier: Apache-2.0
/** Measures ResNet-8 on the generated Verilog: bits, cycles against the law, speed-up, what balance is worth. Text in Markdown. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccelConfig } from '../generator/arch/config.js';
import { validateConfig } from '../generator/arch/rules.js';
import { buildCore } from '../generator/blocks/index.js';
import { loadTemplates } from '../generator/cli/load-templates.js';
import { packageVersion } from '../generator/cli/version.js';
import type { Network } from '../generator/graph/network.js';
import { randomInput, syntheticResnet8 } from '../generator/graph/synthetic.js';
import { readCifarRecords, type InputImage } from '../generator/import/images.js';
import { importTflite } from '../generator/import/tflite/import.js';
import { keepPlan } from '../generator/prune/plan.js';
import { pruneNetwork, type PruneResult } from '../generator/prune/prune.js';
import { markdownTable } from '../generator/report/markdown-table.js';
import type { NetworkResult } from '../generator/report/network-result.js';
import { rtlOpener } from '../sim/run/rtl-array.js';
import { simulateNetwork } from '../sim/run/simulate-network.js';
import { createSimulator } from '../sim/simulators/index.js';

const IMAGES = 20;
const SEEDS = [1, 2, 3];
const LATENCY = 20;
const KEEPS = ['dense', 4, 2] as const;
type Keep = (typeof KEEPS)[number];

interface Subject {
  readonly network: Network;
  readonly images: readonly InputImage[];
}

/** ResNet-8 and CIFAR-10 where the data is, else the same shape with random weights. */
export function subject(): Subject {
  const root = resolve(import.meta.dirname, '..');
  const data = resolve(root, process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
  const [model, photos] = [resolve(data, 'mlcommons-tiny/resnet8_int8.tflite'), resolve(data, 'cifar10/dev500_cifarbin.bin')];
  if (existsSync(model) && existsSync(photos)) {
    return { network: importTflite(readFileSync(model), 'ResNet-8'), images: readCifarRecords(readFileSync(photos)).slice(0, IMAGES) };
  }
  if (process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${model} or ${photos} is not there`);
  const network = syntheticResnet8(1);
  return { network, images: Array.from({ length: IMAGES }, (_, i) => ({ data: randomInput(network, i + 1) })) };
}

interface Run extends Subject {
  readonly config: AccelConfig;
  readonly keep: Keep;
  readonly simulator?: 'icarus' | 'verilator';
  readonly seed?: number;
  readonly rows?: boolean;
  readonly dense?: boolean;
  readonly compareUnconstrained?: boolean;
}

const prune = (network: Network, group: number, keep: Keep, constraint: 'balanced' | 'unconstrained'): PruneResult | undefined =>
  keep === 'dense' ? undefined : pruneNetwork(network, keepPlan(group, keep, {}, constraint));

async function simulate({ network, images, config, keep, simulator: name = 'verilator', seed = 1, rows = false, dense = false, compareUnconstrained = false }: Run): Promise<NetworkResult> {
  const simulator = createSimulator(name);
  const { result } = await simulateNetwork({
    network, config, images, seed, rows, dense,
    prune: prune(network, config.group, keep, 'balanced'),
    unconstrained: compareUnconstrained ? prune(network, config.group, keep, 'unconstrained') : undefined,
    open: rtlOpener({
      config, simulator, seed, settings: { latency: LATENCY },
      generate: { buildTop: buildCore, templates: loadTemplates(), version: packageVersion() },
      onLog: (line) => console.error(line),
    }),
    about: { simulator: await simulator.version(), memory: { latency: LATENCY, stall: 0, seed } },
  });
  if (!result.bitExact) throw new Error(`${name}, keep ${keep}, seed ${seed}: ${JSON.stringify(result.mismatch)}, ${result.protocolViolations} protocol violations`);
  return result;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const times = (factor: number): string => `${factor.toFixed(2)}x`;
const keepText = (keep: Keep, group: number): string => (keep === 'dense' ? 'dense' : `${keep} of ${group}`);
const lawShare = ({ totals }: NetworkResult): number => totals.lawCycles / (totals.cycles ?? Number.NaN);
const cyclesOf = ({ totals }: NetworkResult): number => totals.cycles ?? Number.NaN;
const bits = ({ images, layers }: NetworkResult): string => `${images} ${images === 1 ? 'image' : 'images'} x ${layers.filter(({ bitExact }) => bitExact === true).length} operators equal`;

/** Bits: every image, every density, random initial states; one image where unknown values are seen. */
async function exactness(all: Subject, config: AccelConfig): Promise<string> {
  const rows: string[][] = [];
  for (const keep of KEEPS) {
    const cells: string[] = [];
    let last: NetworkResult | undefined;
    for (const seed of SEEDS) {
      last = await simulate({ ...all, config, keep, seed });
      cells.push(bits(last));
    }
    const right = last?.correct ?? null;
    rows.push([keepText(keep, config.group), ...cells, right === null ? 'synthetic, no accuracy' : `${right} of ${IMAGES}${keep === 'dense' ? '' : ' (one-shot, not retrained)'}`]);
  }
  const icarus = await simulate({ network: all.network, images: all.images.slice(0, 1), config, keep: 2, simulator: 'icarus' });
  return [
    markdownTable(['kept', ...SEEDS.map((seed) => `Verilator, initial state ${seed}`), 'images right'], rows),
    '',
    `One image at 2 of ${config.group} in Icarus: ${bits(icarus)}, no unknown bit stored (the write channel's checker and every byte of every output), ${icarus.protocolViolations} protocol violations, ${cyclesOf(icarus)} cycles.`,
  ].join('\n');
}

/** Whole-network cycles against the sum of the law, and the speed-up, by the number of requantizers. */
async function lawTable(all: Subject): Promise<string> {
  const one = { network: all.network, images: all.images.slice(0, 1) };
  const rows: string[][] = [];
  for (const requant of [1, 2, 4]) {
    const config = validateConfig({ requant });
    const dense = await simulate({ ...one, config, keep: 'dense' });
    for (const keep of KEEPS) {
      const result = keep === 'dense' ? dense : await simulate({ ...one, config, keep });
      const ideal = dense.totals.lawCycles / result.totals.lawCycles;
      rows.push([
        String(requant), keepText(keep, config.group), String(cyclesOf(result)), String(result.totals.lawCycles), percent(lawShare(result)),
        percent(result.totals.utilization ?? 0), times(cyclesOf(dense) / cyclesOf(result)), times(ideal),
      ]);
    }
  }
  return markdownTable(['requantizers', 'kept', 'cycles', 'law', 'law / cycles', 'utilization', 'over dense', 'ideal'], rows);
}

/** Every layer alone: cycles dense and pruned, speed-up beside the law's. */
async function layerTable(all: Subject, config: AccelConfig): Promise<string> {
  const one = { network: all.network, images: all.images.slice(0, 1), config, rows: true };
  const [dense, four, two] = [await simulate({ ...one, keep: 'dense' }), await simulate({ ...one, keep: 4 }), await simulate({ ...one, keep: 2 })];
  const rows = dense.layers.flatMap((layer, i) => {
    if (layer.place !== 'array') return [];
    const share = (value: number | null): string => (value === null ? '-' : percent(value));
    const pruned = [four, two].flatMap((result) => {
      const own = result.layers[i];
      if (own?.place !== 'array') return [];
      const ideal = layer.lawCycles === null || own.lawCycles === null ? '-' : times(layer.lawCycles / own.lawCycles);
      return [String(own.cycles), share(own.utilization), times((layer.cycles ?? 0) / (own.cycles ?? 1)), ideal];
    });
    return [[layer.name, layer.shape, String(layer.cycles), share(layer.utilization), ...pruned]];
  });
  return markdownTable(['layer', 'shape', 'dense', 'utilization', '4 of 8', 'utilization', 'over dense', 'ideal', '2 of 8', 'utilization', 'over dense', 'ideal'], rows);
}

/** What lockstep costs when the weights of a group are not balanced: same density, same hardware. */
async function balanceTable(all: Subject, config: AccelConfig): Promise<string> {
  const rows: string[][] = [];
  for (const keep of [4, 2] as const) {
    const result = await simulate({ network: all.network, images: all.images.slice(0, 1), config, keep, compareUnconstrained: true });
    const free = result.unconstrained;
    if (free === null) throw new Error('no unconstrained run');
    rows.push([keepText(keep, config.group), percent(result.pruning?.density ?? 1), String(cyclesOf(result)), String(free.cycles), times(free.slowdown), percent(free.utilization)]);
  }
  return markdownTable(['kept', 'density', 'balanced, cycles', 'unconstrained, cycles', 'slowdown', 'utilization'], rows);
}

/** All figures of ResNet-8, as a section of Markdown. */
export async function resnet8Section(): Promise<string> {
  const all = subject();
  const config = validateConfig({});
  const title = all.network.synthetic ? 'Synthetic network of the shape of ResNet-8 (no accuracy)' : 'ResNet-8 (MLPerf Tiny, CIFAR-10, int8)';
  const say = (text: string): void => console.error(`bench: ${text}`);
  say('bits');
  const bitText = await exactness(all, config);
  say('cycles against the law');
  const law = await lawTable(all);
  say('layer by layer');
  const layers = await layerTable(all, config);
  say('balanced and unconstrained');
  const balance = await balanceTable(all, config);
  const versions = [await createSimulator('verilator').version(), await createSimulator('icarus').version()].join('; ').replace(' ()', '');
  return `## ${title}

${config.pes} PEs, groups of ${config.group}, ${config.lanes} lane, ${config.bus}-bit bus, memory latency ${LATENCY} cycles; ${config.requant} requantizer a lane unless stated.
Convolutions, average pooling and the fully connected layer on the array, additions at its drain, each reading what the array wrote before; softmax
on the host, not counted. Cycles: the core's counter from START to interrupt, the one program of an image, nothing preloaded.
${versions}.

### Bits

Every output that the array stored against the golden model.

${bitText}

### Cycles of an image against the law

${law}

### Layer by layer

Each layer as a program of its own, with the addition that is fused into it; ideal is the law's ratio, which additions and pooling have no part in.

${layers}

### What balance is worth

Magnitude pruning of the same density without the balance constraint, on the same hardware.

${balance}
`;
}
