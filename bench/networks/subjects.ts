// SPDX-License-Identifier: Apache-2.0
/** Owns which networks are measured, on which inputs, against which recorded outputs. */
import { floatTensorById } from '../../generator/float/query.js';
import type { Network, Quantization } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { readBmp } from '../../generator/import/bmp.js';
import { readCifarRecords, readRawInt8, type InputImage } from '../../generator/import/images.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { importTflite, readTflite } from '../../generator/import/tflite/import.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { absentFiles, readDataFile } from './data-files.js';
import { shrink } from './shrink.js';

export const INPUTS = 20;

/** A network, its inputs in order, and the outputs that others recorded for the first of them. */
export interface Subject {
  readonly network: Network;
  readonly images: readonly InputImage[];
  /** What the inputs are. */
  readonly inputs: string;
  /** Undefined where nothing is recorded for an input. */
  readonly recorded: readonly (Int8Array | undefined)[];
  /** All inputs with a class that are scored; absent: there is no class. */
  readonly scored?: readonly InputImage[];
}

export interface SubjectSource {
  readonly name: string;
  /** Files that it needs, below the data folder. */
  readonly files: readonly string[];
  /** Weights of every group of 8 that are kept. */
  readonly keep?: number;
  /** The zeros that the model has are no work. */
  readonly zeros?: true;
  /** No program of its own for every layer. */
  readonly rows?: false;
  /** Inputs that a program computes; absent: one. */
  readonly batch?: number;
  readonly load: (count: number) => Subject;
}

const read = readDataFile;
const int8 = (bytes: Uint8Array): Int8Array => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** Files of a source that are not there. */
export const missingFiles = ({ files }: SubjectSource): string[] => absentFiles(files);

const network = (file: string): Network => importTflite(read(file), (file.split('/').at(-1) as string).replace('.tflite', ''));

const random = (net: Network, count: number, from = 1): InputImage[] => Array.from({ length: count }, (_, i) => ({ data: randomInput(net, from + i) }));

/** Rows of a file of recorded outputs. */
const rows = (file: string, size: number, count: number): Int8Array[] => {
  const all = int8(read(file));
  return Array.from({ length: count }, (_, i) => all.slice(i * size, (i + 1) * size));
};

const input = (net: Network) => tensorById(net, net.inputs[0] as number);

const RESNET = 'mlcommons-tiny/resnet8_int8.tflite';
const PHOTOS = 'cifar10/dev500_cifarbin.bin';
const PHOTO_OUTPUTS = 'cifar10/dev500_resnet8_int8_y_i8_500x10.bin';
const DSCNN = 'mlcommons-tiny/dscnn_kws_int8.tflite';
const WORDS = 'eembc-kws01/dev250_x_i8_250x49x10.bin';
const WORD_LABELS = 'eembc-kws01/dev250_labels.csv';
const WORD_OUTPUTS = 'eembc-kws01/dev250_ref_y_i8_250x12.bin';
const AD = 'mlcommons-tiny/ad01_autoencoder_int8.tflite';
const PERSON = 'tflite-micro/person_detect.tflite';
const PEOPLE = ['tflite-micro/person.bmp', 'tflite-micro/no_person.bmp'];
const SPEECH = 'tflite-micro/micro_speech_quantized.tflite';
const MOBILENET = 'coral/mobilenet_v1_0.25_128_quant.tflite';
const ANIMALS = ['coral/cat.bmp', 'coral/bird.bmp'];

const RESNET_FLOAT = 'mlcommons-tiny/resnet8_float.tflite';
const TRAINING_PHOTOS = 'cifar10/train4000_cifarbin.bin';
const DSCNN_FLOAT = 'mlperf-tiny-results/dscnn_kws_float.tflite';
/** Inputs that a float network is calibrated with: training photos; keywords that are not scored. */
const CALIBRATION_PHOTOS = 100;
const CALIBRATION_WORDS = 100;

const photos = (): InputImage[] => readCifarRecords(read(PHOTOS));

const noneRecorded = (count: number): undefined[] => Array.from({ length: count }, () => undefined);

/** Keyword inputs with their class, the second column of the labels. */
function keywords(net: Network): InputImage[] {
  const labels = new TextDecoder().decode(read(WORD_LABELS)).trim().split(/\r?\n/).map((line) => Number(line.split(',')[1]));
  return readRawInt8(read(WORDS), input(net)).map(({ data: values }, i) => ({ data: values, label: labels[i] as number }));
}

/** int8 as the real numbers that it stands for. */
const toReal = (values: Int8Array, { scale, zeroPoint }: Quantization): Float32Array => Float32Array.from(values, (q) => scale * (q - zeroPoint));

