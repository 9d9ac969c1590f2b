// SPDX-License-Identifier: Apache-2.0
/** Owns network.json but its file hashes: what a host that is not written in C wants to know of a compiled network. */
import type { AccelConfig } from '../arch/config.js';
import type { CompiledNetwork } from '../compile/compiled-network.js';
import type { TensorLayout } from '../compile/layout.js';
import type { ActivationTensor } from '../graph/network.js';
import type { Shape } from '../tensor/tensor.js';
import { hostSteps, scratchBytes, type HostStep } from './host-steps.js';
import { channelRuns, memoryBytes, type ChannelRun } from './network-source.js';

/** Name of the manifest in its folder. */
export const NETWORK_MANIFEST_FILE = 'network.json';

export interface TensorEntry {
  readonly id: number;
  readonly name: string;
  readonly shape: Shape;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Whether memory holds it after a run: what lies inside a fused pass is never written. */
  readonly stored: boolean;
  /** Bytes from BASE; element (y, x, c) is at address + y * rowBytes + x * pixelBytes + the byte of c. */
  readonly address: number;
  readonly bytes: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixelUsed: number;
  readonly pixelBytes: number;
  readonly rowBytes: number;
  /** `count` channels from `channel` on are at byte `byte` of a pixel. */
  readonly channelMap: readonly ChannelRun[];
}

export interface NetworkManifest {
  readonly version: string;
  readonly network: string;
  readonly synthetic: boolean;
  readonly configHash: string;
  readonly config: AccelConfig;
  readonly image: { readonly file: string; readonly bytes: number; readonly memoryBytes: number; readonly baseAlignment: number };
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly tensors: readonly TensorEntry[];
  readonly steps: readonly object[];
  readonly scratchBytes: number;
  /** Passes of the array, in order, with the operators that each computes. */
  readonly passes: readonly { readonly name: string; readonly program: number; readonly ops: readonly string[]; readonly commands: number }[];
  /** Where each operator is computed: array, drain, pool, memory or host. */
  readonly places: Readonly<Record<string, string>>;
}

export function networkManifest(compiled: CompiledNetwork, version: string, imageFile: string): NetworkManifest {
  const { network, config, configHash, tensors, image, layers, stored, places } = compiled;
  return {
    version,
    network: network.name,
    synthetic: network.synthetic,
    configHash,
    config,
    image: { file: imageFile, bytes: image.length, memoryBytes: memoryBytes(compiled), baseAlignment: 4096 },
    inputs: network.inputs,
    outputs: network.outputs,
    tensors: network.tensors.flatMap((tensor) => {
      const layout = tensors[tensor.id];
      return layout === undefined ? [] : [tensorEntry(tensor, layout, stored.has(tensor.id))];
    }),
    steps: hostSteps(compiled).map(stepEntry),
    scratchBytes: scratchBytes(compiled),
    passes: layers.map(({ name, segment, ops, commands }) => ({ name, program: segment, ops, commands })),
    places: Object.fromEntries(places),
  };
}

function tensorEntry({ id, name, shape, quantization }: ActivationTensor, { address, bytes, size, pixelUsed, pixelBytes, rowBytes, channelMap }: TensorLayout, stored: boolean): TensorEntry {
  return { id, name, shape, ...quantization, stored, address, bytes, ...size, pixelUsed, pixelBytes, rowBytes, channelMap: channelRuns(channelMap) };
}

function stepEntry(step: HostStep): object {
  if (step.kind === 'program') return step;
  const { op, ...rest } = step;
  const { kind, name: _name, inputs: _inputs, outputs: _outputs, ...parameters } = op;
  return { ...rest, operator: kind, parameters };
}
