// SPDX-License-Identifier: Apache-2.0
/** Owns the folder of a pruned float network: the model, its masks, and what was done in prune.json. */
import { sealManifest } from '../arch/manifest-record.js';
import { sha256 } from '../core/stable-hash.js';
import { writeOnnx } from '../exchange/onnx/write.js';
import { weightsInFileOrder } from '../exchange/onnx/weighted.js';
import { writeSafetensors, type ByteTensor } from '../exchange/safetensors.js';
import { isFloatWeighted } from '../float/network.js';
import type { ClassReport } from '../prune/channels/index.js';
import type { Keep } from '../prune/result.js';
import type { Shape } from '../tensor/tensor.js';
import type { OutputFiles } from './output-folder.js';
import type { ShapedPruneResult } from './prune-float.js';

export const PRUNE_MANIFEST_FILE = 'prune.json';
const MODEL_FILE = 'model.onnx';
const MASKS_FILE = 'masks.safetensors';

export interface PrunedLayer {
  /** The operator's name: what --keep NAME=N says, and the name of its node in the model. */
  readonly name: string;
  readonly op: string;
  /** The initializer in the model, and the tensor in the masks where the layer is not dense. */
  readonly weights: string;
  /** O x I x H x W, or O x I. */
  readonly shape: Shape;
  readonly keep: Keep;
  readonly kept: number;
  readonly all: number;
  /** SHA-256 of the mask's bytes as they are in the masks; null: dense. */
  readonly maskHash: string | null;
}

export interface PrunedNetwork {
  readonly network: string;
  readonly constraint: string;
  readonly method: string;
  readonly group: number;
  readonly layers: readonly PrunedLayer[];
  /** Classes of channels that stayed or went together, where channels were cut; the layers are those behind the cut. */
  readonly channels?: readonly ClassReport[];
  /** Of the weights of the network as it came; `channelsLeave`: those that the cut of channels left, which are all of the layers'. */
  readonly totals: { readonly kept: number; readonly all: number; readonly density: number; readonly channelsLeave?: number };
}

export interface PrunedFolder {
  readonly result: PrunedNetwork;
  readonly files: OutputFiles;
}

/** `source` is the model that was pruned. Throws UnwritableOpError. */
export function prunedFolder(pruning: ShapedPruneResult, version: string, source: { readonly file: string; readonly bytes: Uint8Array }): PrunedFolder {
  const { network, masks, keep: keeps } = pruning;
  const { bytes, weights: written } = writeOnnx(network);
  const tensors = new Map<string, ByteTensor>();
  const layers = network.ops.filter(isFloatWeighted).map((op): PrunedLayer => {
    const { name, shape } = written.get(op.name) as { name: string; shape: Shape };
    const [mask, keep] = [masks.get(op.name) as Uint8Array, keeps.get(op.name) as Keep];
    const data = weightsInFileOrder(op, mask);
    if (keep !== 'dense') tensors.set(name, { type: 'BOOL', shape, data });
    return { name: op.name, op: op.kind, weights: name, shape, keep, kept: mask.reduce((sum, bit) => sum + bit, 0), all: mask.length, maskHash: keep === 'dense' ? null : sha256(data) };
  });
  const [kept, left] = [layers.reduce((sum, layer) => sum + layer.kept, 0), layers.reduce((sum, layer) => sum + layer.all, 0)];
  const { constraint, method, groupSize: group, weights: all } = pruning;
  const channels = pruning.channels === undefined ? {} : { channels: pruning.channels };
  const result = { network: network.name, constraint, method, group, layers, ...channels, totals: { kept, all, density: all === 0 ? 1 : kept / all, ...(pruning.channels === undefined ? {} : { channelsLeave: left }) } };
  const files = new Map<string, string | Uint8Array>([
    [MODEL_FILE, bytes],
    [MASKS_FILE, writeSafetensors(tensors, { generator: 'gen-accel', constraint, method, group: String(group) })],
  ]);
  files.set(PRUNE_MANIFEST_FILE, sealManifest({ version, source: { file: source.file, sha256: sha256(source.bytes) }, ...result }, files, PRUNE_MANIFEST_FILE));
  return { result, files };
}
