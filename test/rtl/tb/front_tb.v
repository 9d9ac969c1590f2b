// SPDX-License-Identifier: Apache-2.0
// Control, fetch, dispatch and read arbiter under a host script (script.txt: op a b, hexadecimal):
// w addr data | r addr 0 | idle 0 0 (poll STATUS until BUSY falls) | delay cycles 0 | error code addr | push n 0 |
// strobe s 0 (of later writes) | post addr data (a write whose response waits) | take n 0 (n responses) |
// ack 0 0 (take a response, so that the write behind it happens, in the cycle of the DONE event) |
// mute 1|0 0 (the memory stops answering) | quietly 1|0 0 (no cycle classes: no steps) | beats 0 0 | rst 0 0 | irq 0 0 (print the pin)
// Prints: load|compute|store <word> | r <addr> <data> | irq <level> | idle <cycles> | bad: ...
`timescale 1ns/1ns

module front_tb;
  parameter BUS_W    = 64;
  parameter ADDR_W   = 32;
  parameter ID_W     = 4;
  parameter LATENCY  = 20;
  parameter STALL    = 0;       // chance of a pause on every channel, of 8
  parameter OTHERS   = 0;       // chance of a loader burst a cycle, of 8
  parameter BASE_HI  = 0;
  parameter BAD_BEAT = -1;      // beat of the memory that answers with BAD_RESP
  parameter BAD_RESP = 2;
  parameter SEED     = 1;

  localparam QUEUE  = 1024;
  localparam BEATS  = 16384 / (BUS_W / 8);
  localparam BYTE_W = $clog2(BUS_W / 8);

  wire [63:0] base = {BASE_HI[31:0], 32'hffff_f000};

  reg              clk = 0;
  reg              rst = 1;
  integer          seed = SEED;
  integer          cycle = 0;
  reg              mute = 0;
  reg              quietly = 0;
  reg  [BUS_W-1:0] memory [0:BEATS-1];

  always #5 clk = ~clk;

  function chance(input integer of_eight);
    chance = ($unsigned($random(seed)) % 8) < of_eight;
  endfunction

  // Host.
  reg  [11:0] awaddr = 0, araddr = 0;
  reg  [31:0] wdata = 0;
  reg  [3:0]  wstrb = 4'hf;
  reg         awvalid = 0, wvalid = 0, bready = 0, arvalid = 0, rready = 0;
  wire        awready, wready, bvalid, arready, rvalid, irq, core_rst, halt;
  wire [1:0]  bresp, rresp;
  wire [31:0] rdata;
  // Memory.
  wire [ID_W-1:0]   m_arid;
  wire [ADDR_W-1:0] m_araddr;
  wire [7:0]        m_arlen;
  wire [2:0]        m_arsize, m_arprot;
  wire [1:0]        m_arburst;
  wire [3:0]        m_arcache;
  wire              m_arvalid, m_rready;
  reg               m_arready = 0, m_rvalid = 0, m_rlast = 0;
  reg  [ID_W-1:0]   m_rid = 0;
  reg  [BUS_W-1:0]  m_rdata = 0;
  reg  [1:0]        m_rresp = 0;
  // Units.
  wire        load_valid, compute_valid, store_valid;
  reg         load_ready = 0, compute_ready = 0, store_ready = 0;
  wire [31:0] load_data, compute_data, store_data;
  reg         busy_unit = 0, push = 0, err_valid = 0;
  reg  [7:0]  err_code = 0;
  reg  [ADDR_W-1:0] err_addr = 0;
  reg  [6:0]  classes = 0;
  reg         other_valid = 0;
  wire        other_ready, other_r;
  reg  [7:0]  other_len = 0;
  integer     other_expected = 0;
  reg         other_held = 0;

  dut_front u_dut (
    .clk_i(clk), .rst_i(rst), .irq_o(irq), .core_rst_o(core_rst), .halt_o(halt),
    .s_axil_awaddr(awaddr), .s_axil_awprot(3'd0), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
    .s_axil_wdata(wdata), .s_axil_wstrb(wstrb), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
    .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
    .s_axil_araddr(araddr), .s_axil_arprot(3'd0), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
    .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
    .m_axi_arid(m_arid), .m_axi_araddr(m_araddr), .m_axi_arlen(m_arlen), .m_axi_arsize(m_arsize), .m_axi_arburst(m_arburst),
    .m_axi_arcache(m_arcache), .m_axi_arprot(m_arprot), .m_axi_arvalid(m_arvalid), .m_axi_arready(m_arready),
    .m_axi_rid(m_rid), .m_axi_rdata(m_rdata), .m_axi_rresp(m_rresp), .m_axi_rlast(m_rlast), .m_axi_rvalid(m_rvalid), .m_axi_rready(m_rready),
    .load_cmd_valid_o(load_valid), .load_cmd_ready_i(load_ready), .load_cmd_data_o(load_data),
    .compute_cmd_valid_o(compute_valid), .compute_cmd_ready_i(compute_ready), .compute_cmd_data_o(compute_data),
    .store_cmd_valid_o(store_valid), .store_cmd_ready_i(store_ready), .store_cmd_data_o(store_data),
    .idle_i(~busy_unit), .push_i(push), .unit_err_valid_i(err_valid), .unit_err_code_i(err_code), .unit_err_addr_i(err_addr),
    .classes_i(classes), .write_quiet_i(1'b1),
    .other_valid_i(other_valid), .other_ready_o(other_ready), .other_addr_i({ADDR_W{1'b0}} | base[ADDR_W-1:0]), .other_len_i(other_len), .other_r_valid_o(other_r)
  );

  // The two ids are answered independently, so their beats interleave.
  reg [ADDR_W-1:0] queue_addr [0:2*QUEUE-1];
  integer          queue_time [0:2*QUEUE-1];
  integer          queue_len [0:2*QUEUE-1];
  integer          head [0:1];
  integer          tail [0:1];
  integer          beat [0:1];
  integer          i;
  integer          id;
  integer          slot;
  integer          beats_taken = 0;
  reg [ADDR_W-1:0] offset;
  reg              was_halted = 0;
  reg              was_waiting = 0;
  reg [ADDR_W+7:0] was_offered = 0;
  integer          writes_seen = 0;
  integer          responses_seen = 0;
  integer          limit;

  initial for (i = 0; i < 2; i = i + 1) begin head[i] = 0; tail[i] = 0; beat[i] = 0; end

  always @(negedge clk) begin
    load_ready    = ~chance(STALL);
    compute_ready = ~chance(STALL);
    store_ready   = ~chance(STALL);
    classes       = quietly ? 7'd0 : $random(seed);
    m_arready     = ~mute & ~chance(STALL);
    if (~other_held) begin
      other_valid = ~core_rst & ~halt & chance(OTHERS);
      other_len   = $random(seed) & 8'h0f;
    end
    id       = $unsigned($random(seed)) % 2;
    if (head[id] == tail[id]) id = 1 - id;
    slot     = id * QUEUE + head[id] % QUEUE;
    m_rvalid = ~mute & (head[id] != tail[id]) & (cycle >= queue_time[slot]) & ~chance(STALL);
    m_rid    = m_rvalid ? id : {ID_W{1'bx}};
    m_rlast  = m_rvalid ? beat[id] == queue_len[slot] : 1'bx;
    m_rdata  = {BUS_W{1'bx}};
    m_rresp  = 2'bxx;
    if (m_rvalid) begin
      offset  = queue_addr[slot] - base;
      m_rdata = memory[(offset >> BYTE_W) + beat[id]];
      m_rresp = ((offset >> BYTE_W) + beat[id] == BAD_BEAT && id == 0) ? BAD_RESP : 2'b00;
    end
  end

  always @(posedge clk) begin
    cycle <= cycle + 1;
    other_held <= other_valid & ~other_ready & ~halt;
    if (other_valid & other_ready & ~core_rst) other_expected = other_expected + other_len + 1;
    if (other_r & ~core_rst) other_expected = other_expected - 1;
    if (m_arvalid & ~was_waiting & was_halted & ~rst) $display("bad: a new burst after halt");
    was_halted  <= halt;
    was_waiting <= m_arvalid & ~m_arready & ~rst;
    was_offered <= {m_araddr, m_arlen};
    if (was_waiting & ~rst & (~m_arvalid | was_offered != {m_araddr, m_arlen})) $display("bad: an offered burst is withdrawn");
    if (u_dut.u_control.u_slave.write_o & ~rst) writes_seen = writes_seen + 1;
    if (bvalid & bready & ~rst) responses_seen = responses_seen + 1;
    if (m_arvalid & m_arready & ~rst) begin
      id   = m_arid[0];
      slot = id * QUEUE + tail[id] % QUEUE;
      queue_addr[slot] = m_araddr;
      queue_len[slot]  = m_arlen;
      queue_time[slot] = cycle + LATENCY;
      tail[id] = tail[id] + 1;
      if (m_araddr[11:BYTE_W] + m_arlen > 12'hfff >> BYTE_W) $display("bad: burst crosses 4 KiB");
      if (m_araddr[BYTE_W-1:0] != 0 | m_arburst != 2'b01 | m_arsize != BYTE_W) $display("bad: burst type");
    end
    if (m_rvalid) begin
      if (~m_rready) $display("bad: rready is low");
      id = m_rid[0];
      if (m_rlast) begin
        head[id] = head[id] + 1;
        beat[id] = 0;
      end else beat[id] = beat[id] + 1;
      beats_taken = beats_taken + 1;
    end
    if (core_rst & ~rst & (head[0] != tail[0] | head[1] != tail[1]) & ~mute) $display("bad: reset with an open burst");
    if (~core_rst) begin
      if (load_valid & load_ready) $display("load %h", load_data);
      if (compute_valid & compute_ready) $display("compute %h", compute_data);
      if (store_valid & store_ready) $display("store %h", store_data);
      busy_unit <= chance(2) | (load_valid & load_ready) | (compute_valid & compute_ready) | (store_valid & store_ready);
    end
  end

  task host_post(input [31:0] addr, input [31:0] data);
    reg aw, w;
    begin
      awaddr = addr; wdata = data; aw = 0; w = 0;
      if (chance(4)) awvalid = 1; else wvalid = 1;     // in any order
      while (~aw | ~w) begin
        @(posedge clk);
        aw = aw | (awvalid & awready);
        w  = w | (wvalid & wready);
        @(negedge clk);
        awvalid = ~aw;
        wvalid  = ~w;
      end
    end
  endtask

  task host_take;
    begin
      bready = 1;
      @(posedge clk);
      limit = cycle + 20000;
      while (~bvalid & cycle < limit) @(posedge clk);
      if (~bvalid) $display("bad: no response");
      if (bresp != 0) $display("bad: bresp");
      @(negedge clk) bready = 0;
    end
  endtask

  task host_write(input [31:0] addr, input [31:0] data);
    begin
      host_post(addr, data);
      while (chance(STALL)) @(negedge clk);
      host_take;
    end
  endtask

  reg [31:0] value;

  task host_read(input [31:0] addr);
    begin
      araddr = addr; arvalid = 1;
      @(posedge clk);
      while (~arready) @(posedge clk);
      @(negedge clk) arvalid = 0;
      araddr = 12'hxxx;
      while (chance(STALL)) @(negedge clk);
      rready = 1;
      @(posedge clk);
      while (~rvalid) @(posedge clk);
      value = rdata;
      if (rresp != 0) $display("bad: rresp");
      @(negedge clk) rready = 0;
    end
  endtask

  integer     fd, count;
  reg [63:0]  op;
  reg [31:0]  a;
  reg [63:0]  b;

  initial begin
    $readmemh("memory.hex", memory);
    fd = $fopen("script.txt", "r");
    repeat (3) @(negedge clk);
    rst = 0;
    repeat (8) @(negedge clk);
    count = $fscanf(fd, "%s %h %h", op, a, b);
    while (count == 3) begin
      case (op)
        "w":     host_write(a, b[31:0]);
        "r":     begin host_read(a); $display("r %h %h", a[11:0], value); end
        "idle": begin
          limit = cycle + 40000;
          value = 1;
          while (value[0] & cycle < limit) host_read(12'h014);
          $display("idle %0d", value[0] === 1'b0);
        end
        "strobe": wstrb = a[3:0];
        "post":  host_post(a, b[31:0]);
        "take":  repeat (a) host_take;
        "ack": begin
          limit = cycle + 20000;
          while (u_dut.u_control.u_run.done_event_o !== 1'b1 & cycle < limit) @(negedge clk);
          if (cycle >= limit) $display("bad: no DONE");
          host_take;
          host_take;
        end
        "delay": repeat (a) @(negedge clk);
        "error": begin
          err_valid = 1; err_code = a; err_addr = b[ADDR_W-1:0];
          @(negedge clk) err_valid = 0;
        end
        "push":  begin push = 1; repeat (a) @(negedge clk); push = 0; end
        "mute":  mute = a[0];
        "quietly": quietly = a[0];
        "rst":   begin rst = 1; @(negedge clk); @(negedge clk); rst = 0; repeat (8) @(negedge clk); end
        "irq":   $display("irq %b", irq);
        "beats": begin $display("beats %0d", beats_taken); beats_taken = 0; end
        default: $display("bad: op %0s", op);
      endcase
      count = $fscanf(fd, "%s %h %h", op, a, b);
    end
    repeat (4) @(negedge clk);
    $display("answers %0d of %0d", responses_seen, writes_seen);
    if (bvalid) $display("bad: a response to nothing");
    if (OTHERS == 0 && other_expected != 0) $display("bad: loader beats");
    $finish;
  end
endmodule
