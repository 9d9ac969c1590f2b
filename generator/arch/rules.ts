// SPDX-License-Identifier: Apache-2.0
/** Owns the rules that make a configuration valid; turns partial input into an AccelConfig or one error that lists every problem. */
import { z } from 'zod';
import { DefectError } from '../core/errors.js';
import { clamp, isPowerOfTwo, nextPowerOfTwo } from '../core/integers.js';
import { isReservedWord, isVerilogIdentifier } from '../core/verilog-words.js';
import { ConfigError, type ConfigProblem, type Suggestion } from './config-error.js';
import { DEFAULTS, defaultPatternBits, defaultRequant, type AccelConfig } from './config.js';
import { actSubBankCount, outSubBankCount } from './derive.js';
import { findParameter, PARAMETERS, type ChoiceParameter, type IntegerParameter, type ParameterName } from './parameters.js';

/** What a user may set: any part of an AccelConfig, the rest takes its default. */
export type AccelConfigInput = { -readonly [K in ParameterName]: AccelConfig[K] };
export type PartialConfig = { readonly [K in ParameterName]?: AccelConfigInput[K] | undefined };

export interface ValidationOptions {
  /** Names of index decoders that the caller adds to the built-in ones. */
  readonly indexDecoders?: readonly string[];
}

/** Types a `.ts` configuration file; the values are checked when it is generated. */
export const defineAccelerator = <const T extends PartialConfig>(input: T): T => input;

const valueSchema = { integer: z.number().int(), choice: z.string(), name: z.string() };
const inputSchema = z.strictObject(Object.fromEntries(PARAMETERS.map((spec) => [spec.key, valueSchema[spec.kind].optional()])));

const MAX_NAME = 64;
const flagOf = (key: string): string => `--${findParameter(key)?.flag ?? key}`;

/** The nearest power of two (in ratio) inside [min, max]. */
const nearestPower = (value: number, min: number, max: number): number => {
  const bounded = clamp(value, min, max);
  let below = min;
  while (2 * below <= bounded) below *= 2;
  return clamp(bounded / below > 2 * below / bounded ? 2 * below : below, min, max);
};

/** Largest power of two that divides p and is at most n. */
const dividingPower = (p: number, n: number): number => {
  let best = 1;
  for (let power = 1; power <= n && p % power === 0; power *= 2) best = power;
  return best;
};

const integerRule = (spec: IntegerParameter): string =>
  `must be ${spec.powerOfTwo ? 'a power of two' : 'an integer'} from ${spec.min} to ${spec.max}`;

const choicesOf = (spec: ChoiceParameter, options: ValidationOptions): string[] => [
  ...spec.choices,
  ...(spec.key === 'index' ? (options.indexDecoders ?? []) : []),
];

/** Default design name: the shape, then every other parameter that differs from its default. */
export const defaultName = (config: Omit<AccelConfig, 'name' | 'prefix'>): string => {
  const parts = [`pes${config.pes}`, `group${config.group}`];
  if (config.lanes !== DEFAULTS.lanes) parts.push(`lanes${config.lanes}`);
  if (config.index !== DEFAULTS.index) parts.push(config.index);
  if (config.patternBits !== defaultPatternBits(config.group)) parts.push(`patterns${2 ** config.patternBits}`);
  if (config.weightBits !== DEFAULTS.weightBits) parts.push(`int${config.weightBits}`);
  if (config.multiplier !== DEFAULTS.multiplier) parts.push(config.multiplier);
  if (config.rounding !== DEFAULTS.rounding) parts.push(config.rounding);
  for (const key of ['weightDepth', 'actDepth', 'schedDepth', 'outDepth', 'partialDepth', 'requant', 'bus', 'addr', 'id'] as const) {
    const usual = key === 'requant' ? defaultRequant(config.pes) : DEFAULTS[key];
    if (config[key] !== usual) parts.push(`${key.replace('Depth', '')}${config[key]}`);
  }
  return parts.join('-');
};

/** Collects problems and keeps the value that repairs each, so that later rules and suggestions fit together. */
class Findings {
  readonly problems: ConfigProblem[] = [];

