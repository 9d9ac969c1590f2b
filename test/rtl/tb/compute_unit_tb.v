// SPDX-License-Identifier: Apache-2.0
// Loads the buffers of a compute unit through its write ports, sends commands, dumps the output banks.
// The widths come as macros: PES GROUP LANES REQUANT INDEX_W WEIGHT_BITS BEAT_WORDS and the address widths; PATTERN_W where there is a table.
`default_nettype none

module compute_unit_tb;
  reg clk = 1'b0;
  reg rst = 1'b1;
  always #5 clk = ~clk;

  reg  [31:0] cmd [0:65535];
  integer     cmd_count;
  integer     cmd_next = 0;
  wire        cmd_ready;

  reg [`LANES-1:0]                 act_lanes = 0;
  reg [`BEAT_WORDS-1:0]            act_words = 0;
  reg [`ACT_W-1:0]                 act_addr = 0;
  reg [`BEAT_WORDS*`GROUP*8-1:0]   act_data = 0;
  reg                              weight_en = 0;
  reg [`WEIGHT_W-1:0]              weight_addr = 0;
  reg [`PES*`WEIGHT_BITS-1:0]      weight_data = 0;
  reg                              index_en = 0;
  reg [`PES*`INDEX_W-1:0]          index_data = 0;
  reg                              sched_en = 0;
  reg [`SCHED_W-1:0]               sched_addr = 0;
  reg [31:0]                       sched_data = 0;
  reg                              param_en = 0;
  reg [`PARAM_W-1:0]               param_addr = 0;
  reg [`REQUANT*72-1:0]            param_data = 0;
  reg                              table_en = 0;
  reg [8:0]                        table_addr = 0;
  reg [31:0]                       table_data = 0;
