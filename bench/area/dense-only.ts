// SPDX-License-Identifier: Apache-2.0
/** Owns the hardware that sparsity is compared with: a core for dense networks alone, in which no weight has an index. */
import type { IndexFormat } from '../../generator/arch/index-decoder.js';
import { type IndexDecoder, indexDecoderParameters, indexDecoderPorts } from '../../generator/blocks/index-decoder.js';
import { defineModule } from '../../generator/dsl/index.js';

const format: IndexFormat = {
  name: 'dense-only',
  unit: 'step',
  order: 'ascending',
  bitsPerPe: () => 1,
  encode: (_, count) => Array.from({ length: count }, () => 0n),
};

/**
 * Every step takes the activation of the step counter, in all PEs alike. Once the hierarchy is flattened, PEs of a cluster share one activation multiplexer, and nothing reads the index
 * buffer, which goes.
 */
export const denseOnlyDecoder: IndexDecoder = {
  format,
  module: (config) =>
    defineModule({
      name: 'index_decoder_dense_only',
      doc: { role: 'No index: the step counter.', timing: 'Combinational.', reset: 'None: no state.', numbers: 'Positions 0 to G - 1.' },
      parameters: indexDecoderParameters(config, format),
      ports: indexDecoderPorts,
      template: { text: '  wire unused;\n\n  assign unused   = &{1\'b0, clk_i, valid_i, first_i, dense_i, index_i};\n  assign select_o = step_i;\n' },
    }),
};
