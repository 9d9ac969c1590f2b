// SPDX-License-Identifier: Apache-2.0
/** Owns maxima over windows with gaps: the values of each tap are slices, side by side for a maximum without gaps. */

import { NO_REAL_CLAMP } from '../../../float/network.js';
import { NO_PADDING } from '../../../graph/network.js';
import type { OperatorContext } from '../context.js';
import { upTo, type ActivationValue } from '../values.js';
import { progressions, takenAlong } from './slicing.js';
import { ALONE, imageOutput, paddingOf, strideOf, type Slide, type Windows } from './windows.js';

/** Positions along a dimension whose taps are listed one by one. */
const MAX_OUTPUTS = 2 ** 16;

export const hasGaps = ({ kernel, dilation }: Slide): boolean => kernel > 1 && dilation > 1;

/** For each tap the input place of every output; a tap outside repeats one of its window that is inside, which changes no maximum. */
function tapPlaces(context: OperatorContext, { kernel, stride, dilation, before, outputs }: Slide, size: number): number[][] {
  if (outputs > MAX_OUTPUTS) throw context.unsupported(`dilation ${dilation} over ${outputs} outputs`, `at most ${MAX_OUTPUTS}`);
  context.builder.growth.spend(kernel * outputs);
  const taps = upTo(kernel);
  const windows = upTo(outputs).map((output) => {
    const places = taps.map((tap) => output * stride + tap * dilation - before);
    const inside = places.filter((place) => place >= 0 && place < size);
    const [first, last] = [inside[0], inside.at(-1)];
    if (first === undefined || last === undefined) throw context.unsupported('a window without any value', 'windows that reach into the input');
    return places.map((place) => Math.min(last, Math.max(first, place)));
  });
  return taps.map((tap) => windows.map((places) => places[tap] as number));
}

/** Maxima along one dimension of an image, channels last. */
function maximaAlong(context: OperatorContext, image: ActivationValue, dim: number, slide: Slide): ActivationValue {
  const { builder, outputName } = context;
  const shape = image.shape.map((size, d) => (d === dim ? slide.outputs : size));
  const taps = tapPlaces(context, slide, image.shape[dim] as number).map((places) => builder.arrange(takenAlong(context, image, dim, progressions(places), `${outputName}/tap`), image.dims).id);
  const [, height = 1, width = 1, channels = 1] = builder.shapeOf(taps[0] as number);
  const { kernel } = slide;
  // Row y of tap t becomes row y * kernel + t.
  const joined = builder.emit({ kind: 'concatenation', inputs: taps as [number, ...number[]], axis: 2 }, `${outputName}/taps`, [1, height, kernel * width, channels]);
  const rows = builder.reshape(joined, [1, height * kernel, width, channels]);
  const op = { kind: 'max-pool', inputs: [rows], padding: NO_PADDING, strideHeight: kernel, strideWidth: 1, filterHeight: kernel, filterWidth: 1, ...NO_REAL_CLAMP } as const;
  return { ...image, shape, id: builder.emit(op, `${outputName}/maxima`, [1, height, width, channels]) };
}

/** Rows and columns one after the other; those without gaps are an ordinary maximum. */
export function dilatedMaxima(context: OperatorContext, { input, height, width }: Windows): ActivationValue {
  const rank = input.shape.length;
  const apart = ([[rank - 2, height], [rank - 1, width]] as const).filter(([, slide]) => hasGaps(slide));
  const pooled = apart.reduce((image, [dim, slide]) => maximaAlong(context, image, dim, slide), input);
  // What is left to do; a dimension that is done has windows of one value.
  const rest = (slide: Slide): Slide => (hasGaps(slide) ? { ...ALONE, outputs: slide.outputs } : slide);
  const view: Windows = { input: pooled, height: rest(height), width: rest(width) };
  if ([view.height, view.width].every(({ kernel, stride, before, after, beyond }) => kernel === 1 && stride === 1 && before + after + beyond === 0)) return pooled;
  const channels = input.shape[1] as number;
  const op = { kind: 'max-pool', inputs: [pooled.id], padding: paddingOf(view), ...strideOf(view), filterHeight: view.height.kernel, filterWidth: view.width.kernel, ...NO_REAL_CLAMP } as const;
  return imageOutput(view, channels, context.builder.emit(op, context.outputName, [1, height.outputs, width.outputs, channels]));
}
