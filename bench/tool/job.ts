// SPDX-License-Identifier: Apache-2.0
/** One job of the tool in a process of its own, so that its memory is its own: prints seconds and its largest resident set as JSON. */
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { runGolden } from '../../generator/model/golden.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { createVerilator } from '../../sim/simulators/index.js';
import { simulate } from '../laws/rtl.js';
import { designOf, SEED } from '../performance/measure.js';
import { BIG_NETWORKS } from '../performance/networks.js';
import type { NetworkName } from '../performance/subjects.js';
import { subject } from '../resnet8.js';

export interface JobResult {
  readonly seconds: Readonly<Record<string, number>>;
  readonly megabytes: number;
}

/** The core of the README. */
const config = validateConfig({ pes: 16, group: 8 });
const seconds: Record<string, number> = {};
async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await work();
  seconds[what] = (performance.now() - start) / 1000;
  return value;
}

const build = (): Promise<unknown> => timed('build', () => createVerilator().build(designOf({ config }), { memoryBytes: 1 << 22 }));

async function image(): Promise<void> {
  const { network, images: [first] } = subject();
  const input = first?.data ?? randomInput(network, SEED);
  const compiled = compileNetwork(network, undefined, config);
  const golden = runGolden(network, input);
  await build();
  await timed('image', () => simulate(designOf({ config }), compiled, network, input, { golden }));
}

async function compile(name: string, keep: number): Promise<void> {
  const network = BIG_NETWORKS[name as NetworkName](SEED);
  const big = validateConfig({ pes: 16, lanes: 4, group: 8, requant: 2 });
  const masks = await timed('prune', () => pruneNetwork(network, keepPlan(big.group, keep)));
  await timed('compile', () => compileNetwork(network, masks, big));
}

const [job, name = 'vgg16', keep = '2'] = process.argv.slice(2);
if (job === 'build') await build();
else if (job === 'image') await image();
else await compile(name, Number(keep));
console.log(JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1024 } satisfies JobResult));
