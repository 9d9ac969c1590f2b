// SPDX-License-Identifier: Apache-2.0
// The load unit against a memory with random latency: command words in, writes out as text.
// act <lanes> <addr> <words> <data> | weight|index|sched|param|table <addr> <data> | push | pop <which> | err <code> <addr>
`timescale 1ns/1ns

module load_tb;
  parameter BUS_W          = 64;
  parameter ADDR_W         = 32;
  parameter LANES          = 1;
  parameter GROUP          = 8;
  parameter BEAT_WORDS     = 1;
  parameter ACT_ADDR_W     = 12;
  parameter WEIGHT_WORD_W  = 128;
  parameter WEIGHT_ADDR_W  = 11;
  parameter INDEX_WORD_W   = 48;
  parameter INDEX_ADDR_W   = 11;
  parameter SCHED_ADDR_W   = 10;
  parameter PARAM_WORD_W   = 72;
  parameter PARAM_ADDR_W   = 9;
  parameter TABLE_ADDR_W   = 9;
  parameter COMMAND_WORDS  = 10;
  parameter PUSHES         = 1;      // the run ends after so many tokens
  parameter LATENCY        = 20;
  parameter STALL          = 0;      // chance of a pause on AR, R and commands, of 8
  parameter BAD_BEAT       = -1;     // beat of the memory that answers with BAD_RESP
  parameter BAD_RESP       = 2;
  parameter SEED           = 1;

  localparam BEATS  = 65536 / (BUS_W / 8);
  localparam QUEUE  = 4096;
  localparam BYTE_W = $clog2(BUS_W / 8);

  wire [ADDR_W-1:0] base = {ADDR_W{1'b0}} | 32'h8000_1000;

  reg               clk = 0;
  reg               rst = 1;
  reg  [31:0]       commands [0:COMMAND_WORDS-1];
  reg  [BUS_W-1:0]  memory [0:BEATS-1];
  integer           seed = SEED;
  integer           cycle = 0;
  integer           pushes = 0;
  integer           next = 0;
  integer           error_cycle = 0;

  always #5 clk = ~clk;

  // Commands.
  reg               cmd_valid = 0;
  wire              cmd_ready;
  // Tokens: random availability.
  reg               avail_a = 0;
  reg               avail_b = 0;
  wire              pop_a;
  wire              pop_b;
  wire              push;
  // Memory.
  wire              ar_valid;
  reg               ar_ready = 0;
  wire [ADDR_W-1:0] ar_addr;
  wire [7:0]        ar_len;
  reg               r_valid = 0;
  reg  [BUS_W-1:0]  r_data;
  reg  [1:0]        r_resp;

  wire [LANES-1:0]              act_lanes;
  wire [ACT_ADDR_W-1:0]         act_addr;
  wire [BEAT_WORDS-1:0]         act_words;
  wire [BEAT_WORDS*GROUP*8-1:0] act_data;
  wire                          weight_en, index_en, sched_en, param_en, table_en;
  wire [WEIGHT_ADDR_W-1:0]      weight_addr;
  wire [WEIGHT_WORD_W-1:0]      weight_data;
  wire [INDEX_ADDR_W-1:0]       index_addr;
  wire [INDEX_WORD_W-1:0]       index_data;
  wire [SCHED_ADDR_W-1:0]       sched_addr;
  wire [31:0]                   sched_data;
  wire [PARAM_ADDR_W-1:0]       param_addr;
  wire [PARAM_WORD_W-1:0]       param_data;
  wire [TABLE_ADDR_W-1:0]       table_addr;
  wire [31:0]                   table_data;
  wire                          idle;
  wire                          walker_err, writer_err;
  wire [7:0]                    walker_code, writer_code;
  wire [ADDR_W-1:0]             walker_addr, writer_addr;

  dut_load u_dut (
    .clk_i(clk), .rst_i(rst), .base_i(base),
    .cmd_valid_i(cmd_valid), .cmd_ready_o(cmd_ready), .cmd_data_i(cmd_valid ? commands[next] : 32'hx),
    .compute_to_load_avail_i(avail_a), .compute_to_load_pop_o(pop_a),
    .store_to_load_avail_i(avail_b), .store_to_load_pop_o(pop_b),
    .load_to_compute_push_o(push),
    .ar_valid_o(ar_valid), .ar_ready_i(ar_ready), .ar_addr_o(ar_addr), .ar_len_o(ar_len),
    .r_valid_i(r_valid), .r_data_i(r_data), .r_resp_i(r_resp),
    .act_wr_lanes_o(act_lanes), .act_wr_addr_o(act_addr), .act_wr_words_o(act_words), .act_wr_data_o(act_data),
    .weight_wr_en_o(weight_en), .weight_wr_addr_o(weight_addr), .weight_wr_data_o(weight_data),
    .index_wr_en_o(index_en), .index_wr_addr_o(index_addr), .index_wr_data_o(index_data),
    .sched_wr_en_o(sched_en), .sched_wr_addr_o(sched_addr), .sched_wr_data_o(sched_data),
    .param_wr_en_o(param_en), .param_wr_addr_o(param_addr), .param_wr_data_o(param_data),
    .table_wr_en_o(table_en), .table_wr_addr_o(table_addr), .table_wr_data_o(table_data),
    .idle_o(idle),
    .walker_err_valid_o(walker_err), .walker_err_code_o(walker_code), .walker_err_addr_o(walker_addr),
    .writer_err_valid_o(writer_err), .writer_err_code_o(writer_code), .writer_err_addr_o(writer_addr)
  );

  function chance(input integer of_eight);
    chance = ($unsigned($random(seed)) % 8) < of_eight;
  endfunction

  // Bursts wait here until their time has come.
  reg [ADDR_W-1:0]  queue_addr [0:QUEUE-1];
  integer           queue_time [0:QUEUE-1];
  integer           queue_len [0:QUEUE-1];
  integer           head = 0;
  integer           tail = 0;
  integer           beat = 0;
  reg  [ADDR_W-1:0] offset;

  always @(negedge clk) begin
    cmd_valid = ~rst & (next < COMMAND_WORDS) & ~chance(STALL);
    ar_ready  = ~chance(STALL);
    avail_a   = ~chance(STALL);
    avail_b   = ~chance(STALL);
    r_valid   = (head != tail) & (cycle >= queue_time[head % QUEUE]) & ~chance(STALL);
    r_data    = {BUS_W{1'bx}};
    r_resp    = 2'bxx;
    if (r_valid) begin
      offset = queue_addr[head % QUEUE] - base;
      r_data = memory[offset[BYTE_W +: 17] + beat];
      r_resp = (offset[BYTE_W +: 17] + beat == BAD_BEAT) ? BAD_RESP : 2'b00;
    end
  end

  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cmd_valid & cmd_ready) next <= next + 1;
    if (ar_valid & ar_ready & ~rst) begin
      queue_addr[tail % QUEUE] = ar_addr;
      queue_time[tail % QUEUE] = cycle + LATENCY + (STALL != 0 ? $unsigned($random(seed)) % 16 : 0);
      queue_len[tail % QUEUE]  = ar_len;
      tail = tail + 1;
      if (ar_addr[BYTE_W-1:0] != 0) $display("bad: address %h is not aligned", ar_addr);
      if (ar_addr[11:BYTE_W] + ar_len > 12'hfff >> BYTE_W) $display("bad: burst %h + %0d crosses 4 KiB", ar_addr, ar_len);
      if (ar_len > 15) $display("bad: burst of %0d", ar_len);
    end
    if (r_valid) begin
      if (~u_dut.u_beats.in_ready_o) $display("bad: a beat came without room");
      if (beat == queue_len[head % QUEUE]) begin
        head = head + 1;
        beat = 0;
      end else beat = beat + 1;
    end
    if (~rst) begin
      if (|act_lanes) $display("act %h %h %h %h", act_lanes, act_addr, act_words, act_data);
      if (weight_en) $display("weight %h %h", weight_addr, weight_data);
      if (index_en) $display("index %h %h", index_addr, index_data);
      if (sched_en) $display("sched %h %h", sched_addr, sched_data);
      if (param_en) $display("param %h %h", param_addr, param_data);
      if (table_en) $display("table %h %h", table_addr, table_data);
      if (pop_a) $display("pop compute_to_load %b", avail_a);
      if (pop_b) $display("pop store_to_load %b", avail_b);
      if (walker_err) $display("err %0d %h", walker_code, walker_addr);
      if (writer_err) $display("err %0d %h", writer_code, writer_addr);
      if (walker_err | writer_err) error_cycle = cycle;
      if (push) begin
        $display("push");
        pushes = pushes + 1;
      end
    end
  end

  initial begin
    $readmemh("commands.hex", commands);
    $readmemh("memory.hex", memory);
    repeat (3) @(negedge clk);
    rst = 0;
    while (pushes < PUSHES && cycle < 60000 && (error_cycle == 0 || cycle < error_cycle + 500)) @(negedge clk);
    repeat (4) @(negedge clk);
    $display("end cycle %0d idle %b open %0d", cycle, idle, tail - head);
    $finish;
  end
endmodule
