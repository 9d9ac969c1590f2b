// SPDX-License-Identifier: Apache-2.0
/** Holds the golden model to outputs that others recorded: ResNet-8 and DS-CNN, every layer and every image. */

import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBmp } from '../../generator/import/bmp.js';
import { readCifarRecords, readRawInt8 } from '../../generator/import/images.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import type { Network } from '../../generator/graph/network.js';
import { outputOf } from '../../generator/graph/query.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { formatShape } from '../../generator/tensor/tensor.js';
import { dataPath, readData } from '../support/data.js';

const RESNET = 'mlcommons-tiny/resnet8_int8.tflite';
const DSCNN = 'mlcommons-tiny/dscnn_kws_int8.tflite';
const noResnet = dataPath(RESNET) === undefined;
const noDscnn = dataPath(DSCNN) === undefined;

const resnet8 = (): Network => importTflite(readData(RESNET), 'resnet8');
const int8 = (bytes: Uint8Array): Int8Array => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);

interface DumpedLayer {
  readonly op: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Compares every dumped operator of the first images with the golden model. */
function compareLayers(network: Network, inputs: readonly Int8Array[], stem: string): void {
  const layers = JSON.parse(new TextDecoder().decode(readData(`${stem}.json`))) as DumpedLayer[];
  const dump = int8(gunzipSync(readData(`${stem}.bin.gz`)));
  expect(layers.length).toBe(network.ops.length);
  inputs.forEach((input, image) => {
    const tensors = runGolden(network, input);
    for (const layer of layers) {
      const op = network.ops[layer.op]!;
      const found = tensors.get(op.outputs[0])!.data;
      const start = layer.offset + image * found.length;
      const expected = dump.subarray(start, start + found.length);
      expect(formatShape(outputOf(network, op).shape.slice(1))).toBe(formatShape(layer.shape.slice(1)));
      const at = found.findIndex((value, i) => value !== expected[i]);
      if (at >= 0) expect.fail(`image ${image}, ${op.name} (${layer.name}), element ${at}: golden ${found[at]}, recorded ${expected[at]}`);
    }
  });
}

/** The number of inputs whose output equals the recording. */
function countEqual(network: Network, inputs: readonly Int8Array[], recorded: Int8Array): number {
  const size = recorded.length / inputs.length;
  return inputs.filter((input, i) => {
    const output = goldenOutput(network, runGolden(network, input)).data;
    return output.length === size && output.every((value, k) => value === recorded[i * size + k]);
  }).length;
}

describe.skipIf(noResnet)('ResNet-8 by the golden model', () => {
  it('equals the recorded outputs on all 500 images of dev500, 88.2 % of them right', () => {
    const network = resnet8();
    const images = readCifarRecords(readData('cifar10/dev500_cifarbin.bin'));
    const recorded = int8(readData('cifar10/dev500_resnet8_int8_y_i8_500x10.bin'));
    expect(countEqual(network, images.map((image) => image.data), recorded)).toBe(500);
    const correct = images.filter(({ label }, i) => {
      const row = [...recorded.subarray(10 * i, 10 * i + 10)];
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(correct.length).toBe(441);
  });

  it('equals every dumped layer of the first 4 images', () => {
    const images = readCifarRecords(readData('cifar10/dev500_cifarbin.bin')).slice(0, 4);
    compareLayers(resnet8(), images.map((image) => image.data), 'cifar10/dev500_resnet8_first4_layers');
  });

  it('equals the outputs that CFU Playground recorded for its ten images', () => {
    const network = resnet8();
    const { imgc } = JSON.parse(new TextDecoder().decode(readData('cfu-playground/goldens_imgc_kws.json'))) as { imgc: Record<string, number[]> };
    const input = network.tensors[network.inputs[0]!]!;
    expect(Object.keys(imgc).length).toBe(10);
    for (const [name, expected] of Object.entries(imgc)) {
      const [image] = readRawInt8(readData(`cfu-playground/imgc_${name}.dat`), input);
      expect([...goldenOutput(network, runGolden(network, image!.data)).data], name).toEqual(expected);
    }
  });
});

describe.skipIf(noDscnn)('DS-CNN (depthwise) by the golden model', () => {
  const inputs = (network: Network): Int8Array[] =>
    readRawInt8(readData('eembc-kws01/dev250_x_i8_250x49x10.bin'), network.tensors[network.inputs[0]!]!).map((image) => image.data);

  it('equals the recorded outputs of all 250 inputs', () => {
    const network = importTflite(readData(DSCNN), 'dscnn');
    const recorded = int8(readData('eembc-kws01/dev250_ref_y_i8_250x12.bin'));
    expect(countEqual(network, inputs(network), recorded)).toBe(250);
  });

  it('equals the outputs that CFU Playground recorded for its twelve words', () => {
    const network = importTflite(readData(DSCNN), 'dscnn');
    const { kws } = JSON.parse(new TextDecoder().decode(readData('cfu-playground/goldens_imgc_kws.json'))) as { kws: Record<string, number[]> };
    expect(Object.keys(kws).length).toBe(12);
    for (const [name, expected] of Object.entries(kws)) {
      const [word] = readRawInt8(readData(`cfu-playground/kws_${name}.dat`), network.tensors[network.inputs[0]!]!);
      expect([...goldenOutput(network, runGolden(network, word!.data)).data], name).toEqual(expected);
    }
  });

  it('agrees with single rounding in some two thirds of the recorded rows, and is never far from it', () => {
    const network = importTflite(readData(DSCNN), 'dscnn');
    const recorded = int8(readData('eembc-kws01/dev250_ref_y_i8_250x12.bin'));
    let [equal, farthest] = [0, 0];
    inputs(network).slice(0, 100).forEach((input, i) => {
      const found = goldenOutput(network, runGolden(network, input, { rounding: 'single' })).data;
      const distance = Math.max(...found.map((value, k) => Math.abs(value - recorded[12 * i + k]!)));
      if (distance === 0) equal++;
      farthest = Math.max(farthest, distance);
    });
    expect([equal, farthest]).toEqual([68, 22]);
  });

  it('equals every dumped layer of the first 4 inputs', () => {
    const network = importTflite(readData(DSCNN), 'dscnn');
    compareLayers(network, inputs(network).slice(0, 4), 'eembc-kws01/dev250_dscnn_first4_layers');
  });

  it('equals the recorded person_detect output', () => {
    const network = importTflite(readData('tflite-micro/person_detect.tflite'), 'person_detect');
    // Grey bytes are reinterpreted as int8, not less 128.
    const outputOfImage = (name: string): number[] => [...goldenOutput(network, runGolden(network, int8(readBmp(readData(name)).data))).data];
    expect(outputOfImage('tflite-micro/person.bmp')).toEqual([-113, 113]);
    expect(outputOfImage('tflite-micro/no_person.bmp')).toEqual([57, -57]);
  });
});
