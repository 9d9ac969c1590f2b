// SPDX-License-Identifier: Apache-2.0
/** Checks what rows are read from text, what they take in storage, and what is refused. */
import { describe, expect, it } from 'vitest';
import { RowSpecError } from '../../generator/compare/errors.js';
import { DEFAULT_ROWS, readRowSpec } from '../../generator/compare/row-spec.js';
import { networkStorage } from '../../generator/compare/storage.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import type { WeightShape } from '../../generator/prune/scheme.js';

const ARRAY = { pes: 16, group: 8 };
const read = (text: string) => readRowSpec(text, ARRAY);

describe('a row', () => {
  it.each([
    ['dense', 'dense', undefined, undefined], ['channels:0.5', 'structured', { cut: { share: 0.5, of: 'channels' }, permuted: false }, undefined],
    ['channels:cycles:0.26', 'structured', { cut: { share: 0.26, of: 'cycles' }, permuted: false }, undefined], ['channels:0.5+balanced:4/8', 'composed', { cut: { share: 0.5, of: 'channels' }, permuted: false }, 'balanced:4/8'],
    ['permuted+balanced:2/8', 'balanced', { cut: undefined, permuted: true }, 'balanced:2/8'], ['permuted+2:4', 'balanced', { cut: undefined, permuted: true }, 'balanced:2/4'],
    ['permuted+pattern:4@tile+balanced:4/8', 'composed', { cut: undefined, permuted: true }, 'pattern:4@tile+balanced:4/8'], ['channels:0.5+permuted+balanced:4/8', 'composed', { cut: { share: 0.5, of: 'channels' }, permuted: true }, 'balanced:4/8'],
    ['2:4', 'balanced', undefined, 'balanced:2/4'], ['pattern:4@tile', 'pattern', undefined, 'pattern:4@tile'], ['kernel:6', 'kernel', undefined, 'kernel:6'], ['existing', 'balanced', undefined, undefined],
    ['pattern:4@tile+balanced:4/8', 'composed', undefined, 'pattern:4@tile+balanced:4/8'], ['unconstrained:2/8,fifo:4', 'unconstrained', undefined, 'unconstrained:2/8'],
  ] as const)('%s is of the family %s', (text, family, channels, constraint) => {
    const spec = read(text);
    expect([spec.family, spec.channels, spec.constraint?.text]).toEqual([family, channels, constraint]);
  });

  it('has its base without the hardware', () => {
    expect(read('unconstrained:2/8,fifo:unlimited')).toMatchObject({ base: 'unconstrained:2/8', variant: { kind: 'fifo', depth: Infinity } });
    expect(read('unconstrained:2/8,ordered').variant).toEqual({ kind: 'ordered' });
    expect(read('pattern:4@filter,ordered')).toMatchObject({ base: 'pattern:4@filter', variant: { kind: 'ordered' } });
    expect(read('permuted+balanced:2/8').base).toBe('permuted+balanced:2/8');
    expect(read('unconstrained:2/8').variant).toBeUndefined();
  });

  it('of the default list can be read, each once, dense first', () => {
    expect(DEFAULT_ROWS.map((text) => read(text).text)).toEqual(DEFAULT_ROWS);
    expect(new Set(DEFAULT_ROWS).size).toBe(DEFAULT_ROWS.length);
    expect(DEFAULT_ROWS[0]).toBe('dense');
  });

  it('that is none is a RowSpecError', () => {
    expect(() => read('channels:2')).toThrow(RowSpecError);
  });

  it.each([
    ['unconstrained:2/8,fifo', /--rows: the row "unconstrained:2\/8,fifo"; expected "fifo:DEPTH", "fifo:unlimited" or "ordered" behind a comma\. Use unconstrained:2\/8,fifo:4\./],
    ['dense,fifo:4', /expected a constraint before the comma/], ['channels:0', /expected a share of the channels, or of the cycles, between 0 and 1\. Use channels:0\.5 or channels:cycles:0\.5\./], ['channels:1', /between 0 and 1/], ['channels', /between 0 and 1/],
    ['balanced:2/8,fifo:4,ordered', /one variant at most/], ['balanced:2/8,ordered', /a constraint that allows any order of channels/], ['pattern:4@tile,ordered', /a constraint that allows any order of channels/],
    ['permuted', /the row "permuted"; expected a constraint with balanced groups behind "permuted\+"\. Use permuted\+balanced:2\/8\./], ['permuted+kernel:6', /Use permuted\+balanced:2\/8\./], ['permuted+existing', /behind "permuted\+"/], ['permuted+permuted+2:4', /"permuted"; expected one of/],
    ['permuted+unconstrained:2/8', /Use unconstrained:2\/8,ordered, which puts filters in order\./], ['permuted+pattern:4@filter', /Use pattern:4@filter,ordered/], ['', /the row ""/], ['balanced:9/8', /keep 9; expected an integer from 1 to the group size 8/], ['tidy:2', /"tidy:2"; expected one of balanced:K\[\/g\]/],
  ])('"%s" is refused', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('storage', () => {
  const shape: WeightShape = [16, 3, 3, 16];
  const layer = (text: string, of: WeightShape = shape) => {
    const constraint = parseConstraint(text, ARRAY);
    return { shape: of, constraint, kept: constraint.kept(of) as number };
  };
  const dense = { shape: [16, 3, 3, 3] as WeightShape, kept: 432, constraint: undefined };

  it('counts weights at their width and indices by format; dense layers need no index', () => {
    // 288 groups of 8: 2 weights of 3 bits, 8 bits, or one of 28 pairs in 5 bits.
    expect(networkStorage([dense, layer('balanced:2/8')], 8)).toEqual({ weightBits: 8 * (432 + 576), indexBits: { direct: 1728, bitmap: 2304, enumerative: 1440 }, format: 'enumerative', bits: 8064 + 1440 });
    expect(networkStorage([dense, layer('balanced:2/8')], 4).weightBits).toBe(4 * 1008);
    expect(networkStorage([dense], 8)).toEqual({ weightBits: 3456, indexBits: { none: 0 }, format: 'none', bits: 3456 });
  });

  it('takes no index where the schedule says the places, and leaves out formats that cannot hold a layer', () => {
    expect(networkStorage([layer('kernel:6')], 8)).toMatchObject({ indexBits: { none: 0 }, format: 'none', bits: 8 * 1536 });
    const mixed = networkStorage([layer('kernel:6'), layer('unconstrained:2/8')], 8);
    expect(Object.keys(mixed.indexBits).sort()).toEqual(['bitmap', 'direct']);
    expect(networkStorage([layer('balanced:2/8'), layer('unconstrained:2/8')], 8).indexBits).not.toHaveProperty('enumerative');
  });
});
