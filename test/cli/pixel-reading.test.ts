// SPDX-License-Identifier: Apache-2.0
/** Holds the reading of pixels to what a training recipe says: mean and deviation a channel, the order of channels, their errors. */
import { describe, expect, it } from 'vitest';
import { readCalibrationOptions } from '../../generator/cli/calibration-option.js';
import { int8Inputs, realInputs } from '../../generator/cli/pixel-reading.js';
import { layerCommand } from '../../generator/cli/sim-options.js';
import { UsageError } from '../../generator/cli/usage-error.js';
import type { SourceImage } from '../../generator/import/images.js';

const SHAPE = [1, 1, 2, 3];
const PIXELS = [0, 128, 255, 51, 102, 204];
const picture: SourceImage = { label: 7, values: { kind: 'pixels', data: Uint8Array.from(PIXELS) } };
const grey: SourceImage = { values: { kind: 'pixels', data: Uint8Array.of(9) } };
const options = (words: Readonly<Record<string, string>>) => readCalibrationOptions(words);
const real = (words: Readonly<Record<string, string>>) => [...(realInputs([picture], SHAPE, options(words), '--images x')[0]?.data ?? [])];

describe('mean and deviation', () => {
  it('of every channel, after the meaning of the pixel', () => {
    const [mean, std] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
    const found = real({ pixels: 'unit', mean: mean.join(), std: std.join() });
    expect(found).toEqual(PIXELS.map((x, i) => Math.fround((x / 255 - mean[i % 3]!) / std[i % 3]!)));
  });

  it('of one number are those of all channels, and each may stand alone', () => {
    expect(real({ mean: '100' })).toEqual(PIXELS.map((x) => x - 100));
    expect(real({ std: '2' })).toEqual(PIXELS.map((x) => x / 2));
    expect(real({ mean: ' 1, 2 ,3', std: '0.5' })).toEqual(PIXELS.map((x, i) => 2 * (x - 1 - (i % 3))));
  });

  it('go through the scale of an int8 network', () => {
    const [image] = int8Inputs([picture], SHAPE, { scale: 0.5, zeroPoint: 3 }, options({ pixels: 'value', mean: '100', std: '4' }));
    expect(image).toEqual({ label: 7, data: Int8Array.from(PIXELS, (x) => Math.sign(x - 100) * Math.round(Math.abs((x - 100) / 4 / 0.5)) + 3) });
    expect(() => int8Inputs([picture], SHAPE, { scale: 1, zeroPoint: 0 }, options({ mean: '1' }))).toThrow('--mean belongs to pixels that are real numbers. Use --pixels value, unit or signed, as the network was trained.');
    expect(() => int8Inputs([picture], SHAPE, { scale: 1, zeroPoint: 0 }, options({ std: '1', pixels: 'bytes' }))).toThrow('--std belongs to pixels');
  });

  it.each([
    [{ mean: '1,2' }, '--mean has 2 numbers, and the network reads 3 channels. Give one number, or 3.'],
    [{ std: '1,2,3,4' }, '--std has 4 numbers, and the network reads 3 channels. Give one number, or 3.'],
    [{ mean: '1,,3' }, '--mean 1,,3 is no list of numbers. Use --mean 0.485,0.456,0.406.'],
    [{ mean: 'a' }, '--mean a is no list of numbers. Use --mean 0.485,0.456,0.406.'],
    [{ std: '1,0,1' }, '--std 1,0,1 is no list of numbers above 0. Use --std 0.229,0.224,0.225.'],
    [{ std: 'Infinity' }, '--std Infinity is no list of numbers above 0.'],
  ])('%o is refused', (words, message) => {
    expect(() => real(words)).toThrow(UsageError);
    expect(() => real(words)).toThrow(message);
  });
});

describe('the order of channels', () => {
  it('is turned before mean and deviation', () => {
    expect(real({ 'channel-order': 'bgr' })).toEqual([255, 128, 0, 204, 102, 51]);
    expect(real({ 'channel-order': 'bgr', 'mean': '104,117,123' })).toEqual([255 - 104, 128 - 117, -123, 204 - 104, 102 - 117, 51 - 123]);
    expect(real({ 'channel-order': 'rgb' })).toEqual(PIXELS);
    expect([...(int8Inputs([picture], SHAPE, { scale: 1, zeroPoint: 0 }, options({ 'channel-order': 'bgr' }))[0]?.data ?? [])]).toEqual([127, 0, -128, 76, -26, -77]);
  });

  it('is that of pixels, not of arrays, and of three channels', () => {
    const array: SourceImage = { values: { kind: 'real', data: Float32Array.from(PIXELS) } };
    expect([...(realInputs([array], SHAPE, options({ 'channel-order': 'bgr', 'mean': '3' }), 'x')[0]?.data ?? [])]).toEqual(PIXELS);
    expect(() => realInputs([grey], [1, 1, 1, 1], options({ 'channel-order': 'bgr' }), 'x')).toThrow('--channel-order bgr, and the network reads 1 channel. Leave out --channel-order.');
    expect(() => real({ 'channel-order': 'grb' })).toThrow('--channel-order grb is none of rgb, bgr. Use --channel-order rgb.');
  });
});

it('the command that repeats a layer keeps them', () => {
  const args = { 'model': 'x.onnx', 'images': 'test', 'mean': '1,2,3', 'std': '4', 'channel-order': 'bgr' };
  expect(layerCommand(args, { run: 'network', image: 0, layer: 'conv2d_1', window: [0, 9] })).toContain('--mean 1,2,3 --std 4 --channel-order bgr');
});
