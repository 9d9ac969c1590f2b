// SPDX-License-Identifier: Apache-2.0
// Feeds one channel a cycle and prints "<index> <partials> <values>", each in the cycle of its contract.
`timescale 1ns/1ns

module requantizer_tb;
  parameter LANES = 1;
  parameter COUNT = 10;

  reg                 clk = 0;
  reg  [LANES*32-1:0] sums [0:COUNT-1];
  reg  [71:0]         params [0:COUNT-1];
  reg  [LANES*32-1:0] partials [0:COUNT-1];
  reg  [26:0]         flags [0:COUNT-1];  // clamp max, clamp min, zero point, real, partial out, partial in
  reg  [LANES*32-1:0] partials_out [0:COUNT-1];
  wire [LANES*32-1:0] partials_now;
  wire [LANES*8-1:0]  values_now;
  integer             cycle = -1;  // one clock before the first channel
  wire                second = cycle % 3 == 0;  // the sum comes from the second pass
  integer             late = 0;

  always #5 clk = ~clk;

  dut_requantizer #(.LANES(LANES)) u_dut (
    .clk_i(clk),
    .second_slot_i((cycle + 1) % 3 == 0),
    .second_sums_i(second && cycle < COUNT ? sums[cycle] : {LANES*32{1'bx}}),
    .sums_i(!second && cycle >= 0 && cycle < COUNT ? sums[cycle] : {LANES*32{1'bx}}),
    .params_i(cycle >= 0 && cycle < COUNT ? params[cycle] : 72'bx),
    .partial_in_i(cycle >= 0 && cycle < COUNT ? flags[cycle][0] : 1'bx),
    .partials_i(cycle >= 0 && cycle < COUNT ? partials[cycle] : {LANES*32{1'bx}}),
    .partial_out_i(cycle >= 0 && cycle < COUNT ? flags[cycle][1] : 1'bx),
    .partials_o(partials_now),
    .real_i(flags[late][2]),
    .zero_point_i(flags[late][10:3]), .clamp_min_i(flags[late][18:11]), .clamp_max_i(flags[late][26:19]),
    .values_o(values_now)
  );

  initial begin
    $readmemh("sums.hex", sums);
    $readmemh("params.hex", params);
    $readmemh("partials.hex", partials);
    $readmemh("flags.hex", flags);
    while (cycle < COUNT + 7) begin
      late = cycle < 6 ? 0 : cycle > COUNT + 5 ? COUNT - 1 : cycle - 6;
      #1;
      if (cycle >= 1 && cycle <= COUNT) partials_out[cycle-1] = partials_now;
      if (cycle >= 7) $display("%0d %h %h", cycle - 7, partials_out[cycle-7], values_now);
      @(posedge clk);
      @(negedge clk) cycle = cycle + 1;
    end
    $finish;
  end
endmodule