  add<T extends number | string | undefined>(parameter: string, value: unknown, rule: string, repair: T): T {
    const suggestion: Suggestion = { parameter, value: repair };
    const earlier = this.problems.findIndex((problem) => problem.parameter === parameter);
    const first = this.problems[earlier];
    // One value breaks two rules: the first is reported, the suggestion follows both.
    if (first !== undefined) this.problems[earlier] = { ...first, suggestion };
    else this.problems.push({ parameter, flag: flagOf(parameter), value, rule, suggestion });
    return repair;
  }
}

/** An array, a promise or an instance of a class has no parameters of its own: each would pass as "all defaults". */
function isPlainObject(input: unknown): input is object {
  if (typeof input !== 'object' || input === null) return false;
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Replaces what has the wrong type and drops what has no meaning; reports each. */
function readInput(input: unknown, findings: Findings): Record<string, number | string | undefined> {
  if (!isPlainObject(input)) {
    const suggestion = { parameter: 'pes', value: DEFAULTS.pes };
    throw new ConfigError([{ parameter: '', flag: 'the configuration', value: input, rule: 'must be an object of parameters such as { pes: 16 }', suggestion }]);
  }
  const values = { ...input } as Record<string, number | string | undefined>;
  for (const issue of inputSchema.safeParse(input).error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        findings.add(key, values[key], `is not a parameter (${PARAMETERS.map((spec) => spec.key).join(', ')})`, undefined);
        delete values[key];
      }
      continue;
    }
    const spec = findParameter(String(issue.path[0]));
    if (spec === undefined) throw new DefectError('validateConfig', `an issue at ${JSON.stringify(issue.path)}`);
    if (spec.kind === 'integer') values[spec.key] = repairInteger(spec, values[spec.key], findings);
    else values[spec.key] = findings.add(spec.key, values[spec.key], 'must be a word', spec.kind === 'choice' ? spec.defaultDoc : 'accel');
  }
  return values;
}

const repairInteger = (spec: IntegerParameter, value: unknown, findings: Findings): number => {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  const fallback = (DEFAULTS as Record<string, number | string>)[spec.key];
  const target = Number.isNaN(number) ? (typeof fallback === 'number' ? fallback : 1) : number;
  const repair = spec.powerOfTwo ? nearestPower(target, spec.min, spec.max) : clamp(Math.round(target), spec.min, spec.max);
  return findings.add(spec.key, value, integerRule(spec), repair);
};

const cleanWord = (word: string, alsoDash: boolean): string => {
  const kept = word.replace(alsoDash ? /[^A-Za-z0-9_-]+/g : /[^A-Za-z0-9_]+/g, '_').slice(0, MAX_NAME - 2);
  const started = /^[A-Za-z]/.test(kept) ? kept : `a${kept}`;
  return isReservedWord(started) ? `${started}_0` : started;
};

/** `name` may also hold dashes: it names a folder; the default prefix writes them as underscores. */
function checkName(key: 'name' | 'prefix', value: string, findings: Findings): string {
  const isName = key === 'name';
  const identifier = isName ? value.replaceAll('-', '_') : value;
  if (!isVerilogIdentifier(identifier) || !/^[A-Za-z]/.test(value)) {
    return findings.add(key, value, `must be a Verilog identifier: a letter, then letters, digits, _${isName ? ' and -' : ''}`, cleanWord(value, isName));
  }
  if (value.length > MAX_NAME) return findings.add(key, value, `must have at most ${MAX_NAME} characters`, cleanWord(value, isName));
  if (isReservedWord(identifier)) return findings.add(key, value, 'must not be a reserved word of Verilog', cleanWord(value, isName));
  return value;
}

interface Relation {
  readonly key: ParameterName;
  readonly holds: boolean;
  readonly rule: string;
  /** Undefined: leave the parameter out. */
  readonly repair: number | undefined;
}

