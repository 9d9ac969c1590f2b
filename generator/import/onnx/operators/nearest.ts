// SPDX-License-Identifier: Apache-2.0
/** Owns ONNX's rules of resizing by nearest neighbour, and which of the network's rules picks the same values. */

import { nearestIndex } from '../../../graph/nearest-index.js';

export interface ResizeRule {
  /** coordinate_transformation_mode. */
  readonly coordinates: string;
  /** nearest_mode. */
  readonly rounding: string;
}

const COORDINATES: Readonly<Record<string, (at: number, from: number, to: number, scale: number) => number>> = {
  asymmetric: (at, _from, _to, scale) => at / scale,
  half_pixel: (at, _from, _to, scale) => (at + 0.5) / scale - 0.5,
  pytorch_half_pixel: (at, _from, to, scale) => (to > 1 ? (at + 0.5) / scale - 0.5 : 0),
  align_corners: (at, from, to) => (to > 1 ? (at * (from - 1)) / (to - 1) : 0),
  half_pixel_symmetric: (at, from, to, scale) => (from / 2) * (1 - to / (from * scale)) + (at + 0.5) / scale - 0.5,
};

const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  round_prefer_floor: (value) => Math.ceil(value - 0.5),
  round_prefer_ceil: (value) => Math.floor(value + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The input index of every output index; undefined for a rule that is not known. */
export function resizedIndices({ coordinates, rounding }: ResizeRule, from: number, to: number, scale: number): number[] | undefined {
  const place = Object.hasOwn(COORDINATES, coordinates) ? COORDINATES[coordinates] : undefined;
  const round = Object.hasOwn(ROUNDINGS, rounding) ? ROUNDINGS[rounding] : undefined;
  if (place === undefined || round === undefined) return undefined;
  return Array.from({ length: to }, (_, at) => Math.min(from - 1, Math.max(0, round(place(at, from, to, scale)))));
}

/** The network's rule that picks these indices from dimensions of these sizes; undefined when none does. */
export function sameIndices(wanted: readonly (readonly number[] | undefined)[], sizes: readonly number[]): { readonly alignCorners: boolean; readonly halfPixelCenters: boolean } | undefined {
  const rules = [{ alignCorners: false, halfPixelCenters: false }, { alignCorners: false, halfPixelCenters: true }, { alignCorners: true, halfPixelCenters: false }];
  return rules.find((rule) => wanted.every((list, d) => list?.every((index, at) => nearestIndex(at, sizes[d] as number, list.length, rule) === index) ?? false));
}
