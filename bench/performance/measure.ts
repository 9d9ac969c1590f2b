// SPDX-License-Identifier: Apache-2.0
/** Measures one network on its cores: compiles it once a core, counts by the cycle model, and runs it whole in RTL where that is wanted. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { packageVersion } from '../../generator/cli/version.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { runGolden, type GoldenTensors } from '../../generator/model/golden.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { rtlDesign } from '../../sim/run/rtl-array.js';
import { simulate, type CoreRun } from '../laws/rtl.js';
import type { MeasurementStore } from '../laws/store.js';
import { BIG_NETWORKS } from './networks.js';
import { groupOf, keepOf, LATENCY, titleOf, type NetworkName, type Subject } from './subjects.js';
import { measureWaterfall, type Waterfall } from './waterfall.js';

export const SEED = 1;

export interface ModelRow {
  readonly cycles: number;
  /** Cycles of the compute commands: pixel by pixel the larger of steps and drain. */
  readonly law: number;
  /** Sum over layers: the largest of their law, bus reads and bus writes. */
  readonly ceiling: number;
  readonly useful: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly waterfall: Waterfall;
  /** Operators that a host computes. */
  readonly host: number;
  /** Of the memory image. */
  readonly imageHash: string;
}

export interface Row {
  readonly subject: Subject;
  readonly model: ModelRow | undefined;
  readonly rtl: CoreRun | undefined;
}

export type Wanted = (subject: Subject) => { readonly model: boolean; readonly rtl: boolean };

const root = resolve(import.meta.dirname, '../..');
const FOLDERS = ['arch', 'compile', 'core', 'estimate', 'graph', 'model', 'prune', 'quantize', 'tensor'].map((folder) => `generator/${folder}`);

/** Of everything that a program and its cycles are made by. */
export function sourcesHash(): string {
  const files = [...FOLDERS.flatMap((folder) => (readdirSync(join(root, folder), { recursive: true }) as string[]).map((file) => join(folder, file))), 'bench/performance/networks.ts', 'bench/performance/waterfall.ts'];
  const hash = createHash('sha256');
  for (const file of files.filter((name) => name.endsWith('.ts')).sort()) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

export function designOf({ config }: Pick<Subject, 'config'>): ReturnType<typeof rtlDesign> {
  return rtlDesign(config, { buildTop: buildCore, templates: loadTemplates(), version: packageVersion() });
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Rows of one network, in order; what is not wanted is taken where it is known. */
export async function measureNetwork(store: MeasurementStore, name: NetworkName, subjects: readonly Subject[], wanted: Wanted): Promise<Row[]> {
  const network = once(() => BIG_NETWORKS[name](SEED));
  const sources = sourcesHash();
  const rows: Row[] = [];
  for (const density of new Set(subjects.map((subject) => subject.density))) {
    const keep = keepOf(density);
    const prune = once(() => (keep === 'dense' ? undefined : pruneNetwork(network(), keepPlan(groupOf(density), keep))));
    const masked = once(() => (prune() === undefined ? network() : applyMasks(network(), prune()?.masks ?? new Map())));
    const golden = once((): GoldenTensors => runGolden(masked(), randomInput(masked(), SEED)));
    for (const subject of subjects.filter((own) => own.density === density)) {
      const { config } = subject;
      const compiled = once(() => compileNetwork(network(), prune(), config));
      const modelParts = ['model', sources, name, density, JSON.stringify(config), String(LATENCY)];
      const measureModel = (): ModelRow => {
        const { waterfall, estimate: { totals, host, layers } } = measureWaterfall(compiled(), lawKeeps(network(), prune()), LATENCY);
        return { cycles: totals.cycles, law: totals.law, ceiling: layers.reduce((sum, { limits }) => sum + Math.max(limits.law, limits.read, limits.write), 0), useful: waterfall.useful, bytesRead: totals.bytesRead, bytesWritten: totals.bytesWritten, waterfall, host: host.length, imageHash: hashOf(compiled().image) };
      };
      const model = wanted(subject).model ? await store.get(`${titleOf(subject)}: model`, modelParts, measureModel) : store.known<ModelRow>(modelParts);
      if (model === undefined) {
        rows.push({ subject, model, rtl: undefined });
        continue;
      }
      const design = designOf(subject);
      const rtlParts = ['rtl', String(LATENCY), ...[...design.rtl, ...design.tb].flat(), model.imageHash, name, density, String(SEED)];
      const measureRtl = (): Promise<CoreRun> => simulate(design, compiled(), masked(), randomInput(masked(), SEED), { latency: LATENCY, golden: golden() });
      const rtl = wanted(subject).rtl ? await store.get(`${titleOf(subject)}: RTL`, rtlParts, measureRtl) : store.known<CoreRun>(rtlParts);
      rows.push({ subject, model, rtl });
    }
  }
  return rows;
}
