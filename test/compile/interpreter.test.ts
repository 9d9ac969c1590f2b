// SPDX-License-Identifier: Apache-2.0
/** Holds the functional interpreter to results computed by hand, feature by feature; it is the reference of compiler and Verilog. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { IDENTITY, runSmall, SMALL, type SmallProgram } from '../support/small-program.js';

const outputs = (small: SmallProgram, count = 4): number[] => [...runSmall(small).out.subarray(0, count)];
const refusal = (small: SmallProgram) => () => runSmall(small);
const ONES = [1, 1, 1, 1];

describe('the interpreter', () => {
  it('multiplies, adds the bias, writes 0 to the padding channels', () => {
    const parameters = [{ ...IDENTITY, bias: 100 }, IDENTITY, IDENTITY, { ...IDENTITY, bias: 9 }];
    expect(outputs({ act: [3, -4], schedule: [{ countMinusOne: 1 }], weights: [[1, 2, 3, 4], [5, 6, 7, 8]], parameters, commands: [{}] })).toEqual([83, -18, -19, -11]);
    expect(outputs({ act: [1, 1], weights: [ONES], parameters, commands: [{ channels: 3 }] })).toEqual([101, 1, 1, 0]);
  });

  it('moves the windows by the tile step, and by column and row steps within a tile', () => {
    // Words 0.. hold 0, 1, 2, ... in their first byte; pixels at columns 1, 0 | 1 of rows of two.
    const act = Array.from({ length: 32 }, (_, word) => [word, 0]).flat();
    const commands = [{ tiles: 2, pixels: 3, outWidth: 2, columnStep: 1, rowStep: 5, actTileStep: 10, outPitch: 4, channels: 8 }];
    const { out } = runSmall({ act, weights: [ONES], commands, lanes: [{ startAddress: 2, startColumn: 1 }] });
    expect([0, 1, 2].map((pixel) => [out[8 * pixel], out[8 * pixel + 4]])).toEqual([[2, 12], [7, 17], [8, 18]]);
  });

  it('wraps the windows at the depth of the bank', () => {
    const act = Array.from({ length: 32 }, (_, word) => [word, 0]).flat();
    expect(outputs({ act, schedule: [{ offset: 5 }], weights: [ONES], commands: [{ actBase: 30 }] }, 1)).toEqual([3]);
    expect(outputs({ act, schedule: [{ offset: 5 }], weights: [ONES], commands: [{ tiles: 2, actTileStep: 65_535, channels: 8, outPitch: 4 }] }, 8)).toEqual([5, 5, 5, 5, 4, 4, 4, 4]);
  });

  it('gives each cluster its own word of a spread entry', () => {
    const act = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(outputs({ act, schedule: [{ offset: 2, countMinusOne: 1, spread: 1 }], weights: [[1, 0, 1, 0], [0, 1, 0, 1]], commands: [{}] })).toEqual([5, 6, 7, 8]);
    expect(outputs({ act, schedule: [{ offset: 2, countMinusOne: 1 }], weights: [[1, 0, 1, 0], [0, 1, 0, 1]], commands: [{}] })).toEqual([5, 6, 5, 6]);
    expect(refusal({ act, schedule: [{ offset: 1, spread: 1 }], weights: [ONES], commands: [{}] })).toThrow(/spread word 1 does not begin/);
    expect(refusal({ act, schedule: [{ offset: 1 }, { offset: 1, spread: 1 }], weights: [ONES, ONES], commands: [{ actBase: 1 }] })).not.toThrow();
    const single = validateConfig({ ...SMALL, pes: 2, requant: 1 });
    expect(refusal({ config: single, schedule: [{ spread: 1 }], weights: [[1, 1]], commands: [{}] })).toThrow(/spread entry without clusters/);
  });

  it('takes the bytewise maximum of this word and the one seen before, cluster by cluster', () => {
    const act = [-5, 7, 6, -128, -9, 9, -1, -2];
    // Words (-5, 7), (6, -128), (-9, 9): running maximum; weights only in the last step pair.
    const schedule = [{}, { offset: 1, maximum: 1 }, { offset: 2, maximum: 1, countMinusOne: 1 }];
    expect(outputs({ act, schedule, weights: [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]], commands: [{}] })).toEqual([6, 9, 6, 9]);
    const spread = [{ spread: 1 }, { offset: 2, spread: 1, maximum: 1, countMinusOne: 1 }];
    expect(outputs({ act, schedule: spread, weights: [[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]], commands: [{}] })).toEqual([-5, 9, 6, -2]);
  });

  it('starts a pixel afresh with an entry that is no maximum', () => {
    const act = [50, 0, 1, 0, 2, 0];
    const schedule = [{}, { offset: 1, maximum: 1 }];
    // Pixels at words 0 and 1: max(50, 1), max(1, 2).
    const { out } = runSmall({ act, schedule, weights: [[0, 0, 0, 0], ONES], commands: [{ pixels: 2, outWidth: 2, columnStep: 1 }] });
    expect([out[0], out[4]]).toEqual([50, 2]);
  });

  it('looks values up in the half of the table that the command names', () => {
    const table = Array.from({ length: 512 }, (_, i) => (i < 256 ? 255 - i : i * 3));
    const small = { act: [5, 0], weights: [[1, -1, 2, 0]], table };
    expect(outputs({ ...small, commands: [{ table: 1 }] })).toEqual([-6, 4, -11, -1]);
    expect(outputs({ ...small, commands: [{ table: 1, tableHalf: 1, channels: 3 }] })).toEqual([15, -15, 30, 0]);
  });

  it('keeps sums in the partial-sum buffer by tile, pixel and drain step', () => {
    const act = [1, 0, 2, 0];
    const parameters = [{ ...IDENTITY, bias: 10 }];
    const walk = { pixels: 2, outWidth: 2, columnStep: 1, tiles: 2, channels: 8, outPitch: 4 };
    const weights = [[1, 2, 3, 4], [10, 20, 30, 40]];
    const small = { act, weights, parameters, commands: [{ ...walk, partialOut: 1, weightStride: 1 }, { ...walk, partialIn: 1, partialOut: 1 }, { ...walk, partialIn: 1 }] };
    const { out } = runSmall(small);
    // Twice more with the first weights, the bias once; the parameters of the second tile are the identity's.
    expect([...out.subarray(0, 8)]).toEqual([13, 6, 9, 12, 12, 24, 36, 48]);
    expect([...out.subarray(8, 16)]).toEqual([16, 12, 18, 24, 24, 48, 72, 96]);
    expect(refusal({ ...small, commands: [{ ...walk, pixels: 4, partialOut: 1 }] })).not.toThrow();
    for (const flag of ['partialIn', 'partialOut']) expect(refusal({ ...small, commands: [{ ...walk, pixels: 5, outPitch: 2, channels: 8, [flag]: 1 }] })).toThrow(/partial-sum word 16 out of range/);
  });

  it('keeps 32 bits of a partial sum', () => {
    const parameters = [{ ...IDENTITY, bias: 0x7fff_fffe }, {}, {}, {}, { multiplier: 2 ** 30, rightShift: 24 }];
    const commands = [{ partialOut: 1 }, { partialIn: 1, paramBase: 2 }];
    // 2^31 - 2 + 1 + 1 wraps to -2^31; half of it, shifted right by 24, is -64.
    expect(outputs({ act: [1, 1], weights: [ONES], parameters, commands }, 1)).toEqual([-64]);
    expect(outputs({ act: [1, 1], weights: [[0, 1, 1, 1]], parameters, commands }, 1)).toEqual([64]);
  });

  it('adds table entries of value and operand, and requantizes the sum again', () => {
    // Half 0 doubles the byte, half 1 is 1000 + byte.
    const table = Array.from({ length: 512 }, (_, i) => { const v = (i << 24) >> 24; return i < 256 ? 2 * v : 1000 + v; });
    const parameters = [IDENTITY, IDENTITY, IDENTITY, IDENTITY, { ...IDENTITY, bias: -1000 }, { ...IDENTITY, bias: -900 }];
    const schedule = [{}, { operand: 1, countMinusOne: 1 }];
    const small = {
      act: [3, 4, 20, -30], schedule, weights: [[1, 2, 3, -1], [1, 0, 3, 2], [0, -1, 0, 7]], table, parameters, lanes: [{ operandAddress: 1 }],
    };
    const operand = { operand: 1, operandParam: 2, secondClampMin: -50, secondClampMax: 127 };
    // Values 3, 6, 9, -3; operands 20, -30, 20, -30: 2 v + 1000 + o + bias.
    expect(outputs({ ...small, commands: [operand] })).toEqual([26, 82, 38, 64]);
    expect(outputs({ ...small, commands: [{ ...operand, secondZeroPoint: -100, secondClampMax: -20 }] })).toEqual([-50, -20, -50, -36]);
    // Halves exchanged: 1000 + v + 2 o + bias.
    expect(outputs({ ...small, commands: [{ ...operand, tableHalf: 1 }] })).toEqual([43, 46, 49, 37]);
  });

  it('multiplies value and operand less their zero points', () => {
    const parameters = [IDENTITY, IDENTITY, IDENTITY, IDENTITY, { ...IDENTITY, bias: 1 }, IDENTITY];
    const small = { act: [3, 0, -2, 0], schedule: [{}, { operand: 1 }], weights: [[1, 2, 3, 4], ONES], parameters, lanes: [{ operandAddress: 1 }] };
    const fields = { operand: 2, operandParam: 2, outZeroPoint: -7, operandZeroPoint: -4, secondZeroPoint: 5, secondClampMin: -128, secondClampMax: 127 };
    // The zero point of the first output goes in and out again: (sum) * (-2 + 4) + bias + 5.
    expect(outputs({ ...small, commands: [fields] })).toEqual([12, 17, 24, 29]);
    expect(outputs({ ...small, commands: [{ ...fields, clampMin: 0, channels: 3 }] })).toEqual([20, 19, 24, 0]);
  });

  it('walks the operand windows with their own steps and the same rows', () => {
    const act = Array.from({ length: 32 }, (_, word) => [word, 1]).flat();
    const fields = {
      tiles: 2, pixels: 3, outWidth: 2, columnStep: 0, rowStep: 0, channels: 8, outPitch: 4, operand: 2, operandParam: 0, secondClampMin: -128, secondClampMax: 127,
      operandBase: 4, operandColumnStep: 1, operandRowStep: 6, operandTileStep: 16,
    };
    // The first sum is 1, so the product is the operand.
    const small = { act, schedule: [{ offset: 1 }, { operand: 1 }], weights: [ONES, ONES], lanes: [{ startColumn: 1, operandAddress: 2 }] };
    const { out } = runSmall({ ...small, commands: [fields] });
    expect([0, 1, 2].map((pixel) => [out[8 * pixel], out[8 * pixel + 4]])).toEqual([[6, 22], [12, 28], [13, 29]]);
  });

  it('rounds twice or once', () => {
    // A quarter of -2..3: first half, rounded, then half again.
    const quarter = { multiplier: 2 ** 30, rightShift: 1 };
    const values = (rounding: 'double' | 'single') => [-2, -1, 1, 2, 3].map((value) =>
      outputs({ config: validateConfig({ ...SMALL, rounding }), act: [value, 0], weights: [ONES], parameters: [quarter], commands: [{}] }, 1)[0]);
    expect(values('double')).toEqual([-1, 0, 1, 1, 1]);
    expect(values('single')).toEqual([0, 0, 0, 1, 1]);
  });

  it('counts the law of a command: two drains a pixel with an operand', () => {
    const small = { act: [1, 1], schedule: [{ countMinusOne: 1 }, { operand: 1 }], weights: [ONES, ONES, ONES] };
    const cycles = (fields: object, schedule: SmallProgram['schedule'] = small.schedule) => runSmall({ ...small, ...(schedule ? { schedule } : {}), commands: [fields] }).result.computeCycles;
    expect(cycles({ pixels: 5 })).toBe(15);
    expect(cycles({ pixels: 5, operand: 1 })).toBe(20);
    expect(cycles({ pixels: 5 }, [{}])).toBe(10);
    expect(cycles({ pixels: 3, tiles: 2, channels: 8, outPitch: 4, partialOut: 1 }, [{}])).toBe(12);
  });

  it.each([
    ['operand 3', { operand: 3 }, /operand 3/],
    ['a table and an operand', { operand: 1, table: 1 }, /a table and an operand/],
    ['partial sums out and an operand', { operand: 2, partialOut: 1 }, /partial sums with/],
    ['partial sums out and a table', { table: 1, partialOut: 1 }, /partial sums with/],
    ['an empty clamp', { clampMin: 1, clampMax: 0 }, /empty clamp/],
    ['an empty second clamp', { operand: 1, secondClampMin: 1 }, /empty second clamp/],
    ['no pixels', { pixels: 0 }, /pixels 0/],
    ['a second parameter word beyond the buffer', { operand: 1, operandParam: 512 }, /parameter word 512 out of range/],
  ])('refuses a command with %s', (_text, fields, message) => {
    expect(refusal({ weights: [ONES], commands: [fields] })).toThrow(message);
  });

  it('does not care about the second clamp of a command without a second pass', () => {
    expect(refusal({ weights: [ONES], commands: [{ secondClampMin: 1 }] })).not.toThrow();
  });

  it('refuses operand entries that are not the last of a pixel, or all of it', () => {
    expect(refusal({ schedule: [{}, { operand: 1 }, {}], weights: [ONES, ONES, ONES], commands: [{}] })).toThrow(/behind an operand entry/);
    expect(refusal({ schedule: [{ operand: 1 }], weights: [ONES], commands: [{}] })).toThrow(/first entry of a pixel is an operand/);
  });
});
