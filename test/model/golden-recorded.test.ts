// SPDX-License-Identifier: Apache-2.0
/** Holds the golden model to outputs that others recorded: ResNet-8 and DS-CNN, every layer and every image. */

import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
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

  it('equals every dumped layer of the first 4 inputs', () => {
    const network = importTflite(readData(DSCNN), 'dscnn');
    compareLayers(network, inputs(network).slice(0, 4), 'eembc-kws01/dev250_dscnn_first4_layers');
  });

  it('equals the recorded person_detect output', () => {
    const network = importTflite(readData('tflite-micro/person_detect.tflite'), 'person_detect');
    const bmp = readData('tflite-micro/person.bmp');
    // 96 x 96 grey, bytes reinterpreted as int8; BMP rows run bottom up.
    const start = new DataView(bmp.buffer, bmp.byteOffset).getUint32(10, true);
    const pixels = new Int8Array(96 * 96);
    for (let y = 0; y < 96; y++) pixels.set(int8(bmp.subarray(start + (95 - y) * 96, start + (96 - y) * 96)), y * 96);
    expect([...goldenOutput(network, runGolden(network, pixels)).data]).toEqual([-113, 113]);
  });
});
