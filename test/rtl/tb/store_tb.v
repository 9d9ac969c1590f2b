// SPDX-License-Identifier: Apache-2.0
// The store unit between an output buffer and an AXI write memory. A beat counts as written when its burst is answered:
// w <address> <strobe> <data> | push compute|load | err <code> <address>
`timescale 1ns/1ns

module store_tb;
  parameter BUS_W         = 64;
  parameter ADDR_W        = 32;
  parameter ID_W          = 4;
  parameter LANES         = 1;
  parameter GROUP         = 8;
  parameter OUT_ADDR_W    = 6;
  parameter COMMAND_WORDS = 9;
  parameter PUSHES        = 1;      // the run ends after so many tokens to compute
  parameter LATENCY       = 20;     // of responses
  parameter STALL         = 0;      // chance of a pause on every channel, of 8
  parameter HALT_AT       = 0;      // cycle in which halt_i rises; 0: never
  parameter BAD_BURST     = -1;     // burst that is answered with BAD_RESP
  parameter BAD_RESP      = 2;
  parameter SEED          = 1;

  localparam QUEUE  = 4096;
  localparam BYTE_W = $clog2(BUS_W / 8);
  localparam LANE_W = (LANES > 1) ? $clog2(LANES) : 1;
  localparam WORDS  = (BUS_W > GROUP * 8) ? BUS_W / (GROUP * 8) : 1;  // of a read

  wire [ADDR_W-1:0] base = {ADDR_W{1'b0}} | 32'h8000_1000;

  reg               clk = 0;
  reg               rst = 1;
  reg               halt = 0;
  reg  [31:0]       commands [0:COMMAND_WORDS-1];
  reg  [GROUP*8-1:0] bank [0:LANES*2*(1<<OUT_ADDR_W)-1];
  integer           seed = SEED;
  integer           cycle = 0;
  integer           pushes = 0;
  integer           next = 0;
  integer           error_cycle = 0;

  always #5 clk = ~clk;

  reg                   cmd_valid = 0;
  reg                   avail = 0;
  wire                  cmd_ready, pop, push_compute, push_load;
  wire                  rd_en, rd_half;
  wire [LANE_W-1:0]     rd_lane;
  wire [OUT_ADDR_W-1:0] rd_addr;
  reg  [WORDS*GROUP*8-1:0] rd_data, rd_1, rd_2;
  wire                  idle, busy, quiet, event_any, beat_any;
  wire                  store_err, write_err;
  wire [7:0]            store_code, write_code;
  wire [ADDR_W-1:0]     store_addr, write_addr;

  wire [ID_W-1:0]       awid;
  wire [ADDR_W-1:0]     awaddr;
  wire [7:0]            awlen;
  wire [2:0]            awsize, awprot;
  wire [1:0]            awburst;
  wire [3:0]            awcache;
  wire                  awvalid, wlast, wvalid, bready;
  reg                   awready = 0, wready = 0, bvalid = 0;
  wire [BUS_W-1:0]      wdata;
  wire [BUS_W/8-1:0]    wstrb;
  reg  [1:0]            bresp;

  dut_store u_dut (
    .clk_i(clk), .rst_i(rst), .halt_i(halt), .base_i(base),
    .cmd_valid_i(cmd_valid), .cmd_ready_o(cmd_ready), .cmd_data_i(cmd_valid ? commands[next] : 32'hx),
    .compute_to_store_avail_i(avail), .compute_to_store_pop_o(pop),
    .store_to_compute_push_o(push_compute), .store_to_load_push_o(push_load),
    .out_rd_en_o(rd_en), .out_rd_half_o(rd_half), .out_rd_lane_o(rd_lane), .out_rd_addr_o(rd_addr), .out_rd_data_i(rd_data),
    .idle_o(idle), .busy_o(busy), .quiet_o(quiet), .event_o(event_any), .beat_o(beat_any),
    .store_err_valid_o(store_err), .store_err_code_o(store_code), .store_err_addr_o(store_addr),
    .write_err_valid_o(write_err), .write_err_code_o(write_code), .write_err_addr_o(write_addr),
    .m_axi_awid(awid), .m_axi_awaddr(awaddr), .m_axi_awlen(awlen), .m_axi_awsize(awsize), .m_axi_awburst(awburst),
    .m_axi_awcache(awcache), .m_axi_awprot(awprot), .m_axi_awvalid(awvalid), .m_axi_awready(awready),
    .m_axi_wdata(wdata), .m_axi_wstrb(wstrb), .m_axi_wlast(wlast), .m_axi_wvalid(wvalid), .m_axi_wready(wready),
    .m_axi_bid(awid), .m_axi_bresp(bresp), .m_axi_bvalid(bvalid), .m_axi_bready(bready)
  );

  function chance(input integer of_eight);
    chance = ($unsigned($random(seed)) % 8) < of_eight;
  endfunction

  // Output buffer: words from an address on during the third cycle after the request, undefined at any other time.
  integer w;
  always @(posedge clk) begin
    for (w = 0; w < WORDS; w = w + 1) rd_1[w*GROUP*8 +: GROUP*8] <=
      rd_en ? bank[(rd_lane * 2 + rd_half) * (1 << OUT_ADDR_W) + (rd_addr + w) % (1 << OUT_ADDR_W)] : {GROUP*8{1'bx}};
    rd_2    <= rd_1;
    rd_data <= rd_2;
  end

  // Bursts by number: address and length when accepted, beats when sent, then the time of the answer.
  reg [ADDR_W-1:0]  burst_addr [0:QUEUE-1];
  integer           burst_len [0:QUEUE-1];
  integer           burst_time [0:QUEUE-1];
  reg [BUS_W-1:0]   sent_data [0:65535];
  reg [BUS_W/8-1:0] sent_strb [0:65535];
  integer           accepted = 0;
  integer           filled = 0;
  integer           answered = 0;
  integer           beat = 0;
  integer           sent = 0;
  integer           shown = 0;
  integer           i;
  reg               held = 0;
  reg [ADDR_W+7:0]  held_aw;
  reg               held_w = 0;
  reg [BUS_W:0]     held_beat;
  reg               halted = 0;

  always @(negedge clk) begin
    cmd_valid = ~rst & (next < COMMAND_WORDS) & ~chance(STALL);
    avail     = ~chance(STALL);
    awready   = ~chance(STALL);
    wready    = ~chance(STALL);
    bvalid    = (answered != filled) & (cycle >= burst_time[answered % QUEUE]) & ~chance(STALL);
    bresp     = ~bvalid ? 2'bxx : (answered == BAD_BURST) ? BAD_RESP : 2'b00;
    if (HALT_AT != 0 && cycle == HALT_AT) halt = 1;
  end

  always @(posedge clk) if (~rst) begin
    cycle <= cycle + 1;
    if (cmd_valid & cmd_ready) next <= next + 1;
    if (pop & ~avail) $display("bad: popped without a token");
    // Protocol.
    if (held & (~awvalid | held_aw !== {awaddr, awlen})) $display("bad: the address changed while it waited");
    if (held_w & (~wvalid | held_beat[0] !== wlast)) $display("bad: the beat changed while it waited");
    if (awvalid & ~held & halted) $display("bad: a new address after halt");
    held      <= awvalid & ~awready;
    held_aw   <= {awaddr, awlen};
    held_w    <= wvalid & ~wready;
    held_beat <= {wdata, wlast};
    halted    <= halt;
    if (awvalid & (awburst != 2'b01 | awsize != BYTE_W)) $display("bad: burst type");
    if (awvalid & awready) begin
      burst_addr[accepted % QUEUE] = awaddr;
      burst_len[accepted % QUEUE]  = awlen;
      accepted = accepted + 1;
      if (awaddr[BYTE_W-1:0] != 0) $display("bad: address %h is not aligned", awaddr);
      if (awaddr[11:BYTE_W] + awlen > 12'hfff >> BYTE_W) $display("bad: burst crosses 4 KiB");
      if (awlen > 15) $display("bad: burst of %0d", awlen);
    end
    if (wvalid & wready) begin
      if (filled == accepted) $display("bad: data before its address");
      if (wlast != (beat == burst_len[filled % QUEUE])) $display("bad: wlast");
      sent_data[sent % 65536] = wdata;
      sent_strb[sent % 65536] = wstrb;
      sent = sent + 1;
      beat = beat + 1;
      if (wlast) begin
        burst_time[filled % QUEUE] = cycle + 1 + LATENCY + (STALL != 0 ? $unsigned($random(seed)) % 16 : 0);
        filled = filled + 1;
        beat = 0;
      end
    end
    if (bvalid) begin
      for (i = 0; i <= burst_len[answered % QUEUE]; i = i + 1) begin
        $display("w %h %h %h", burst_addr[answered % QUEUE] + i * (BUS_W / 8), sent_strb[shown % 65536], sent_data[shown % 65536]);
        shown = shown + 1;
      end
      answered = answered + 1;
    end
    if (push_load) $display("push load");
    if (push_compute) begin
      $display("push compute");
      pushes = pushes + 1;
    end
    if (store_err) $display("err %0d %h", store_code, store_addr);
    if (write_err) $display("err %0d %h", write_code, write_addr);
    if (store_err | write_err) error_cycle = cycle;
    if (quiet & (awvalid | wvalid | accepted != answered + bvalid | filled != accepted)) $display("bad: quiet with an open burst");
    if (busy === idle) $display("bad: busy and idle");
  end

  initial begin
    $readmemh("commands.hex", commands);
    $readmemh("bank.hex", bank);
    repeat (3) @(negedge clk);
    rst = 0;
    while (pushes < PUSHES && cycle < 60000 && (error_cycle == 0 || cycle < error_cycle + 500) && (HALT_AT == 0 || cycle < HALT_AT + 800))
      @(negedge clk);
    repeat (4) @(negedge clk);
    $display("end cycle %0d idle %b quiet %b beats %0d", cycle, idle, quiet, sent);
    $finish;
  end
endmodule
