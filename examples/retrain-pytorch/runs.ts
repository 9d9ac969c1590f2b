// SPDX-License-Identifier: Apache-2.0
/** Owns the list of the networks in models/: what each was made from, and the commands that made it. Files of the data folder are written $DATA/.... */
import type { Normalization } from '../../generator/import/pixel-values.js';

/** Training, calibration and the choice of settings read the first, scoring reads the second, and nothing else. */
export const TRAINING = '$DATA/cifar10/train4000_cifarbin.bin';
export const SCORED = '$DATA/cifar10/dev500_cifarbin.bin';

export interface Source {
  readonly name: string;
  /** The dense network, which teaches. */
  readonly model: string;
  readonly licence: string;
  readonly origin: string;
  /** What the network reads: x, or (x / 255 - mean) / std. */
  readonly normalization?: Normalization;
}

export interface Run {
  /** File in models/, with .gz where it is packed. */
  readonly file: string;
  readonly source: Source;
  /** What may stay, in words of --prune, and --prune LAYER=... */
  readonly constraint: string;
  readonly layers: readonly string[];
  /** In words of --channels, where channels are cut; the constraint is `dense` then. */
  readonly channels?: string;
  /** How the pruned network that training begins with is made: options of `gen-accel prune`; without them by magnitude. */
  readonly method?: string;
  /** Options of retrain.py beside images, teacher and pixels. */
  readonly training: string;
  readonly epochs: number;
}

export const RESNET20: Source = {
  name: 'ResNet-20 for CIFAR-10',
  model: '$DATA/akamaster/resnet20_opset13.onnx',
  licence: 'BSD-2-Clause, Copyright (c) 2018 Yerlan Idelbayev',
  origin: 'https://github.com/akamaster/pytorch_resnet_cifar10 (resnet20-12fca82f.th, converted to ONNX)',
  normalization: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
};

export const RESNET8: Source = {
  name: 'ResNet-8 of MLPerf Tiny',
  model: '$DATA/mlperf-tiny-results/onnx/resnet8_float.onnx',
  licence: 'Apache-2.0, MLPerf Tiny',
  origin: 'https://github.com/mlcommons/tiny_results_v1.2 (closed/kai_jiang/code/ic/LC236R5E176_BOARD_V2.0/models/pretrainedResnet.onnx)',
};

const between = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
/** The first layer reads three channels and the last one is small: both stay dense, in every row alike. */
const ENDS = ['conv2d_1=dense', 'fc_1=dense'];

const SECOND_ORDER = '--method second-order --calibration-count 500';
const PACKED = '--round 11';

/** One recipe for every constraint, so that rows compare. */
const COMMON = '--flip --bf16 --batch 64';
const ALIKE = { source: RESNET20, layers: ENDS, method: SECOND_ORDER, training: `${COMMON} --rate 0.005 --mix 0 ${PACKED}`, epochs: 8 } as const;
/** For constraints after which little is right whichever way weights are chosen: taken where the loss on the training images ends lower so. */
const BY_MAGNITUDE = { source: RESNET20, training: `${COMMON} --rate 0.02 --mix 0 ${PACKED}`, epochs: 8 } as const;

export const RUNS: readonly Run[] = [
  { file: 'resnet8-2of8.onnx', source: RESNET8, constraint: 'balanced:2/8', layers: [], training: '--norms --flip --bf16 --batch 32 --rate 0.03', epochs: 120 },
  {
    ...ALIKE, file: 'resnet20-mixed.onnx.gz', constraint: 'balanced:2/8', epochs: 15,
    layers: [...between(2, 7).map((i) => `conv2d_${i}=balanced:4/8`), ...between(8, 13).map((i) => `conv2d_${i}=balanced:3/8`), ...ENDS],
  },
  { ...ALIKE, file: 'resnet20-2of8.onnx.gz', constraint: 'balanced:2/8', layers: [] },
  { ...ALIKE, file: 'resnet20-4of16.onnx.gz', constraint: 'balanced:4/16' },
  { ...ALIKE, file: 'resnet20-1of4.onnx.gz', constraint: '1:4' },
  { ...BY_MAGNITUDE, file: 'resnet20-pattern2.onnx.gz', constraint: 'pattern:2@tile', layers: ENDS },
  { ...ALIKE, file: 'resnet20-pattern4-4of8.onnx.gz', constraint: 'pattern:4@tile+balanced:4/8' },
  { ...ALIKE, file: 'resnet20-kernel2.onnx.gz', constraint: 'kernel:2' },
  { ...ALIKE, file: 'resnet20-unconstrained.onnx.gz', constraint: 'unconstrained:0.05' },
  { ...BY_MAGNITUDE, file: 'resnet20-channels.onnx.gz', constraint: 'dense', channels: 'cycles:0.26', layers: [], training: `${COMMON} --rate 0.02 --mix 0 --features 0 ${PACKED}` },
];

export const nameOf = ({ file }: Run): string => file.replace(/\.onnx(\.gz)?$/, '');

const pixels = ({ source: { normalization } }: Run): string =>
  normalization === undefined ? '' : ` --mean ${normalization.mean.join(',')} --std ${normalization.deviation.join(',')}`;

/** What makes the file, in order, with retrain.py and score.py in the same folder; .gz files are packed with `gzip -9n`. */
export function commandsOf(run: Run): { readonly prune: string; readonly retrain: string; readonly score: string } {
  const name = nameOf(run);
  const { model, normalization } = run.source;
  const method = run.method === undefined ? '' : ` ${run.method} --calibration ${TRAINING}${normalization === undefined ? '' : ` --pixels unit${pixels(run)}`}`;
  return {
    prune: `npx gen-accel prune ${model} ${run.channels === undefined ? `--prune ${run.constraint}` : `--channels ${run.channels}`}${run.layers.map((layer) => ` --prune ${layer}`).join('')}${method} -o pruned/${name}`,
    retrain: `python retrain.py pruned/${name} --teacher ${model} --images ${TRAINING} --out ${name}.onnx${pixels(run)} ${run.training} --epochs ${run.epochs} --seed 1`,
    score: `python score.py ${SCORED} ${model} pruned/${name}/model.onnx ${name}.onnx${pixels(run)}`,
  };
}