/** A float model quantized with these calibration inputs. */
function quantized(file: string, calibration: readonly Float32Array[]): Network {
  const model = readTflite(read(file), (file.split('/').at(-1) as string).replace('.tflite', ''));
  if (model.kind !== 'float32') throw new Error(`${file} is not a float model`);
  const { shape } = floatTensorById(model.network, model.network.inputs[0] as number);
  if (calibration.some(({ length }) => length !== shape.reduce((a, b) => a * b, 1))) throw new Error(`${file}: calibration inputs of another size than ${shape.join('x')}`);
  return quantizeNetwork(model.network, calibration);
}

const PIXEL: Quantization = { scale: 1, zeroPoint: -128 };

function ad01(count: number): Subject {
  const net = network(AD);
  return { network: net, images: random(net, count), inputs: 'seeded noise', recorded: noneRecorded(count) };
}

export const SUBJECTS: readonly SubjectSource[] = [
  {
    name: 'resnet8', files: [RESNET, PHOTOS, PHOTO_OUTPUTS],
    load: (count) => ({ network: network(RESNET), images: photos().slice(0, count), inputs: 'CIFAR-10 photos', recorded: rows(PHOTO_OUTPUTS, 10, count), scored: photos() }),
  },
  {
    name: 'resnet8, 2 of 8', files: [RESNET, PHOTOS], keep: 2,
    load: (count) => ({ network: network(RESNET), images: photos().slice(0, count), inputs: 'CIFAR-10 photos', recorded: noneRecorded(count), scored: photos() }),
  },
  {
    name: 'dscnn_kws', files: [DSCNN, WORDS, WORD_LABELS, WORD_OUTPUTS],
    load: (count) => {
      const net = network(DSCNN);
      return { network: net, images: keywords(net).slice(0, count), inputs: 'keywords', recorded: rows(WORD_OUTPUTS, 12, count), scored: keywords(net) };
    },
  },
  { name: 'ad01', files: [AD], load: ad01 },
  { name: 'ad01, batches of 20', files: [AD], batch: INPUTS, load: ad01 },
  {
    name: 'person_detect', files: [PERSON, ...PEOPLE],
    load: (count) => {
      const net = network(PERSON);
      // Grey bytes are reinterpreted as int8, not less 128.
      const pictures = PEOPLE.map((file) => ({ data: int8(readBmp(read(file)).data) }));
      const recorded = [Int8Array.of(-113, 113), Int8Array.of(57, -57)];
      return {
        network: net, images: [...pictures, ...random(net, Math.max(0, count - 2))].slice(0, count), inputs: '2 pictures, seeded noise',
        recorded: [...recorded, ...noneRecorded(Math.max(0, count - 2))].slice(0, count),
      };
    },
  },
  {
    name: 'micro_speech', files: [SPEECH],
    load: (count) => {
      const net = network(SPEECH);
      return { network: net, images: random(net, count), inputs: 'seeded noise', recorded: noneRecorded(count) };
    },
  },
  {
    name: 'mobilenet_v1_0.25_128 (uint8)', files: [MOBILENET, ...ANIMALS],
    load: (count) => {
      const net = network(MOBILENET);
      const pictures = ANIMALS.map((file) => ({ data: Int8Array.from(shrink(readBmp(read(file)), 128), (pixel) => pixel - 128) }));
      return { network: net, images: [...pictures, ...random(net, Math.max(0, count - 2))].slice(0, count), inputs: '2 pictures, seeded noise', recorded: noneRecorded(count) };
    },
  },
  {
    name: 'resnet8_float', files: [RESNET_FLOAT, TRAINING_PHOTOS, PHOTOS],
    load: (count) => {
      const calibration = readCifarRecords(read(TRAINING_PHOTOS)).slice(0, CALIBRATION_PHOTOS).map(({ data: values }) => toReal(values, PIXEL));
      const net = quantized(RESNET_FLOAT, calibration);
      const scored = photos().map((image) => ({ ...image, data: realToInt8(toReal(image.data, PIXEL), input(net).quantization) }));
      return { network: net, images: scored.slice(0, count), inputs: 'CIFAR-10 photos', recorded: noneRecorded(count), scored };
    },
  },
  {
    name: 'dscnn_kws_float', files: [DSCNN_FLOAT, DSCNN, WORDS, WORD_LABELS],
    load: (count) => {
      // The inputs are recorded as int8 of the int8 model.
      const integer = network(DSCNN);
      const real = keywords(integer).map(({ data: values, ...label }) => ({ ...label, data: toReal(values, input(integer).quantization) }));
      const net = quantized(DSCNN_FLOAT, real.slice(0, CALIBRATION_WORDS).map(({ data: values }) => values));
      const scored = real.slice(CALIBRATION_WORDS).map((image) => ({ ...image, data: realToInt8(image.data, input(net).quantization) }));
      return { network: net, images: scored.slice(0, count), inputs: 'keywords', recorded: noneRecorded(count), scored };
    },
  },
];
