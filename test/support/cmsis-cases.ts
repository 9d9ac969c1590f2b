// SPDX-License-Identifier: Apache-2.0
/** Owns reading the operator cases that CMSIS-NN recorded from the TFLite interpreter: numbers and arrays by short names. */
import { gunzipSync } from 'node:zlib';
import { dataPath, readData } from './data.js';

const FILE = 'cmsis-nn/vectors_dev.json.gz';

interface Case {
  readonly config: Readonly<Record<string, number>>;
  readonly arrays: Readonly<Record<string, { readonly data: readonly number[] }>>;
}

export const hasCmsisCases = dataPath(FILE) !== undefined;

const cases: Readonly<Record<string, Case>> = hasCmsisCases ? (JSON.parse(gunzipSync(readData(FILE)).toString()) as Record<string, Case>) : {};

/** Empty where the data is not there. */
export const cmsisNames: readonly string[] = Object.keys(cases);

/** How many cases the file has: a test that counts them cannot lose one. */
export const CMSIS_CASES = 48;

/** One case with its name taken off keys and arrays; `layer` is the name in the keys where they have another. */
export class CmsisReader {
  constructor(readonly name: string, private readonly item: Case, private readonly layer = name) {}

  number(key: string, absent?: number): number {
    const value = this.item.config[`${this.layer.toUpperCase()}_${key}`] ?? absent;
    if (value === undefined) throw new Error(`${this.name}: no ${key}`);
    return value;
  }

  array(...keys: string[]): readonly number[] {
    for (const key of keys) {
      const found = this.item.arrays[`${this.name}_${key}`];
      if (found !== undefined) return found.data;
    }
    throw new Error(`${this.name}: no ${keys.join(' or ')}`);
  }

  has(key: string): boolean {
    return this.item.arrays[`${this.name}_${key}`] !== undefined;
  }

  /** A layer of a whole network: its keys and arrays begin with other names. */
  part(layer: string, arrays: string): CmsisReader {
    return new CmsisReader(`${this.name}_${arrays}`, this.item, layer);
  }

  get range(): { activationMin: number; activationMax: number } {
    return { activationMin: this.number('OUT_ACTIVATION_MIN', -128), activationMax: this.number('OUT_ACTIVATION_MAX', 127) };
  }

  /** What the interpreter gave, all images after each other. */
  get expected(): readonly number[] {
    return this.array('output_ref', 'output');
  }
}

export function cmsisCase(name: string): CmsisReader {
  const item = cases[name];
  if (item === undefined) throw new Error(`no case ${name}`);
  return new CmsisReader(name, item);
}

/** What a case computes. */
export type CmsisKind = 'whole network' | 'add' | 'mul' | 'pad' | 'softmax' | 'average-pool' | 'max-pool' | 'fully-connected' | 'convolution';

export function cmsisKind(name: string): CmsisKind {
  if (name === 'ds_cnn_s') return 'whole network';
  if (name === 'add' || name === 'mul' || name === 'softmax') return name;
  if (name === 'pad_int8_1') return 'pad';
  if (name.startsWith('avgpooling')) return 'average-pool';
  if (name.startsWith('maxpooling')) return 'max-pool';
  return name.startsWith('fc_') || name.startsWith('fully_connected') ? 'fully-connected' : 'convolution';
}

/** HWO -> OHW, the order of the network IR. */
export const toOhw = (data: readonly number[], outChannels: number): Int8Array => {
  const taps = data.length / outChannels;
  return Int8Array.from(data, (_, i) => data[(i % taps) * outChannels + Math.floor(i / taps)]!);
};

/** Multiplier and shift of each output channel: one number in the configuration of fully connected cases, arrays in the others. */
export function cmsisMultipliers(r: CmsisReader, channels: number): { readonly multipliers: Int32Array; readonly shifts: Int32Array } {
  const single = r.number('OUTPUT_MULTIPLIER', NaN);
  return Number.isNaN(single)
    ? { multipliers: Int32Array.from(r.array('output_mult', 'output_multiplier')), shifts: Int32Array.from(r.array('output_shift')) }
    : { multipliers: new Int32Array(channels).fill(single), shifts: new Int32Array(channels).fill(r.number('OUTPUT_SHIFT')) };
}
