// SPDX-License-Identifier: Apache-2.0
/** Owns which reader a picture's bytes belong to. */

import { isBmp, readBmp } from './bmp.js';
import { isJpeg, readJpeg } from './jpeg.js';
import type { PixelImage } from './pixel-image.js';
import { isPng, readPng } from './png.js';

const PICTURE_NAME = /\.(png|jpe?g|bmp)$/i;

/** By name: what is called a picture must be one. */
export const isPictureName = (fileName: string): boolean => PICTURE_NAME.test(fileName);

/** PNG, JPEG or BMP by the first bytes, whatever the name says; otherwise the kind that the name says. Throws ImageFormatError. */
export function readPicture(bytes: Uint8Array, fileName: string): PixelImage {
  if (isPng(bytes)) return readPng(bytes, fileName);
  if (isJpeg(bytes)) return readJpeg(bytes, fileName);
  if (isBmp(bytes) || /\.bmp$/i.test(fileName)) return readBmp(bytes, fileName);
  return /\.png$/i.test(fileName) ? readPng(bytes, fileName) : readJpeg(bytes, fileName);
}
