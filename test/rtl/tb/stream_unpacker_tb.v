// SPDX-License-Identifier: Apache-2.0
// Feeds two streams of beats with random gaps and prints every write: "<stream> <cycle> <address> <data>".
`timescale 1ns/1ns

module stream_unpacker_tb;
  parameter BUS_W    = 64;
  parameter WIDTH    = 96;
  parameter STREAM_W = 96;
  parameter ADDR_W   = 8;
  parameter BEATS    = 10;    // of each stream
  parameter WORDS    = 6;     // of each stream
  parameter BASE     = 3;
  parameter GAPS     = 0;     // chance of a pause, of 8
  parameter SEED     = 1;

  reg                clk = 0;
  reg                start = 0;
  reg                beat_valid = 0;
  wire               beat_ready;
  wire               busy;
  wire               starved;
  wire               wr_en;
  wire [ADDR_W-1:0]  wr_addr;
  wire [WIDTH-1:0]   wr_data;
  reg  [BUS_W-1:0]   beats [0:2*BEATS-1];
  integer            next = 0;
  integer            stream = 0;
  integer            cycle = 0;
  integer            seed = SEED;

  always #5 clk = ~clk;

  // What the count of the words does in the load unit.
  reg  [15:0]        words = 0;

  assign busy    = words != 0;
  assign wr_addr = BASE[ADDR_W-1:0] + WORDS[ADDR_W-1:0] - words[ADDR_W-1:0];

  always @(posedge clk) begin
    if (start)      words <= WORDS[15:0];
    else if (wr_en) words <= words - 1;
  end

  dut_stream_unpacker #(.BUS_W(BUS_W), .WIDTH(WIDTH), .STREAM_W(STREAM_W)) u_dut (
    .clk_i(clk), .start_i(start), .active_i(busy),
    .beat_valid_i(beat_valid), .beat_ready_o(beat_ready),
    .beat_data_i(beat_valid ? beats[next] : {BUS_W{1'bx}}),
    .starved_o(starved), .wr_en_o(wr_en), .wr_data_o(wr_data)
  );

  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (wr_en) $display("%0d %0d %0d %h", stream, cycle, wr_addr, wr_data);
  end

  task send;
    begin
      @(negedge clk) start = 1;
      @(negedge clk) start = 0;
      while (next < (stream + 1) * BEATS) begin
        beat_valid = ($unsigned($random(seed)) % 8) >= GAPS;
        @(posedge clk);
        if (beat_valid & beat_ready) begin
          @(negedge clk) next = next + 1;
          beat_valid = 0;
        end else @(negedge clk);
      end
      beat_valid = 0;
      repeat (4 + 2 * BUS_W / STREAM_W) @(negedge clk);
      $display("end %0d busy %b starved %b", stream, busy, starved);
      stream = stream + 1;
    end
  endtask

  initial begin
    $readmemh("beats.hex", beats);
    repeat (3) @(negedge clk);
    send;
    send;
    $finish;
  end
endmodule
