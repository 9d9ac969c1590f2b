// SPDX-License-Identifier: Apache-2.0
/** Owns which ONNX models are measured, on which inputs they are scored, and on which others the float ones are calibrated. */
import type { PixelImage } from '../../generator/import/pixel-image.js';
import { asValue, bilinear, caffe, digits, keywords, mosaic, normalized, photos, pictures, PICTURES, spectra, unitLuma, type LabelledPixels, type Reading, type RealInput } from './onnx-inputs.js';

export interface OnnxModel {
  /** Of its recorded answers. */
  readonly name: string;
  /** Files that it needs beside the model, below the data folder. */
  readonly files: readonly string[];
  /** All scored inputs, those that were recorded. */
  readonly scored: () => RealInput[];
  readonly inputs: string;
  /** The output is a picture of 0..1. */
  readonly isPicture?: true;
  /** Absent: the model is quantized already. */
  readonly calibration?: { readonly inputs: () => Float32Array[]; readonly what: string };
}

const [TRAIN, DEV] = ['cifar10/train4000_cifarbin.bin', 'cifar10/dev500_cifarbin.bin'];
const KEYWORDS = ['eembc-kws01/dev250_x_i8_250x49x10.bin', 'eembc-kws01/dev250_labels.csv'];
const MNIST = ['t10k-images-idx3', 't10k-labels-idx1', 'train-images-idx3', 'train-labels-idx1'].map((file) => `mnist/${file}-ubyte.gz`);

/** As many as the command line takes. */
const CALIBRATION = 200;

const real = (reading: Reading) => ({ label, picture }: LabelledPixels): RealInput => ({ label, data: reading(picture) });

const values = (inputs: readonly RealInput[]): Float32Array[] => inputs.map(({ data }) => data);

const photoModel = (name: string, reading: Reading): OnnxModel => ({
  name, files: [DEV, TRAIN], inputs: '500 CIFAR-10 test photos',
  scored: () => photos('dev500', 0, 500).map(real(reading)),
  calibration: { inputs: () => values(photos('train4000', 0, CALIBRATION).map(real(reading))), what: `${CALIBRATION} training photos` },
});

const quantized = ({ calibration: _, ...model }: OnnxModel): OnnxModel => model;

const SIDE = 227;
const TILES = 7;
/** side x side photos side by side, from the given one on; 7 x 7 of them are 224 x 224 pixels as sharp as they were taken. */
const tiled = (set: 'train4000' | 'dev500', from: number, side: number): PixelImage => mosaic(photos(set, from, from + side * side).map(({ picture }) => picture), side);
const mosaics = (set: 'train4000' | 'dev500', count: number): Float32Array[] => Array.from({ length: count }, (_, i) => unitLuma(tiled(set, TILES * TILES * i, TILES)));

/** Of 1 x 1 to 7 x 7 photos in turn: soft and sharp pictures. */
const softAndSharp = (count: number): PixelImage[] => Array.from({ length: count }, (_, i) => tiled('train4000', TILES * TILES * i, 1 + (i % TILES)));

const asInput = (data: Float32Array): RealInput => ({ data });

export const ONNX_MODELS: readonly OnnxModel[] = [
  {
    name: 'mnist-8', files: MNIST, inputs: '10,000 MNIST test digits',
    scored: () => digits('t10k', 10_000).map(real(asValue)),
    calibration: { inputs: () => values(digits('train', CALIBRATION).map(real(asValue))), what: `${CALIBRATION} training digits` },
  },
  photoModel('resnet8_float', asValue),
  quantized(photoModel('resnet8_qdq', asValue)),
  { name: 'dscnn_kws_qdq', files: KEYWORDS, inputs: '250 keywords', scored: keywords },
  { name: 'ad_autoencoder_qdq', files: [], inputs: '20 seeded log spectra', scored: () => spectra(20) },
  photoModel('alibaba_ic_mbconv', normalized([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201])),
  photoModel('resnet20', normalized([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])),
  {
    name: 'squeezenet', files: [...PICTURES, DEV, TRAIN], inputs: '2 pictures, 100 CIFAR-10 test photos',
    scored: () => [...pictures(), ...photos('dev500', 0, 100).map(({ picture }) => picture)].map((picture) => asInput(caffe(bilinear(picture, SIDE)))),
    calibration: { inputs: () => softAndSharp(14).map((picture) => caffe(bilinear(picture, SIDE))), what: '14 mosaics of 1 x 1 to 7 x 7 training photos' },
  },
  {
    name: 'super_resolution', files: [...PICTURES, DEV, TRAIN], inputs: '2 pictures, 8 mosaics of 7 x 7 test photos', isPicture: true,
    scored: () => [...pictures().map((picture) => unitLuma(bilinear(picture, TILES * 32))), ...mosaics('dev500', 8)].map(asInput),
    calibration: { inputs: () => mosaics('train4000', 8), what: '8 mosaics of 7 x 7 training photos' },
  },
];
