// SPDX-License-Identifier: Apache-2.0
/** Owns how the images of a command become the numbers that its network reads. */
import type { Quantization } from '../graph/network.js';
import { toInt8Image, toRealImage, type InputImage, type RealImage, type SourceImage } from '../import/images.js';
import { DEFAULT_INT8_PIXELS, DEFAULT_REAL_PIXELS, isRealPixels, NO_NORMALIZATION, reversedChannels, type Normalization, type PixelMeaning, type RealPixels } from '../import/pixel-values.js';
import { imageSize, type Shape } from '../tensor/tensor.js';
import type { PixelOptions } from './calibration-option.js';
import { UsageError } from './usage-error.js';

const asTrained = 'Use --pixels value, unit or signed, as the network was trained.';

/** @throws UsageError for a meaning that int8 networks alone have */
function realPixels(pixels: PixelMeaning | undefined): RealPixels {
  if (pixels === undefined) return DEFAULT_REAL_PIXELS;
  if (!isRealPixels(pixels)) throw new UsageError(`--pixels ${pixels} belongs to int8 networks`, asTrained);
  return pixels;
}

/** @throws UsageError unless each list holds one number, or one for every channel */
function normalization({ mean, std }: Partial<PixelOptions>, channels: number): Normalization {
  for (const [flag, list] of [['mean', mean], ['std', std]] as const) {
    if (list !== undefined && list.length !== 1 && list.length !== channels) {
      throw new UsageError(`--${flag} has ${list.length} numbers, and the network reads ${channels} ${channels === 1 ? 'channel' : 'channels'}`, `Give one number${channels === 1 ? '' : `, or ${channels}`}.`);
    }
  }
  return { mean: mean ?? NO_NORMALIZATION.mean, deviation: std ?? NO_NORMALIZATION.deviation };
}

/** The order of the channels, of pixels alone. @throws UsageError for other than three channels */
function ordered(image: SourceImage, { channelOrder }: Partial<PixelOptions>, channels: number): SourceImage {
  if (channelOrder !== 'bgr' || image.values.kind !== 'pixels') return image;
  if (channels !== 3) throw new UsageError(`--channel-order bgr, and the network reads ${channels} ${channels === 1 ? 'channel' : 'channels'}`, 'Leave out --channel-order.');
  return { ...image, values: { kind: 'pixels', data: reversedChannels(image.values.data, channels) } };
}

/** Inputs of a float network of this input shape. `where` is the option that names the images. @throws UsageError, ImageFormatError */
export function realInputs(images: readonly SourceImage[], shape: Shape, options: Partial<PixelOptions>, where: string): RealImage[] {
  const { channels } = imageSize(shape);
  const [pixels, normal] = [realPixels(options.pixels), normalization(options, channels)];
  return images.map((image) => toRealImage(ordered(image, options, channels), pixels, where, normal));
}

/** Inputs of an int8 network of this input shape. @throws UsageError */
export function int8Inputs(images: readonly SourceImage[], shape: Shape, quantization: Quantization, options: Partial<PixelOptions>): InputImage[] {
  const { channels } = imageSize(shape);
  const { pixels = DEFAULT_INT8_PIXELS, mean, std } = options;
  if ((mean ?? std) !== undefined && !isRealPixels(pixels)) throw new UsageError(`--${mean === undefined ? 'std' : 'mean'} belongs to pixels that are real numbers`, asTrained);
  const normal = normalization(options, channels);
  return images.map((image) => toInt8Image(ordered(image, options, channels), quantization, pixels, normal));
}
