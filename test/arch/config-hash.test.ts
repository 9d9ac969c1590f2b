// SPDX-License-Identifier: Apache-2.0
/** Checks what the configuration hash depends on. */
import { expect, it } from 'vitest';
import { configHash, configHashWord } from '../../generator/arch/config-hash.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { stableHash } from '../../generator/core/stable-hash.js';

it('a hash does not depend on the order of keys, and sees every value', () => {
  expect(stableHash({ a: 1, b: 2 })).toBe(stableHash({ b: 2, a: 1 }));
  expect(stableHash({ a: 1, b: 2 })).not.toBe(stableHash({ a: 2, b: 1 }));
  expect(stableHash({ a: [1, 2] })).not.toBe(stableHash({ a: [2, 1] }));
});

it('every parameter but name and prefix changes the configuration hash', () => {
  const base = configHash(validateConfig({}));
  const changes: PartialConfig[] = [
    { pes: 8 }, { group: 4 }, { lanes: 2 }, { index: 'bitmap' }, { index: 'pattern' }, { index: 'pattern', patternBits: 4 }, { weightBits: 4 }, { multiplier: 'lut' }, { weightDepth: 512 }, { actDepth: 512 },
    { schedDepth: 512 }, { outDepth: 512 }, { pes: 16, requant: 2 }, { bus: 128 }, { addr: 40 }, { id: 2 },
  ];
  for (const change of changes) {
    expect(configHash(validateConfig(change)), JSON.stringify(change)).not.toBe(base);
  }
  expect(configHash(validateConfig({ name: 'other', prefix: 'elsewhere' }))).toBe(base);
});

it('the register holds the first 32 bits of the hash', () => {
  const config = validateConfig({});
  expect(configHashWord(config).toString(16).padStart(8, '0')).toBe(configHash(config).slice(0, 8));
});
