// SPDX-License-Identifier: Apache-2.0
/** Checks the rules of a configuration: what they accept, what they refuse, and that every suggestion works. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../generator/arch/config-error.js';
import { defaultName, defineAccelerator, validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';

const refusal = (input: unknown): ConfigError => {
  try {
    validateConfig(input as PartialConfig);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(input)}`);
};

const applySuggestions = (input: object, error: ConfigError): PartialConfig => {
  const repaired: Record<string, unknown> = { ...input };
  for (const { suggestion } of error.problems) {
    if (suggestion.value === undefined) delete repaired[suggestion.parameter];
    else repaired[suggestion.parameter] = suggestion.value;
  }
  return repaired;
};

describe('validateConfig accepts', () => {
  it('nothing at all: 16 PEs, groups of 8, and a name made of them', () => {
    expect(validateConfig({})).toEqual({
      name: 'pes16-group8', prefix: 'pes16_group8', pes: 16, group: 8, lanes: 1, index: 'direct', patternBits: 5, weightBits: 8, multiplier: 'dsp',
      weightDepth: 2048, actDepth: 4096, schedDepth: 1024, outDepth: 1024, partialDepth: 512, rounding: 'double', requant: 1, bus: 64, addr: 32, id: 4,
    });
  });

  it('both ends of every range', () => {
    for (const [key, low, high] of [
      ['pes', 1, 256], ['group', 2, 32], ['lanes', 1, 16], ['weightBits', 2, 8], ['weightDepth', 16, 65536], ['actDepth', 16, 65536],
      ['schedDepth', 16, 65536], ['outDepth', 16, 65536], ['partialDepth', 16, 65536], ['bus', 32, 512], ['addr', 32, 64], ['id', 1, 16],
    ] as const) {
      expect(validateConfig({ [key]: low })[key]).toBe(low);
      expect(validateConfig({ [key]: high })[key]).toBe(high);
      expect(refusal({ [key]: low - 1 }).problems).toHaveLength(1);
      expect(refusal({ [key]: high + 1 }).problems).toHaveLength(1);
    }
  });

  it('numbers of patterns as wide as all pairs of positions need, up to 8 bits; other widths with the pattern decoder alone', () => {
    expect([2, 4, 8, 16, 32].map((group) => validateConfig({ group, index: 'pattern' }).patternBits)).toEqual([1, 3, 5, 7, 8]);
    for (const patternBits of [1, 5, 8]) expect(validateConfig({ index: 'pattern', patternBits }).patternBits).toBe(patternBits);
    expect(validateConfig({ index: 'direct', patternBits: 5 }).patternBits).toBe(5);
  });

  it('an index decoder that the caller brings', () => {
    expect(() => validateConfig({ index: 'delta' })).toThrow(ConfigError);
    expect(validateConfig({ index: 'delta' }, { indexDecoders: ['delta'] }).index).toBe('delta');
  });

  it('undefined as absent', () => {
    expect(validateConfig({ pes: undefined, name: undefined })).toEqual(validateConfig({}));
  });

  it('what defineAccelerator typed, unchanged', () => {
    const input = defineAccelerator({ pes: 12, group: 4, requant: 4 });
    expect(validateConfig(input)).toMatchObject({ pes: 12, group: 4, requant: 4, name: 'pes12-group4-requant4' });
  });
});

describe('a default name', () => {
  it('differs whenever the shape differs', () => {
    const variants: PartialConfig[] = [
      {}, { pes: 3 }, { group: 4 }, { lanes: 2 }, { index: 'bitmap' }, { index: 'pattern' }, { index: 'pattern', patternBits: 4 }, { weightBits: 4 }, { weightBits: 2 }, { multiplier: 'lut' }, { multiplier: 'packed', lanes: 2 }, { weightDepth: 512 }, { actDepth: 512 },
      { schedDepth: 512 }, { outDepth: 512 }, { requant: 4 }, { bus: 128 }, { addr: 40 }, { id: 2 },
    ];
    const names = variants.map((variant) => defaultName(validateConfig(variant)));
    expect(new Set(names).size).toBe(variants.length);
  });
});

describe('validateConfig refuses', () => {
  it.each<[string, unknown, string]>([
    ['a bigint', { pes: 16n }, '--pes bigint 16n: must be an integer from 1 to 256; use --pes 16'],
    ['a value that JSON cannot write', { pes: [16n] }, '--pes an object: must be an integer from 1 to 256; use --pes 16'],
    ['a promise', Promise.resolve({ pes: 8 }), 'the configuration {}: must be an object of parameters such as { pes: 16 }; use --pes 16'],
    ['an instance of a class', new Map([['pes', 8]]), 'the configuration {}: must be an object of parameters such as { pes: 16 }; use --pes 16'],
  ])('%s', (_what, input, sentence) => {
    expect(refusal(input).message).toBe(`configuration: 1 problem\n  ${sentence}`);
  });

  it.each<[unknown, string]>([
    [{ group: 7 }, '--group 7: must be a power of two from 2 to 32; use --group 8'],
    [{ group: 1 }, '--group 1: must be a power of two from 2 to 32; use --group 2'],
    [{ pes: 0 }, '--pes 0: must be an integer from 1 to 256; use --pes 1'],
    [{ pes: 2.5 }, '--pes 2.5: must be an integer from 1 to 256; use --pes 3'],
    [{ pes: NaN }, '--pes NaN: must be an integer from 1 to 256; use --pes 16'],
    [{ pes: '16' }, '--pes string "16": must be an integer from 1 to 256; use --pes 16'],
    [{ name: '7' }, '--name 7: must be a Verilog identifier: a letter, then letters, digits, _ and -; use --name a7'],
    [{ lanes: 17 }, '--lanes 17: must be an integer from 1 to 16; use --lanes 16'],
    [{ bus: 96 }, '--bus 96: must be a power of two from 32 to 512; use --bus 128'],
    [{ weightDepth: 1000 }, '--weight-depth 1000: must be a power of two from 16 to 65536; use --weight-depth 1024'],
    [{ actDepth: 1e9 }, '--act-depth 1000000000: must be a power of two from 16 to 65536; use --act-depth 65536'],
    [{ addr: 16 }, '--addr 16: must be an integer from 32 to 64; use --addr 32'],
    [{ id: 0 }, '--id 0: must be an integer from 1 to 16; use --id 1'],
    [{ index: 'pattern', patternBits: 9 }, '--pattern-bits 9: must be an integer from 1 to 8; use --pattern-bits 8'],
    [{ index: 'pattern', group: 4, patternBits: 5 }, '--pattern-bits 5: must be at most --group 4, which has 2^4 position sets; leave out --pattern-bits'],
    [{ index: 'bitmap', patternBits: 6 }, '--pattern-bits 6: has no meaning with --index bitmap; leave out --pattern-bits'],
    [{ weightBits: 3 }, '--weight-bits 3: must be a power of two from 2 to 8; use --weight-bits 4'],
    [{ index: 'huffman' }, '--index huffman: must be one of direct, bitmap, pattern; use --index direct'],
    [{ index: 4 }, '--index 4: must be a word; use --index direct'],
    [{ multiplier: 'packed' }, '--lanes 1: must be even with --multiplier packed, where two lanes share a DSP block; use --lanes 2'],
    [{ multiplier: 'packed', lanes: 15 }, '--lanes 15: must be even with --multiplier packed, where two lanes share a DSP block; use --lanes 16'],
    [{ multiplier: 'booth' }, '--multiplier booth: must be one of dsp, packed, lut; use --multiplier dsp'],
    [{ requant: 3 }, '--requant 3: must be a power of two from 1 to 256; use --requant 4'],
    [{ pes: 12, requant: 8 }, '--requant 8: must divide --pes 12; use --requant 4'],
    [{ group: 32, weightDepth: 16 }, '--weight-depth 16: must be at least 32, the steps of one dense --group 32; use --weight-depth 32'],
    [{ group: 2, bus: 512, actDepth: 32 }, '--act-depth 32: must be at least 64, two words in each bank that --bus 512 fills at once; use --act-depth 64'],
    [{ pes: 256, group: 2, requant: 256, outDepth: 16 }, '--out-depth 16: must be at least 256, one pixel of --pes 256, two words in each of 128 sub-banks; use --out-depth 256'],
    [{ pes: 200, group: 4, outDepth: 32 }, '--out-depth 32: must be at least 64, one pixel of --pes 200, two words in each of 2 sub-banks; use --out-depth 64'],
    [{ group: 2, bus: 512, requant: 1, outDepth: 16 }, '--out-depth 16: must be at least 64, one pixel of --pes 16, two words in each of 32 sub-banks; use --out-depth 64'],
    [{ prefix: '4x' }, '--prefix 4x: must be a Verilog identifier: a letter, then letters, digits, _; use --prefix a4x'],
    [{ prefix: 'a-b' }, '--prefix a-b: must be a Verilog identifier: a letter, then letters, digits, _; use --prefix a_b'],
    [{ prefix: '' }, "--prefix '': must be a Verilog identifier: a letter, then letters, digits, _; use --prefix a"],
    [{ prefix: 'module' }, '--prefix module: must not be a reserved word of Verilog; use --prefix module_0'],
    [{ name: 'a/b' }, '--name a/b: must be a Verilog identifier: a letter, then letters, digits, _ and -; use --name a_b'],
    [{ name: 7 }, '--name 7: must be a word; use --name accel'],
    [{ pe: 16 }, '--pe 16: is not a parameter (pes, group, lanes, index, patternBits, weightBits, multiplier, weightDepth, actDepth, schedDepth, outDepth, partialDepth, rounding, requant, bus, addr, id, name, prefix); leave out --pe'],
    [7, 'the configuration 7: must be an object of parameters such as { pes: 16 }; use --pes 16'],
  ])('%j with one sentence', (input, sentence) => {
    const error = refusal(input);
    expect(error.message).toBe(`configuration: 1 problem\n  ${sentence}`);
    expect(error.exitCode).toBe(1);
    if (typeof input === 'object') expect(() => validateConfig(applySuggestions(input as object, error))).not.toThrow();
  });

  it('everything at once, and the suggestions fit together', () => {
    const input = { pes: 300, group: 9, requant: 512, index: 'x', prefix: 'wire', colour: 'red' };
    const error = refusal(input);
    expect(error.problems.map((problem) => problem.parameter)).toEqual(['colour', 'pes', 'group', 'index', 'requant', 'prefix']);
    expect(() => validateConfig(applySuggestions(input, error))).not.toThrow();
  });

  it('one value that breaks two rules once, with a value that follows both', () => {
    expect(refusal({ pes: 3, requant: 3 }).message).toBe('configuration: 1 problem\n  --requant 3: must be a power of two from 1 to 256; use --requant 1');
  });

  it('a name of 65 characters, by a shorter one', () => {
    const error = refusal({ name: 'n'.repeat(65) });
    expect(error.message).toContain('must have at most 64 characters');
    expect(() => validateConfig(applySuggestions({}, error))).not.toThrow();
  });
});

describe('suggestions', () => {
  it.each([1, 2, 3, 4])('of any random configuration are valid together (seed %i)', (seed) => {
    const random = createRandom(seed);
    const junk = ['pattern', -1, 0, 1, 2, 3, 5, 7, 8, 12, 16, 31, 32, 33, 48, 64, 100, 256, 257, 1024, 65536, 65537, 1.5, Infinity, '8', 'reg', 'x y', '', null, true];
    const keys = ['pes', 'group', 'lanes', 'index', 'patternBits', 'weightBits', 'multiplier', 'weightDepth', 'actDepth', 'schedDepth', 'outDepth', 'requant', 'bus', 'addr', 'id', 'name', 'prefix', 'depth'];
    let refused = 0;
    for (let round = 0; round < 500; round++) {
      const input: Record<string, unknown> = {};
      for (const key of keys) if (random.next() < 0.4) input[key] = random.pick(junk);
      try {
        validateConfig(input as PartialConfig);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        refused++;
        expect(() => validateConfig(applySuggestions(input, error)), JSON.stringify(input)).not.toThrow();
      }
    }
    expect(refused).toBeGreaterThan(400);
  });
});
