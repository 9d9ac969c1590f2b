// SPDX-License-Identifier: Apache-2.0
/** The configuration hash depends on content alone. */
import { describe, expect, it } from 'vitest';
import { sha256, stableHash, stableStringify } from '../../generator/core/stable-hash.js';

describe('the stable hash', () => {
  it('does not depend on the order of keys, at any depth, but on the order of lists', () => {
    expect(stableHash({ a: 1, b: { c: 2, d: [1, 2] } })).toBe(stableHash({ b: { d: [1, 2], c: 2 }, a: 1 }));
    expect(stableHash([1, 2])).not.toBe(stableHash([2, 1]));
    expect(stableHash({ a: 1 })).not.toBe(stableHash({ a: 2 }));
  });

  it('is SHA-256, by its published test vector', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(stableHash({}, 8)).toBe(sha256('{}').slice(0, 8));
  });

  it('writes sorted JSON, big integers too', () => {
    expect(stableStringify({ z: null, a: [{ y: 1n, x: 'q' }] })).toBe('{"a":[{"x":"q","y":"1n"}],"z":null}');
  });
});
