// SPDX-License-Identifier: Apache-2.0
// packed_multiplier_tb: every pair of activations with each of COUNT weights, one pair a cycle; the
// products are compared with plain ones. Prints the first wrong ones, then how many there were.
`default_nettype none

module packed_multiplier_tb;

  parameter integer WEIGHT_W = 8;
  parameter integer COUNT    = 1;  // words of weights.hex

  localparam integer PRODUCT_W = WEIGHT_W + 8;

  reg        [WEIGHT_W-1:0]    weights [0:COUNT-1];
  reg                          clk;
  reg  signed [7:0]            high;
  reg  signed [7:0]            low;
  reg  signed [WEIGHT_W-1:0]   weight;
  wire        [2*PRODUCT_W-1:0] products;
  wire                         round;
  wire signed [PRODUCT_W-1:0]  high_product;
  wire signed [PRODUCT_W-1:0]  low_product;

  // What the operands of two cycles before should give.
  reg  signed [PRODUCT_W-1:0]  high_one_q;
  reg  signed [PRODUCT_W-1:0]  high_two_q;
  reg  signed [PRODUCT_W-1:0]  low_one_q;
  reg  signed [PRODUCT_W-1:0]  low_two_q;

  integer i;
  integer checked;
  integer wrong;

  dut_packed_multiplier #(.WEIGHT_W(WEIGHT_W)) u_dut (
    .clk_i      (clk),
    .high_i     (high),
    .low_i      (low),
    .weight_i   (weight),
    .products_o (products),
    .round_o    (round)
  );

  assign high_product = products[PRODUCT_W +: PRODUCT_W] + round;
  assign low_product  = products[0 +: PRODUCT_W];

  initial begin
    $readmemh("weights.hex", weights);
    checked = 0;
    wrong   = 0;
    clk     = 1'b0;
    for (i = 0; i < COUNT * 65536 + 2; i = i + 1) begin
      {high, low} = i[15:0];
      weight      = weights[i / 65536 < COUNT ? i / 65536 : 0];
      #1;
      if (i >= 2) begin
        checked = checked + 1;
        if (high_product !== high_two_q || low_product !== low_two_q) begin
          wrong = wrong + 1;
          if (wrong < 4) $display("pair %0d: %0d %0d, expected %0d %0d", i - 2, high_product, low_product, high_two_q, low_two_q);
        end
      end
      clk         = 1'b1;
      high_two_q  = high_one_q;
      low_two_q   = low_one_q;
      high_one_q  = high * weight;
      low_one_q   = low * weight;
      #1;
      clk         = 1'b0;
    end
    $display("%0d pairs, %0d wrong", checked, wrong);

    // An unknown activation makes its own product unknown and leaves the other as it is.
    for (i = 0; i < 4; i = i + 1) begin
      high   = i[0] ? 8'sd77 : 8'bx0110011;
      low    = i[0] ? 8'bx : -8'sd77;
      weight = i[1] ? -1 : 1;
      repeat (2) begin
        #1 clk = 1'b1;
        #1 clk = 1'b0;
      end
      #1;
      if (i[0]) $display("unknown low %0d: %0d, low product %0d", weight, high_product, low_product);
      else      $display("unknown high %0d: high product %0d, %0d", weight, high_product, low_product);
    end
    $finish;
  end

endmodule

`default_nettype wire
