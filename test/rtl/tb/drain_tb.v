// SPDX-License-Identifier: Apache-2.0
// Plays fixed pushes and captures into the drain and prints what leaves it, with the cycle:
// "<cycle> write <banks> <half> <row> <byte> <values>", "<cycle> load|store", "<cycle> idle|room|span <0 or 1>" on every
// change, "<cycle> err <code> <address>". Buffers are written first; events, commands and captures are consumed in order.
`timescale 1ns/1ns

module drain_tb;
  parameter PES            = 16;
  parameter GROUP          = 8;
  parameter LANES          = 1;
  parameter REQUANT        = 1;
  parameter DRAIN          = 16;
  parameter OUT_BANKS      = 1;
  parameter STEP_W         = 4;
  parameter BYTE_W         = 3;
  parameter PARAM_ADDR_W   = 9;
  parameter PARAM_DEPTH    = 512;
  parameter PARTIAL_ADDR_W = 9;
  parameter PARTIAL_DEPTH  = 512;
  parameter OUT_ADDR_W     = 6;
  parameter OUT_ROW_W      = 6;
  parameter CYCLES         = 100;
  parameter COMMANDS       = 1;
  parameter CAPTURES       = 1;
  parameter PARAMS         = 1;

  localparam COMMAND_W = 16*6 + 8*7 + 7 + 2;
  localparam RESULT_W  = PES*LANES*32;
  localparam OPERAND_W = PES*LANES*8;

  reg                          clk = 0;
  reg                          rst = 1;
  reg  [5:0]                   events [0:CYCLES-1];  // open first, tile last, last, first, capture, push
  reg  [COMMAND_W-1:0]         commands [0:COMMANDS-1];
  reg  [RESULT_W-1:0]          results [0:CAPTURES-1];
  reg  [OPERAND_W-1:0]         operands [0:CAPTURES-1];
  reg  [REQUANT*72-1:0]        params [0:PARAMS-1];
  reg  [31:0]                  table_words [0:511];

  reg                          param_en = 0;
  reg                          table_en = 0;
  integer                      fill = 0;
  integer                      cycle = 0;
  integer                      command = 0;
  integer                      capture = -1;
  reg                          playing = 0;

  wire [5:0] now = playing && cycle < CYCLES ? events[cycle] : 6'd0;

  wire [COMMAND_W-1:0] fields = now[0] ? commands[command] : {COMMAND_W{1'bx}};

  wire [15:0] param_base, out_base, out_pitch, channels, operand_param, command_addr;
  wire [7:0]  zero, low, high, operand_zero, second_zero, second_low, second_high;
  wire        half, lookup, lookup_half, partial_in, partial_out, push_load, push_store;
  wire [1:0]  operand;

  assign {command_addr, push_store, push_load, partial_out, partial_in, operand, lookup_half, lookup, half,
          second_high, second_low, second_zero, operand_zero, high, low, zero,
          operand_param, channels, out_pitch, out_base, param_base} = fields;

  wire                         room, load_push, store_push, span, idle, err_valid;
  wire [7:0]                   err_code;
  wire [31:0]                  err_addr;
  wire [REQUANT*LANES*8-1:0]   values;
  wire [OUT_BANKS-1:0]         wr_en;
  wire                         wr_half;
  wire [OUT_ROW_W-1:0]         wr_row;
  wire [BYTE_W-1:0]            wr_byte;

  reg room_q = 1, idle_q = 1, span_q = 0;

  always #5 clk = ~clk;

  dut_drain #(
    .PES(PES), .GROUP(GROUP), .LANES(LANES), .REQUANT(REQUANT), .DRAIN(DRAIN), .ACC_W(32), .OUT_BANKS(OUT_BANKS), .STEP_W(STEP_W),
    .BYTE_W(BYTE_W), .PARAM_ADDR_W(PARAM_ADDR_W), .PARAM_DEPTH(PARAM_DEPTH), .PARTIAL_ADDR_W(PARTIAL_ADDR_W),
    .PARTIAL_DEPTH(PARTIAL_DEPTH), .OUT_ADDR_W(OUT_ADDR_W), .OUT_ROW_W(OUT_ROW_W)
  ) u_dut (
    .clk_i(clk), .rst_i(rst), .push_i(now[0]), .room_o(room),
    .param_base_i(param_base), .out_base_i(out_base), .out_pitch_i(out_pitch), .channels_i(channels), .out_half_i(half),
    .out_zero_point_i(zero), .clamp_min_i(low), .clamp_max_i(high), .table_i(lookup), .table_half_i(lookup_half),
    .operand_i(operand), .partial_in_i(partial_in), .partial_out_i(partial_out), .operand_param_i(operand_param),
    .operand_zero_point_i(operand_zero), .second_zero_point_i(second_zero), .second_clamp_min_i(second_low),
    .second_clamp_max_i(second_high), .push_load_i(push_load), .push_store_i(push_store),
    .command_addr_i({16'd0, command_addr}), .open_first_i(now[5]),
    .param_wr_en_i(param_en), .param_wr_addr_i(fill[PARAM_ADDR_W-1:0]), .param_wr_data_i(params[fill % PARAMS]),
    .table_wr_en_i(table_en), .table_wr_addr_i(fill[8:0]), .table_wr_data_i(table_words[fill % 512]),
    .results_i(capture < 0 ? {RESULT_W{1'bx}} : results[capture]),
    .operands_i(capture < 0 ? {OPERAND_W{1'bx}} : operands[capture]),
    .capture_i(now[1]), .capture_tile_last_i(now[1] ? now[4] : 1'bx), .capture_command_first_i(now[1] ? now[2] : 1'bx),
    .capture_command_last_i(now[1] ? now[3] : 1'bx),
    .values_o(values), .wr_en_o(wr_en), .wr_half_o(wr_half), .wr_row_o(wr_row), .wr_byte_o(wr_byte),
    .load_push_o(load_push), .store_push_o(store_push), .span_o(span), .idle_o(idle),
    .err_valid_o(err_valid), .err_code_o(err_code), .err_addr_o(err_addr)
  );

  always @(posedge clk) begin
    if (playing) begin
      if (wr_en !== {OUT_BANKS{1'b0}}) $display("%0d write %b %b %0d %0d %h", cycle, wr_en, wr_half, wr_row, wr_byte, values);
      if (load_push !== 1'b0) $display("%0d load", cycle);
      if (store_push !== 1'b0) $display("%0d store", cycle);
      if (idle !== idle_q) $display("%0d idle %b", cycle, idle);
      if (room !== room_q) $display("%0d room %b", cycle, room);
      if (span !== span_q) $display("%0d span %b", cycle, span);
      if (err_valid !== 1'b0) $display("%0d err %0d %h", cycle, err_code, err_addr);
      if (now[0]) command <= command + 1;
      if (now[1]) capture <= capture + 1;
      idle_q <= idle;
      room_q <= room;
      span_q <= span;
      cycle  <= cycle + 1;
    end
  end

  initial begin
    $readmemh("events.hex", events);
    $readmemh("commands.hex", commands);
    $readmemh("results.hex", results);
    $readmemh("operands.hex", operands);
    $readmemh("params.hex", params);
    $readmemh("table.hex", table_words);
    repeat (3) @(negedge clk);
    rst = 0;
    for (fill = 0; fill < PARAM_DEPTH || fill < 512; fill = fill + 1) begin
      param_en = fill < PARAM_DEPTH;
      table_en = fill < 512;
      @(negedge clk);
    end
    param_en = 0;
    table_en = 0;
    @(negedge clk) playing = 1;
    while (cycle < CYCLES) @(negedge clk);
    $finish;
  end
endmodule
