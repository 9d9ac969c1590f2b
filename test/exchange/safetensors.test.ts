// SPDX-License-Identifier: Apache-2.0
/** Holds the safetensors writer to the format: length, header, offsets without gaps, aligned data. */
import { describe, expect, it } from 'vitest';
import { writeSafetensors, type ByteTensor } from '../../generator/exchange/safetensors.js';

const tensor = (shape: number[], first: number): ByteTensor => ({ type: 'BOOL', shape, data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (first + i) % 2) });

/** Written from the format's description alone: 8 bytes of length, JSON, data. */
function parse(bytes: Uint8Array): { readonly header: Record<string, unknown>; readonly start: number } {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>, start: 8 + length };
}

describe('a safetensors file', () => {
  const tensors = new Map([['layer2.weight', tensor([2, 3], 0)], ['layer10.weight', tensor([4, 1, 3, 3], 1)], ['größe', tensor([1], 1)]]);
  const bytes = writeSafetensors(tensors, { group: '8' });
  const { header, start } = parse(bytes);

  it('names every tensor with type, shape and place, in the order of names and without gaps', () => {
    expect(header).toEqual({
      __metadata__: { group: '8' },
      'größe': { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] },
      'layer10.weight': { dtype: 'BOOL', shape: [4, 1, 3, 3], data_offsets: [1, 37] },
      'layer2.weight': { dtype: 'BOOL', shape: [2, 3], data_offsets: [37, 43] },
    });
    expect(bytes.length).toBe(start + 43);
  });

  it('has its data at a multiple of 8 bytes, whatever the header', () => {
    for (let n = 1; n < 20; n++) {
      const { start: at } = parse(writeSafetensors(new Map([['x'.repeat(n), tensor([1], 1)]])));
      expect(at % 8).toBe(0);
    }
  });

  it('holds the values of each tensor at its place', () => {
    for (const [name, { data }] of tensors) {
      const [from, to] = (header[name] as { data_offsets: [number, number] }).data_offsets;
      expect(bytes.subarray(start + from, start + to)).toEqual(data);
    }
  });

  it('is the same whatever the order of the tensors', () => {
    expect(writeSafetensors(new Map([...tensors].reverse()), { group: '8' })).toEqual(bytes);
  });

  it('of no tensors is a header alone', () => {
    expect(parse(writeSafetensors(new Map()))).toEqual({ header: {}, start: 16 });
  });

  it('is not made of data that has another size than its shape, or under the name that the format keeps', () => {
    expect(() => writeSafetensors(new Map([['a', { type: 'U8', shape: [3], data: new Uint8Array(2) }]]))).toThrow('2 bytes of a for shape 3');
    expect(() => writeSafetensors(new Map([['__metadata__', tensor([1], 0)]]))).toThrow('a tensor named __metadata__');
  });
});
