// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of the compiler. */
import { MAX_PATTERN_BITS, type AccelConfig } from '../arch/config.js';
import { GenAccelError } from '../core/errors.js';
import { clog2 } from '../core/integers.js';
import { fieldMax, type Field } from '../arch/fields.js';
import { MAX_SLOTS_PER_POSITION } from './array-layer.js';
import { MOST_PATTERNS } from './pattern-library.js';

/** A number does not fit its instruction field: the layer is larger than the instruction set can describe. */
export class FieldRangeError extends GenAccelError {
  constructor(where: string, value: number, field: Field) {
    super('E_FIELD_RANGE', 'input', {
      where: `instruction field ${where}`,
      found: `${value}`,
      expected: field.signed === true ? `a signed number of ${field.width} bits` : `0 to ${fieldMax(field)}`,
      remedy: 'Split the layer, or use a smaller image.',
    });
  }
}

/** Largest depth of any buffer. */
const MAX_DEPTH = 65_536;

/** One need that no tiling of a layer can meet, and the parameter that would meet it. */
export interface BufferNeed {
  readonly buffer: string;
  /** What the smallest tiling needs, in words of the buffer. */
  readonly need: number;
  readonly depth: number;
  readonly parameter: string;
  /** A value of the parameter that works. */
  readonly value: number;
  readonly reason: string;
}

/** A layer does not fit the buffers, however it is tiled. */
export class LayerDoesNotFitError extends GenAccelError {
  readonly needs: readonly BufferNeed[];

  constructor(layer: string, needs: readonly BufferNeed[]) {
    super('E_LAYER_FIT', 'input', {
      where: `layer ${layer}`,
      found: needs.map((n) => `the ${n.buffer} buffer has ${n.depth} words and the smallest tile needs ${n.need} (${n.reason})`).join('; '),
      expected: 'one tile to fit every buffer',
      remedy: needs.every((n) => n.value <= MAX_DEPTH)
        ? `Use ${needs.map((n) => `--${n.parameter} ${n.value}`).join(' ')}.`
        : 'No depth holds it: prune the layer further, or split it.',
    });
    this.needs = needs;
  }
}

/** The 32-bit sum with the bias could overflow, or the accumulator of `bits` bits before it. */
export class AccumulatorRangeError extends GenAccelError {
  constructor(layer: string, channel: number, worst: number, bits = 32) {
    super('E_ACCUMULATOR_RANGE', 'input', {
      where: `layer ${layer}, output channel ${channel}`,
      found: `${bits === 32 ? '|bias| + ' : ''}128 * sum|weight| reaches ${worst}`,
      expected: `less than 2^${bits - 1}`,
      remedy: bits === 32 ? 'Use smaller weights or a smaller bias: requantize the layer.' : 'Prune the layer, or use a larger --weight-bits: accumulators are as much wider.',
    });
  }
}

/** A weight is wider than the core's weights, even in as many parts as one position may have. */
export class WeightRangeError extends GenAccelError {
  constructor(layer: string, channel: number, weight: number, bits: number) {
    const [low, high] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
    super('E_WEIGHT_RANGE', 'input', {
      where: `layer ${layer}, output channel ${channel}`,
      found: `weight ${weight}`,
      expected: `${low} to ${high}, what --weight-bits ${bits} holds, or a sum of at most ${MAX_SLOTS_PER_POSITION} such numbers (${low * MAX_SLOTS_PER_POSITION} to ${high * MAX_SLOTS_PER_POSITION})`,
      remedy: `Quantize the float model for this core (--calibration with --weight-bits ${bits}), or use --weight-bits 8.`,
    });
  }
}

/** A requantization shift is outside what the requantizer has. */
export class ShiftRangeError extends GenAccelError {
  constructor(layer: string, channel: number, shift: number) {
    super('E_SHIFT_RANGE', 'input', {
      where: `layer ${layer}, output channel ${channel}`,
      found: `requantization shift ${shift}`,
      expected: 'a left shift of at most 7 or a right shift of at most 31',
      remedy: 'Check the scales of the tensors around this layer.',
    });
  }
}

/** The configuration names an index decoder whose encoding was not given. */
export class UnknownIndexFormatError extends GenAccelError {
  constructor(name: string, known: readonly string[]) {
    super('E_INDEX_FORMAT', 'input', {
      where: `index decoder ${name}`,
      found: 'no index format of this name',
      expected: `one of ${known.join(', ')}, or a format passed in the options`,
      remedy: 'Pass the decoder\'s IndexFormat as options.indexFormat.',
    });
  }
}

/** Subsets of `keep` of `group` positions. */
const subsets = (group: number, keep: number): number => Array.from({ length: keep }, (_, i) => (group - i) / (i + 1)).reduce((all, factor) => all * factor, 1);

/** A layer has more position sets than the pattern table holds. */
export class PatternLibraryError extends GenAccelError {
  /** `fixed`: those of the sets that no pruning changes, and why. */
  constructor(layer: string, found: number, { group, patternBits }: Pick<AccelConfig, 'group' | 'patternBits'>, fixed?: { readonly found: number; readonly why: string }) {
    const most = Math.min(MAX_PATTERN_BITS, group);
    const words = 2 ** patternBits;
    const bits = clog2(found);
    const stays = fixed !== undefined && fixed.found > words;
    // More of a group are fewer sets again, but those are hardly pruned.
    const keep = Array.from({ length: Math.floor(group / 2) }, (_, i) => i + 1).filter((one) => Math.round(subsets(group, one)) <= words).at(-1);
    const remedies = [
      ...(found <= MOST_PATTERNS && bits <= most ? [`--pattern-bits ${bits}`] : []),
      ...(stays || keep === undefined ? [] : [`--keep ${keep}, which leaves at most ${Math.round(subsets(group, keep))} sets`]),
      '--index bitmap or --index direct, which have no table',
    ];
    super('E_PATTERN_LIBRARY', 'input', {
      where: `layer ${layer}`,
      found: `${found > MOST_PATTERNS ? `more than ${MOST_PATTERNS}` : found} position sets in its groups of ${group}${stays ? `, ${fixed.found === found ? 'all' : fixed.found} of them whatever is pruned, because ${fixed.why}` : ''}`,
      expected: `at most ${words}, which is what a pattern table of --pattern-bits ${patternBits} holds`,
      remedy: `Use ${remedies.join(', or ')}.`,
    });
  }
}

/** Buffer places of a layer cannot be found although its tiling fits; layers that take turns are then compiled one after the other. */
export class PlacementError extends GenAccelError {
  constructor(where: string, readonly layer: string) {
    super('E_PLACEMENT', 'defect', {
      where,
      found: 'no room in its buffer',
      expected: 'room, since the tiling of its layer fits',
      remedy: 'Please report it with the command that you ran.',
    });
  }
}