`ifdef PATTERN_W
  reg                              pattern_en = 0;
  reg [`INDEX_W-1:0]               pattern_addr = 0;
  reg [`PATTERN_W-1:0]             pattern_data = 0;
  reg [`PATTERN_W-1:0]             pattern_mem [0:(1 << `INDEX_W)-1];
`endif
  reg                              out_en = 0;
  reg                              out_half = 0;
  reg [`LANE_W-1:0]                out_lane = 0;
  reg [`OUT_W-1:0]                 out_addr = 0;
  wire [`BEAT_WORDS*`GROUP*8-1:0]  out_data;

  wire step, pace, drain_busy, span, wait_load, wait_store, idle, err_valid, load_push, store_push;
  wire load_pop, store_pop;
  wire [7:0]  err_code;
  wire [31:0] err_addr;

  dut_compute_unit dut (
    .clk_i(clk), .rst_i(rst),
    .cmd_valid_i(cmd_next < cmd_count & ~rst & started), .cmd_ready_o(cmd_ready), .cmd_data_i(cmd[cmd_next]),
    .load_avail_i(1'b1), .load_pop_o(load_pop), .store_avail_i(1'b1), .store_pop_o(store_pop),
    .load_push_o(load_push), .store_push_o(store_push),
    .act_wr_lanes_i(act_lanes), .act_wr_words_i(act_words), .act_wr_addr_i(act_addr), .act_wr_data_i(act_data),
    .weight_wr_en_i(weight_en), .weight_wr_addr_i(weight_addr), .weight_wr_data_i(weight_data),
    .index_wr_en_i(index_en), .index_wr_addr_i(weight_addr), .index_wr_data_i(index_data),
    .sched_wr_en_i(sched_en), .sched_wr_addr_i(sched_addr), .sched_wr_data_i(sched_data),
    .param_wr_en_i(param_en), .param_wr_addr_i(param_addr), .param_wr_data_i(param_data),
    .table_wr_en_i(table_en), .table_wr_addr_i(table_addr), .table_wr_data_i(table_data),
`ifdef PATTERN_W
    .pattern_wr_en_i(pattern_en), .pattern_wr_addr_i(pattern_addr), .pattern_wr_data_i(pattern_data),
`endif
    .out_rd_en_i(out_en), .out_rd_half_i(out_half), .out_rd_lane_i(out_lane), .out_rd_addr_i(out_addr),
    .out_rd_data_o(out_data),
    .step_o(step), .pace_o(pace), .drain_busy_o(drain_busy), .span_o(span), .wait_load_o(wait_load),
    .wait_store_o(wait_store), .idle_o(idle), .err_valid_o(err_valid), .err_code_o(err_code), .err_addr_o(err_addr)
  );

  reg started = 1'b0;
  always @(posedge clk) if (cmd_next < cmd_count & ~rst & started & cmd_ready) cmd_next <= cmd_next + 1;

  integer steps = 0, paces = 0, spans = 0, load_pushes = 0, store_pushes = 0;
  integer cycle = 0, load_push_at = 0, store_push_at = 0, span_end_at = 0;
  always @(posedge clk) if (!rst) begin
    cycle <= cycle + 1;
    if (span) span_end_at <= cycle;
    if (load_push) load_push_at <= cycle;
    if (store_push) store_push_at <= cycle;
    if (step) steps <= steps + 1;
    if (pace) paces <= paces + 1;
    if (span) spans <= spans + 1;
    if (load_push) load_pushes <= load_pushes + 1;
    if (store_push) store_pushes <= store_pushes + 1;
    if (err_valid) begin
      $display("ERROR %0d %08x", err_code, err_addr);
      $finish;
    end
  end

  reg [`BEAT_WORDS*`GROUP*8-1:0] act_mem    [0:`LANES*(1 << `ACT_W)/`BEAT_WORDS-1];
  reg [`PES*`WEIGHT_BITS-1:0]    weight_mem [0:(1 << `WEIGHT_W)-1];
  reg [`PES*`INDEX_W-1:0]        index_mem  [0:(1 << `WEIGHT_W)-1];
  reg [31:0]                     sched_mem  [0:(1 << `SCHED_W)-1];
  reg [`REQUANT*72-1:0]          param_mem  [0:(1 << `PARAM_W)-1];
  reg [31:0]                     table_mem  [0:511];
  integer i, l, h, wait_cycles;

  function integer place(input integer word);
    place = (word * 3 + 1) % `BEAT_WORDS;
  endfunction

  initial begin
    if (!$value$plusargs("commands=%d", cmd_count)) cmd_count = 0;
    $readmemh("cmd.hex", cmd, 0, cmd_count - 1);
    $readmemh("act.hex", act_mem);
    $readmemh("weight.hex", weight_mem);
    $readmemh("index.hex", index_mem);
    $readmemh("sched.hex", sched_mem);
    $readmemh("param.hex", param_mem);
    $readmemh("table.hex", table_mem);
    repeat (4) @(negedge clk);
    rst = 1'b0;
    for (l = 0; l < `LANES; l = l + 1) begin
      for (i = 0; i < (1 << `ACT_W); i = i + `BEAT_WORDS) begin
        @(negedge clk);
        act_lanes = 1 << l;
        act_words = ~0;
        act_addr  = i;
        act_data  = act_mem[(l*(1 << `ACT_W) + i)/`BEAT_WORDS];
      end
    end
    @(negedge clk) act_lanes = 0;
    for (i = 0; i < (1 << `WEIGHT_W); i = i + 1) begin
      @(negedge clk);
      weight_en = 1; index_en = 1; weight_addr = i; weight_data = weight_mem[i]; index_data = index_mem[i];
    end
    @(negedge clk) begin weight_en = 0; index_en = 0; end
    for (i = 0; i < (1 << `SCHED_W); i = i + 1) begin
      @(negedge clk);
      sched_en = 1; sched_addr = i; sched_data = sched_mem[i];
    end
    @(negedge clk) sched_en = 0;
    for (i = 0; i < (1 << `PARAM_W); i = i + 1) begin
      @(negedge clk);
      param_en = 1; param_addr = i; param_data = param_mem[i];
    end
    @(negedge clk) param_en = 0;
    for (i = 0; i < 512; i = i + 1) begin
      @(negedge clk);
      table_en = 1; table_addr = i; table_data = table_mem[i];
    end
    @(negedge clk) table_en = 0;
`ifdef PATTERN_W
    $readmemh("pattern.hex", pattern_mem);
    for (i = 0; i < (1 << `INDEX_W); i = i + 1) begin
      @(negedge clk);
      pattern_en = 1; pattern_addr = i; pattern_data = pattern_mem[i];
    end
    @(negedge clk) pattern_en = 0;
`endif
    started = 1'b1;
    wait_cycles = 0;
    @(negedge clk);
    while (!(idle & cmd_next == cmd_count) & wait_cycles < 200000) begin
      @(negedge clk);
      wait_cycles = wait_cycles + 1;
    end
    repeat (4) @(negedge clk);
    $display("CYCLES steps %0d paces %0d span %0d loadPushes %0d storePushes %0d idle %0d",
             steps, paces, spans, load_pushes, store_pushes, idle);
    $display("PUSHES load %0d store %0d spanEnd %0d", load_push_at, store_push_at, span_end_at);
    // A word a cycle, its data three cycles after its address; of a beat of several words another one every time.
    for (h = 0; h < 2; h = h + 1) for (l = 0; l < `LANES; l = l + 1) for (i = 0; i < (1 << `OUT_W) + 3; i = i + 1) begin
      @(negedge clk);
      if (i >= 3) $display("OUT %0d %0d %0d %x", h, l, i - 3, out_data[place(i - 3)*`GROUP*8 +: `GROUP*8]);
      out_en = 1; out_half = h; out_lane = l; out_addr = i - place(i);
    end
    $finish;
  end
endmodule

`default_nettype wire