/** Rules between parameters; each blames the one that a user changes most easily. */
function relations(value: (key: ParameterName) => number, index: string, multiplier: string): Relation[] {
  const [pes, group, requant, patternBits] = [value('pes'), value('group'), value('requant'), value('patternBits')];
  const divisor = dividingPower(pes, requant);
  const atLeast = (key: ParameterName, least: number, why: string): Relation => {
    const repair = nextPowerOfTwo(least);
    return { key, holds: value(key) >= least, rule: `must be at least ${repair}, ${why}`, repair };
  };
  const subBanks = actSubBankCount({ pes, group, bus: value('bus') });
const outBanks = outSubBankCount({ group, requant: divisor, bus: value('bus') });
    const lanes = value('lanes');
  return [
    { key: 'lanes', holds: lanes % 2 === 0 || multiplier !== 'packed', rule: 'must be even with --multiplier packed, where two lanes share a DSP block', repair: lanes + 1 },
    { key: 'patternBits', holds: patternBits <= group || index !== 'pattern', rule: `must be at most --group ${group}, which has 2^${group} position sets`, repair: undefined },
    { key: 'patternBits', holds: patternBits === defaultPatternBits(group) || index === 'pattern', rule: `has no meaning with --index ${index}`, repair: undefined },
    { key: 'requant', holds: divisor === requant, rule: `must divide --pes ${pes}`, repair: divisor },
    atLeast('weightDepth', group, `the steps of one dense --group ${group}`),
    atLeast('actDepth', 2 * subBanks, `two words in each bank that ${value('bus') >= 8 * group * subBanks ? `--bus ${value('bus')} fills` : `--pes ${pes} read`} at once`),
    atLeast('partialDepth', pes / divisor, `the sums of one pixel of --pes ${pes}`),
    atLeast('outDepth', Math.max(2 * outBanks, Math.ceil(pes / group)), `one pixel of --pes ${pes}, two words in each of ${outBanks} sub-banks`),
  ];
}

/**
 * The one edge through which every configuration comes in.
 * @throws ConfigError that lists every problem; its suggestions applied together are valid.
 */
export function validateConfig(input: PartialConfig, options: ValidationOptions = {}): AccelConfig {
  const findings = new Findings();
  const given = readInput(input, findings);

  const values: Record<string, number | string> = {};
  for (const spec of PARAMETERS) {
    const value = given[spec.key];
    if (spec.kind === 'integer') {
      const set = value ?? (DEFAULTS as Record<string, number | string>)[spec.key];
      if (set === undefined) continue;
      const number = set as number;
      const legal = number >= spec.min && number <= spec.max && (!spec.powerOfTwo || isPowerOfTwo(number));
      values[spec.key] = legal ? number : repairInteger(spec, number, findings);
    } else if (spec.kind === 'choice') {
      const word = String(value ?? spec.defaultDoc);
      const choices = choicesOf(spec, options);
      values[spec.key] = choices.includes(word)
        ? word
        : findings.add(spec.key, word, `must be one of ${choices.join(', ')}`, spec.defaultDoc);
    }
  }

  const number = (key: ParameterName): number => values[key] as number;
  values['requant'] ??= defaultRequant(number('pes'));
  values['patternBits'] ??= defaultPatternBits(number('group'));
  for (const { key, holds, rule, repair } of relations(number, values['index'] as string, values['multiplier'] as string)) {
    const value = holds ? values[key] : findings.add(key, values[key], rule, repair);
    if (value !== undefined) values[key] = value;
  }

  const shape = values as unknown as Omit<AccelConfig, 'name' | 'prefix'>;
  const givenName = given['name'] as string | undefined;
  const name = givenName === undefined ? defaultName(shape) : checkName('name', givenName, findings);
  const givenPrefix = given['prefix'] as string | undefined;
  const prefix = givenPrefix === undefined ? name.replaceAll('-', '_') : checkName('prefix', givenPrefix, findings);

  if (findings.problems.length > 0) throw new ConfigError(findings.problems);
  return {
    name, prefix, pes: shape.pes,
    group: shape.group, lanes: shape.lanes, index: shape.index, patternBits: shape.patternBits, weightBits: shape.weightBits, multiplier: shape.multiplier,
    weightDepth: shape.weightDepth, actDepth: shape.actDepth, schedDepth: shape.schedDepth, outDepth: shape.outDepth, partialDepth: shape.partialDepth,
    rounding: shape.rounding, requant: shape.requant, bus: shape.bus, addr: shape.addr, id: shape.id,
  };
}
