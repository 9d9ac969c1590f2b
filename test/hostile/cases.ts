// SPDX-License-Identifier: Apache-2.0
/** Owns the mutated files by their seeds: the same seed gives the same bytes. */
import { createRandom } from '../../generator/core/random.js';
import { dataPath, readData } from '../support/data.js';
import { mutateBytes } from './byte-mutations.js';
import { chainedModel, onnxCorpus } from './onnx-corpus.js';
import * as onnxTree from './onnx-tree.js';
import { tfliteCorpus } from './tflite-corpus.js';
import * as tfliteTree from './tflite-tree.js';
import { mutateTree, type Tree } from './tree-mutations.js';

export type Format = 'TFLite' | 'ONNX';

/** Real models, where the data is. */
const REAL: Readonly<Record<Format, readonly string[]>> = {
  TFLite: ['mlcommons-tiny/resnet8_int8.tflite', 'mlcommons-tiny/dscnn_kws_int8.tflite', 'mlcommons-tiny/ad01_autoencoder_int8.tflite', 'mlperf-tiny-results/dscnn_kws_float.tflite', 'coral/mobilenet_v1_0.25_128_quant.tflite'],
  ONNX: ['akamaster/resnet20_opset13.onnx', 'mlperf-tiny-results/alibaba_ic_mbconv.onnx'],
};
/** One case in so many begins with a real model. */
const REAL_SHARE = 25;
/** ONNX models that are put together of single operators. */
const CHAIN_SHARE = 0.3;

interface Base {
  readonly bytes: Uint8Array;
  tree?: Tree;
}

export class Cases {
  private readonly small: readonly Base[];
  private readonly real: readonly Base[];
  private readonly codec: { readTree(bytes: Uint8Array): Tree; writeTree(tree: Tree): Uint8Array };

  constructor(private readonly format: Format) {
    this.codec = format === 'TFLite' ? tfliteTree : onnxTree;
    this.small = (format === 'TFLite' ? tfliteCorpus() : onnxCorpus()).map((bytes) => ({ bytes }));
    this.real = REAL[format].filter((path) => dataPath(path) !== undefined).map((path) => ({ bytes: readData(path) }));
  }

  /** The file of a seed. */
  bytes(seed: number): Uint8Array {
    const random = createRandom(seed * 7919 + 13);
    const isReal = this.real.length > 0 && seed % REAL_SHARE === 0;
    const isChain = this.format === 'ONNX' && !isReal && random.next() < CHAIN_SHARE;
    const base: Base = isChain ? { bytes: chainedModel(random) } : random.pick(isReal ? this.real : this.small);
    if (isChain && random.next() < 0.5) return base.bytes;
    if (random.next() < 0.4) return mutateBytes(base.bytes, random);
    const tree = structuredClone((base.tree ??= this.codec.readTree(base.bytes)));
    mutateTree(tree, random);
    let bytes: Uint8Array;
    try {
      bytes = this.codec.writeTree(tree);
    } catch {
      // No file of this kind says what the tree says now.
      return mutateBytes(base.bytes, random);
    }
    return random.next() < 0.1 ? mutateBytes(bytes, random) : bytes;
  }
}
