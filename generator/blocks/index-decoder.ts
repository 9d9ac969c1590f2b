// SPDX-License-Identifier: Apache-2.0
/** Owns the index decoder's interface and the built-in decoders; a user adds one with the same ports and an IndexFormat. */
import type { AccelConfig } from '../arch/config.js';
import { type IndexFormat, bitmapFormat, directFormat, patternFormat } from '../arch/index-decoder.js';
import { indexBits } from '../core/integers.js';
import { type Module, type ParameterReferences, clock, defineModule, input, output, parameter } from '../dsl/index.js';

/** The parameters of every index decoder. */
export const indexDecoderParameters = (config: AccelConfig, format: IndexFormat) => ({
  SELECT_W: parameter({ doc: 'position in a group', unit: 'bits', range: [1, 5], default: indexBits(config.group) }),
  INDEX_W: parameter({ doc: 'index field of one PE', unit: 'bits', range: [1, 64], default: format.bitsPerPe(config.group) }),
});

/** The ports of every index decoder. */
export const indexDecoderPorts = (P: ParameterReferences<ReturnType<typeof indexDecoderParameters>>) => ({
  clk_i: clock(),
  valid_i: input(1, { group: 'Step', doc: 'a step is taken' }),
  first_i: input(1, { doc: 'it is the first step of its group' }),
  dense_i: input(1, { doc: 'the step counter is the index' }),
  step_i: input(P.SELECT_W, { doc: 'step within the group, from 0' }),
  index_i: input(P.INDEX_W, { group: 'Index', doc: 'field of this PE in the index plane' }),
  select_o: output(P.SELECT_W, { doc: 'which activation this step takes, in the same cycle' }),
});

/** What makes an index decoder: its format for the compiler and its module for the hardware. */
export interface IndexDecoder {
  readonly format: IndexFormat;
  readonly module: (
    config: AccelConfig,
  ) => Module<ReturnType<typeof indexDecoderParameters>, ReturnType<typeof indexDecoderPorts>>;
}

export const directDecoder: IndexDecoder = {
  format: directFormat,
  module: (config) =>
    defineModule({
      name: 'index_decoder_direct',
      doc: {
        role: 'Index decoder: every weight brings the position of its activation.',
        timing: 'Combinational: select_o belongs to the step and the index of the same cycle.',
        reset: 'None: no state.',
        numbers: 'Positions 0 to G - 1; when dense_i, the step counter instead.',
      },
      parameters: indexDecoderParameters(config, directFormat),
      ports: indexDecoderPorts,
    }),
};

export const bitmapDecoder: IndexDecoder = {
  format: bitmapFormat,
  module: (config) =>
    defineModule({
      name: 'index_decoder_bitmap',
      doc: {
        role: 'Index decoder: one bit a position and group; steps visit the set bits from the lowest.',
        timing:
          'Combinational from index_i in the first step of a group, from the remaining bits in later steps: ' +
          'select_o belongs to the step of the same cycle.',
        reset: 'None: the first step of a group loads the state.',
        numbers: 'Positions 0 to G - 1; steps past the last set bit take 0; when dense_i, the step counter instead.',
      },
      parameters: indexDecoderParameters(config, bitmapFormat),
      ports: indexDecoderPorts,
    }),
};

/** The pattern table stands before the decoders, which get bitmaps from it. */
export const patternDecoder = (config: AccelConfig): IndexDecoder => ({ ...bitmapDecoder, format: patternFormat(config) });

export const builtInDecoders = (config: AccelConfig): readonly IndexDecoder[] => [directDecoder, bitmapDecoder, patternDecoder(config)];
