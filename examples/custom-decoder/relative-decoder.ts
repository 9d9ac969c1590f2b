// SPDX-License-Identifier: Apache-2.0
/** An index decoder of your own: relative indices, written against the public API alone. */
import { defineModule, indexDecoderParameters, indexDecoderPorts, type IndexDecoder, type IndexFormat } from 'gen-accel';

/**
 * The compiler's half. A field says how many positions of the group are skipped since the last kept one, as
 * in run-length encoded sparse rows (Han et al., "EIE", 2016, section III): positions 1, 2, 5 become 1, 0, 2.
 */
export const relativeFormat: IndexFormat = {
  name: 'relative',
  unit: 'step',
  order: 'ascending',
  bitsPerPe: (group) => Math.log2(group),
  encode: (positions, count) =>
    Array.from({ length: count }, (_, step) => {
      const position = positions[step];
      // Slots past the last kept position have weight 0: where they point does not matter.
      return position === undefined ? 0n : BigInt(position - (positions[step - 1] ?? -1) - 1);
    }),
};

/** The hardware's half: an adder and a register beside every PE. */
export const relativeDecoder: IndexDecoder = {
  format: relativeFormat,
  module: (config) =>
    defineModule({
      name: 'index_decoder_relative',
      doc: {
        role: 'Index decoder: every weight brings the number of positions skipped since the one before.',
        timing: 'Combinational from index_i and the position of the step before: select_o belongs to the step of the same cycle.',
        reset: 'None: the first step of a group starts from position 0.',
        numbers: 'Positions 0 to G - 1, modulo G; when dense_i, the step counter instead.',
      },
      parameters: indexDecoderParameters(config, relativeFormat),
      ports: indexDecoderPorts,
      template: {
        text: `  reg  [SELECT_W-1:0] next_q;  // position behind the last one
  wire [SELECT_W-1:0] position;

  assign position = (first_i ? {SELECT_W{1'b0}} : next_q) + index_i;
  assign select_o = dense_i ? step_i : position;

  always @(posedge clk_i) begin
    if (valid_i) next_q <= position + 1'b1;
  end
`,
      },
    }),
};
