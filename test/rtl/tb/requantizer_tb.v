// SPDX-License-Identifier: Apache-2.0
// Feeds one channel a cycle and prints "<index> <partials> <values>", each in the cycle of its contract.
`timescale 1ns/1ns

module requantizer_tb;
  parameter LANES = 1;
  parameter COUNT = 10;
  parameter TO_CLAMP = 10;  // cycles from a sum to its clamp
  parameter TO_VALUE = 13;  // and to its value

  reg                 clk = 0;
  reg  [LANES*32-1:0] sums [0:COUNT-1];
  reg  [71:0]         params [0:COUNT-1];
  reg  [LANES*32-1:0] partials [0:COUNT-1];
  reg  [25:0]         flags [0:COUNT-1];  // clamp max, clamp min, zero point, real, partial in
  reg  [LANES*32-1:0] partials_out [0:COUNT-1];
  wire [LANES*32-1:0] partials_now;
  wire [LANES*8-1:0]  values_now;
  integer             cycle = -1;  // one clock before the first channel
  wire                second = cycle % 3 == 0;      // the sum comes from the second pass,
  wire                second_now = cycle % 3 == 1;  // a cycle later
  integer             late = 0;

  always #5 clk = ~clk;

  dut_requantizer #(.LANES(LANES)) u_dut (
    .clk_i(clk),
    .second_slot_i((cycle + 1) % 3 == 0),
    .second_sums_i(second_now && cycle >= 1 && cycle <= COUNT ? sums[cycle-1] : {LANES*32{1'bx}}),
    .sums_i(!second && cycle >= 0 && cycle < COUNT ? sums[cycle] : {LANES*32{1'bx}}),
    .params_i(cycle >= 0 && cycle < COUNT ? params[cycle] : 72'bx),
    .partial_in_i(cycle >= 0 && cycle < COUNT ? flags[cycle][0] : 1'bx),
    .partials_i(cycle >= 0 && cycle < COUNT ? partials[cycle] : {LANES*32{1'bx}}),
    .partials_o(partials_now),
    .real_i(flags[late][1]),
    .zero_point_i(flags[late][9:2]), .clamp_min_i(flags[late][17:10]), .clamp_max_i(flags[late][25:18]),
    .values_o(values_now)
  );

  initial begin
    $readmemh("sums.hex", sums);
    $readmemh("params.hex", params);
    $readmemh("partials.hex", partials);
    $readmemh("flags.hex", flags);
    while (cycle < COUNT + TO_VALUE) begin
      late = cycle < TO_CLAMP ? 0 : cycle >= COUNT + TO_CLAMP ? COUNT - 1 : cycle - TO_CLAMP;
      #1;
      if (cycle >= 2 && cycle <= COUNT + 1) partials_out[cycle-2] = partials_now;
      if (cycle >= TO_VALUE) $display("%0d %h %h", cycle - TO_VALUE, partials_out[cycle-TO_VALUE], values_now);
      @(posedge clk);
      @(negedge clk) cycle = cycle + 1;
    end
    $finish;
  end
endmodule
