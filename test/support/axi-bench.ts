// SPDX-License-Identifier: Apache-2.0
/** Owns what the robustness tests share: a small core, a network of three layers on it, sessions, clean runs. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import type { Network } from '../../generator/graph/network.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { AcceleratorHost } from '../../sim/harness/index.js';
import { createSimulator, type MemorySettings, type SIMULATOR_NAMES, type SimSession } from '../../sim/simulators/index.js';
import { keepBalanced } from './compile-layer.js';
import { coreDesign } from './core-design.js';
import type { LayerCase } from './run-core.js';

/** Not 0, so that an address without BASE is seen. */
export const BASE = 0x4000_0000;
export const MEMORY_BYTES = 1 << 18;

/** Small buffers, so that a small network has many commands, transfers and waits. */
export const axiConfig = (shape: PartialConfig = {}): AccelConfig =>
  validateConfig({ pes: 8, group: 4, lanes: 2, weightDepth: 128, actDepth: 128, schedDepth: 64, outDepth: 64, ...shape });

/** Three convolutions, each on what the one before stored. */
export function chainNetwork(seed: number): Network {
  const builder = new RandomNetworkBuilder(createRandom(seed));
  const spatial = (kernel: number, stride: number, pad: number) => ({
    kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride, dilationHeight: 1, dilationWidth: 1,
    padding: { top: pad, left: pad, bottom: pad, right: pad },
  });
  const input = builder.input([1, 8, 9, 6], { scale: 0.05, zeroPoint: 3 });
  const first = builder.conv2d({ input, outChannels: 18, activation: 'relu', ...spatial(3, 1, 1) });
  const second = builder.conv2d({ input: first, outChannels: 11, activation: 'none', ...spatial(1, 1, 0) });
  const third = builder.conv2d({ input: second, outChannels: 20, activation: 'clamp', ...spatial(3, 2, 1) });
  return validateNetwork(builder.finish(`chain-${seed}`, input, third));
}

/** The network compiled for a configuration, two of four kept (or as many as a group's half). */
export function chainCase(config: AccelConfig, seed = 1): LayerCase {
  const network = chainNetwork(seed);
  const prune = keepBalanced(network, config.group, Math.max(1, config.group / 2));
  const input = randomInput(network, seed);
  return {
    compiled: compileNetwork(network, prune, config), input,
    golden: goldenOutput(network, runGolden(applyMasks(network, prune.masks), input)).data,
  };
}

export interface AxiSession {
  readonly host: AcceleratorHost;
  readonly session: SimSession;
}

/** Builds the core, or finds it in the cache, and gives `use` a session on it. */
export async function withCore(
  config: AccelConfig,
  simulator: (typeof SIMULATOR_NAMES)[number],
  use: (core: AxiSession) => Promise<void>,
  settings: MemorySettings = {},
  seed = 1,
): Promise<void> {
  const binary = await createSimulator(simulator).build(coreDesign(config), { memoryBytes: MEMORY_BYTES });
  const session = await binary.start({ seed, settings: { base: BASE, ...settings } });
  try {
    await use({ host: new AcceleratorHost(session), session });
  } finally {
    await session.close();
  }
}

/** What the protocol checkers have against the session so far; empty when nothing. */
export async function busProblems(session: SimSession): Promise<string[]> {
  const { violations, openReads, openWrites } = await session.stats();
  const found = session.log.filter((line) => line.startsWith('CHECK'));
  if (violations > 0 && found.length === 0) found.push(`${violations} violations`);
  if (openReads + openWrites > 0) found.push(`${openReads} reads and ${openWrites} writes are still open`);
  return found;
}
