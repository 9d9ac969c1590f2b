// SPDX-License-Identifier: Apache-2.0
/** Owns the comparison with layers that NNgen, a generator of dense accelerators, built for int8: our cycles x multipliers beside its own. */
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';
import { simulate, type CoreRun } from '../laws/rtl.js';
import type { MeasurementStore } from '../laws/store.js';
import { designOf } from './measure.js';
import { LATENCY } from './subjects.js';

export interface Peer {
  readonly name: string;
  readonly kernel: number;
  readonly channels: number;
  readonly multipliers: number;
  readonly cycles: number;
}

/** On 16 x 16 pixels, as many output channels as input channels, 128-bit bus. */
export const PEERS: readonly Peer[] = [
  { name: '3 x 3, 32 to 32', kernel: 3, channels: 32, multipliers: 36, cycles: 67394 },
  { name: '3 x 3, 32 to 32', kernel: 3, channels: 32, multipliers: 144, cycles: 18242 },
  { name: '1 x 1, 64 to 64', kernel: 1, channels: 64, multipliers: 64, cycles: 18498 },
];

/** Dense: no larger than the peer's. 2 of 8: smaller by at least this. */
export const SPARSE_BAR = 3.5;

export interface PeerRun {
  readonly cycles: number;
  /** The peer's cycles x multipliers over ours. */
  readonly gain: number;
  readonly rtl: CoreRun | undefined;
}

export interface PeerRow {
  readonly peer: Peer;
  readonly pes: number;
  readonly lanes: number;
  readonly dense: PeerRun;
  readonly sparse: PeerRun;
}

const POWERS = [1, 2, 4, 8, 16, 32, 64];

/** Every core of 8 PEs or more, powers of two, that has no more multipliers than the peer and no PE without a filter. */
const shapesFor = ({ multipliers, channels }: Peer): (readonly [number, number])[] =>
  POWERS.filter((pes) => pes >= 8 && pes <= channels).flatMap((pes) => POWERS.filter((lanes) => lanes <= 8 && pes * lanes <= multipliers).map((lanes) => [pes, lanes] as const));

const configOf = (pes: number, lanes: number): ReturnType<typeof validateConfig> => validateConfig({ pes, lanes, group: 8, bus: 128, requant: 8 });

const networkOf = ({ kernel, channels }: Peer): Network => randomConvNetwork({ seed: 1, kernel, inputShape: [16, 16, channels], outChannels: channels, activation: 'relu' });

/** `store`: of what is simulated; absent: by the cycle model alone. */
export async function measurePeers(store?: MeasurementStore, simulates = true): Promise<PeerRow[]> {
  const run = async (peer: Peer, pes: number, lanes: number, keep: number | 'dense'): Promise<PeerRun> => {
    const [network, config] = [networkOf(peer), configOf(pes, lanes)];
    const prune = keep === 'dense' ? undefined : pruneNetwork(network, keepPlan(config.group, keep));
    const compiled = compileNetwork(network, prune, config);
    const { cycles } = estimateProgram(compiled, { readLatency: LATENCY, writeLatency: LATENCY }).totals;
    return { cycles, gain: (peer.cycles * peer.multipliers) / (cycles * pes * lanes), rtl: store === undefined ? undefined : await inRtl(store) };

    async function inRtl(kept: MeasurementStore): Promise<CoreRun | undefined> {
      const design = designOf({ config });
      const parts = ['peer', String(LATENCY), ...[...design.rtl, ...design.tb].flat(), compiled.image];
      const masked = prune === undefined ? network : applyMasks(network, prune.masks);
      if (!simulates) return kept.known<CoreRun>(parts);
      return kept.get(`${peer.name} on ${pes} x ${lanes}, ${keep === 'dense' ? keep : '2:8'}: RTL`, parts, () => simulate(design, compiled, masked, randomInput(masked, 1), { latency: LATENCY }));
    }
  };
  const rows: PeerRow[] = [];
  for (const peer of PEERS) {
    for (const [pes, lanes] of shapesFor(peer)) rows.push({ peer, pes, lanes, dense: await run(peer, pes, lanes, 'dense'), sparse: await run(peer, pes, lanes, 2) });
  }
  return rows;
}
