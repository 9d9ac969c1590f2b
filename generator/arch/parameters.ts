// SPDX-License-Identifier: Apache-2.0
/** Owns the table of the accelerator's parameters: spelling, range, unit and meaning, for the rules, the CLI and the documents. */
import { DEFAULTS, INDEX_DECODERS, MAX_PATTERN_BITS, MULTIPLIERS, ROUNDINGS, type AccelConfig } from './config.js';

export type ParameterName = keyof AccelConfig;

interface ParameterBase {
  readonly key: ParameterName;
  /** Spelling on the command line, without the dashes. */
  readonly flag: string;
  /** Meaning and unit, one line. */
  readonly doc: string;
}

export interface IntegerParameter extends ParameterBase {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
  readonly powerOfTwo: boolean;
  /** What the default is, in words, when it is not one number. */
  readonly defaultDoc: string;
}

export interface ChoiceParameter extends ParameterBase {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly defaultDoc: string;
}

export interface NameParameter extends ParameterBase {
  readonly kind: 'name';
  readonly defaultDoc: string;
}

export type ParameterSpec = IntegerParameter | ChoiceParameter | NameParameter;

const integer = (key: ParameterName, flag: string, min: number, max: number, defaultDoc: string | number, doc: string): IntegerParameter => ({
  kind: 'integer', key, flag, min, max, powerOfTwo: false, defaultDoc: String(defaultDoc), doc,
});

const power = (key: ParameterName, flag: string, min: number, max: number, defaultDoc: string | number, doc: string): IntegerParameter => ({
  ...integer(key, flag, min, max, defaultDoc, doc), powerOfTwo: true,
});

/** In the order of the command line's help. */
export const PARAMETERS: readonly ParameterSpec[] = [
  integer('pes', 'pes', 1, 256, DEFAULTS.pes, 'processing elements: output channels in parallel'),
  power('group', 'group', 2, 32, DEFAULTS.group, 'activations fetched together'),
  integer('lanes', 'lanes', 1, 16, DEFAULTS.lanes, 'pixel ranges in parallel; a PE has one multiplier a lane'),
  { kind: 'choice', key: 'index', flag: 'index', choices: INDEX_DECODERS, defaultDoc: DEFAULTS.index, doc: 'index decoder: direct = log2(group) bits a weight, bitmap = group bits a group, pattern = pattern-bits a group' },
  integer('patternBits', 'pattern-bits', 1, MAX_PATTERN_BITS, 'what every pair of positions of a group needs, 5 at group 8', 'index pattern: width of a number in the table of position sets'),
  power('weightBits', 'weight-bits', 2, 8, DEFAULTS.weightBits, "bits of a weight in storage and multiplier, two's complement"),
  { kind: 'choice', key: 'multiplier', flag: 'multiplier', choices: MULTIPLIERS, defaultDoc: DEFAULTS.multiplier, doc: 'how a multiplier is built: dsp = a DSP block with its accumulator, packed = a DSP block for two lanes, accumulators in LUTs, lut = LUTs' },
  power('weightDepth', 'weight-depth', 16, 65536, DEFAULTS.weightDepth, 'steps that the weight-group buffer holds'),
  power('actDepth', 'act-depth', 16, 65536, DEFAULTS.actDepth, 'words of group bytes in an activation bank, one bank a lane'),
  power('schedDepth', 'sched-depth', 16, 65536, DEFAULTS.schedDepth, 'entries of the schedule buffer'),
  power('outDepth', 'out-depth', 16, 65536, DEFAULTS.outDepth, 'words of group bytes in a half of an output bank'),
  power('partialDepth', 'partial-depth', 16, 65536, DEFAULTS.partialDepth, 'words of the partial-sum buffer, requant sums a lane each'),
  { kind: 'choice', key: 'rounding', flag: 'rounding', choices: ROUNDINGS, defaultDoc: DEFAULTS.rounding, doc: 'requantizer: double = TFLite reference, single = TFLite built with single rounding' },
  power('requant', 'requant', 1, 256, 'smallest that drains a pixel in 16 cycles', 'requantizers a lane, a power of two that divides pes'),
  power('bus', 'bus', 32, 512, DEFAULTS.bus, 'AXI data width in bits'),
  integer('addr', 'addr', 32, 64, DEFAULTS.addr, 'AXI address width in bits'),
  integer('id', 'id', 1, 16, DEFAULTS.id, 'AXI id width in bits'),
  { kind: 'name', key: 'name', flag: 'name', defaultDoc: 'from the parameters, as in pes16-group8', doc: 'design name: the folder, and the prefix unless given' },
  { kind: 'name', key: 'prefix', flag: 'prefix', defaultDoc: 'the design name', doc: 'prefix of every Verilog module name' },
];

const byKey = new Map(PARAMETERS.map((spec) => [spec.key as string, spec]));

export const findParameter = (key: string): ParameterSpec | undefined => byKey.get(key);
