// Drives a Verilated core with the generated C loader: a processor and a memory around the model class Vcore.
// SPDX-License-Identifier: CC0-1.0
//
// Arguments: image.bin input.bin output.bin; the files hold the image and plain NHWC int8 tensors.
// Compile with -DNETWORK=<name>_network -DNETWORK_HEADER='"<name>.h"'.
// Every callback of the loader advances the clock. The memory answers reads and writes after LATENCY cycles, one beat a
// cycle in each direction, addresses in order; what lies outside of it answers DECERR, as a bus does.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "Vcore.h"
#include "verilated.h"

#include NETWORK_HEADER

double sc_time_stamp() { return 0; }

namespace {

constexpr uint64_t kBase = 0x40000000;  // not 0, so that an address without BASE is seen
constexpr uint64_t kLatency = 20;
constexpr uint64_t kTimeout = 10000000;
constexpr uint32_t kOkay = 0, kDecodeError = 3;

class Machine {
 public:
  explicit Machine(uint32_t bytes) : memory_(bytes, 0xa5) {
    // The model begins with random inputs as with random registers.
    core_.s_axil_awvalid = core_.s_axil_wvalid = core_.s_axil_arvalid = core_.s_axil_bready = core_.s_axil_rready = 0;
    core_.s_axil_awprot = core_.s_axil_arprot = 0;
    core_.rst_i = 1;
    for (int i = 0; i < 8; ++i) cycle();
    core_.rst_i = 0;
  }

  uint64_t cycles() const { return cycles_; }
  bool irq() { return core_.irq_o; }
  void wait() { cycle(); }
  uint8_t* at(uint64_t address, uint32_t bytes) {
    const bool inside = address >= kBase && address - kBase + bytes <= memory_.size();
    return inside ? &memory_[address - kBase] : nullptr;
  }

  uint32_t readRegister(uint32_t offset) {
    core_.s_axil_araddr = offset;
    core_.s_axil_arvalid = 1;
    until([&] { return core_.s_axil_arready; });
    core_.s_axil_arvalid = 0;
    core_.s_axil_rready = 1;
    uint32_t data = 0;
    until([&] { data = core_.s_axil_rdata; return core_.s_axil_rvalid; });
    core_.s_axil_rready = 0;
    return data;
  }

  void writeRegister(uint32_t offset, uint32_t value) {
    core_.s_axil_awaddr = offset;
    core_.s_axil_wdata = value;
    core_.s_axil_wstrb = 0xf;
    core_.s_axil_awvalid = core_.s_axil_wvalid = 1;
    while (core_.s_axil_awvalid || core_.s_axil_wvalid) {
      core_.eval();
      const bool address = core_.s_axil_awready, data = core_.s_axil_wready;
      cycle();
      if (address) core_.s_axil_awvalid = 0;
      if (data) core_.s_axil_wvalid = 0;
    }
    core_.s_axil_bready = 1;
    until([&] { return core_.s_axil_bvalid; });
    core_.s_axil_bready = 0;
  }

 private:
  static constexpr uint32_t kBeat = sizeof(Vcore::m_axi_rdata);

  struct Burst { uint64_t address, due; uint32_t beats, id; };

  /** Advances the clock until the condition held at a rising edge. */
  template <typename Condition> void until(Condition condition) {
    for (uint64_t start = cycles_; cycles_ - start < kTimeout;) {
      core_.eval();
      const bool held = condition();
      cycle();
      if (held) return;
    }
    std::fprintf(stderr, "the register port does not answer\n");
    std::exit(1);
  }

  void cycle() {
    drive();
    core_.clk_i = 0;
    core_.eval();
    take();
    core_.clk_i = 1;
    core_.eval();
    ++cycles_;
  }

  /** What the memory offers in this cycle. */
  void drive() {
    core_.m_axi_arready = core_.m_axi_awready = core_.m_axi_wready = 1;
    core_.m_axi_rvalid = !reads_.empty() && reads_.front().due <= cycles_;
    if (core_.m_axi_rvalid) {
      const Burst& burst = reads_.front();
      const uint8_t* from = at(burst.address, kBeat);
      if (from) std::memcpy(&core_.m_axi_rdata, from, kBeat);
      core_.m_axi_rresp = from ? kOkay : kDecodeError;
      core_.m_axi_rid = burst.id;
      core_.m_axi_rlast = burst.beats == 1;
    }
    core_.m_axi_bvalid = !responses_.empty() && responses_.front().due <= cycles_;
    if (core_.m_axi_bvalid) {
      core_.m_axi_bid = responses_.front().id;
      core_.m_axi_bresp = at(responses_.front().address, kBeat) ? kOkay : kDecodeError;
    }
  }

  /** Handshakes of the rising edge that comes. */
  void take() {
    if (core_.rst_i) return;
    if (core_.m_axi_rvalid && core_.m_axi_rready) {
      Burst& burst = reads_.front();
      burst.address += kBeat;
      if (--burst.beats == 0) reads_.pop_front();
    }
    if (core_.m_axi_bvalid && core_.m_axi_bready) responses_.pop_front();
    if (core_.m_axi_arvalid) reads_.push_back({core_.m_axi_araddr, cycles_ + kLatency, core_.m_axi_arlen + 1u, core_.m_axi_arid});
    if (core_.m_axi_awvalid) writes_.push_back({core_.m_axi_awaddr, 0, core_.m_axi_awlen + 1u, core_.m_axi_awid});
    if (core_.m_axi_wvalid) {
      Beat beat{};
      std::memcpy(beat.data, &core_.m_axi_wdata, kBeat);
      beat.strobes = core_.m_axi_wstrb;
      data_.push_back(beat);
    }
    while (!writes_.empty() && !data_.empty()) {
      Burst& burst = writes_.front();
      if (uint8_t* to = at(burst.address, kBeat))
        for (uint32_t i = 0; i < kBeat; ++i)
          if (data_.front().strobes >> i & 1) to[i] = data_.front().data[i];
      data_.pop_front();
      burst.address += kBeat;
      if (--burst.beats > 0) continue;
      responses_.push_back({burst.address - kBeat, cycles_ + kLatency, 1, burst.id});
      writes_.pop_front();
    }
  }

  struct Beat { uint8_t data[64]; uint64_t strobes; };

  Vcore core_;
  std::vector<uint8_t> memory_;
  std::deque<Burst> reads_, writes_, responses_;
  std::deque<Beat> data_;
  uint64_t cycles_ = 0;
};

Machine& machine(void* context) { return *static_cast<Machine*>(context); }

void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

// ---- the callbacks of the loader --------------------------------------------------------------
uint32_t readRegister(void* context, uint32_t offset) { return machine(context).readRegister(offset); }
void writeRegister(void* context, uint32_t offset, uint32_t value) { machine(context).writeRegister(offset, value); }
void writeMemory(void* context, uint64_t address, const void* data, uint32_t bytes) {
  uint8_t* to = machine(context).at(address, bytes);
  if (!to) fail("the loader writes outside the memory");
  std::memcpy(to, data, bytes);
}
void readMemory(void* context, uint64_t address, void* data, uint32_t bytes) {
  const uint8_t* from = machine(context).at(address, bytes);
  if (!from) fail("the loader reads outside the memory");
  std::memcpy(data, from, bytes);
}
int waitInterrupt(void* context) {
  Machine& self = machine(context);
  for (uint64_t start = self.cycles(); !self.irq(); self.wait())
    if (self.cycles() - start > kTimeout) return 1;
  return 0;
}

std::vector<int8_t> readFile(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (!file) fail((std::string("cannot open ") + path).c_str());
  std::vector<int8_t> bytes;
  for (int byte; (byte = std::fgetc(file)) != EOF;) bytes.push_back(static_cast<int8_t>(byte));
  std::fclose(file);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) fail("usage: simulation image.bin input.bin output.bin");
  Verilated::commandArgs(argc, argv);
  const gen_accel_network& network = NETWORK;
  const std::vector<int8_t> image = readFile(argv[1]), input = readFile(argv[2]);
  const gen_accel_tensor& first = network.tensors[network.inputs[0]];
  const gen_accel_tensor& last = network.tensors[network.outputs[0]];
  if (image.size() != network.image_bytes) fail("image.bin has another size");
  if (input.size() != gen_accel_elements(&first)) fail("input.bin has another size");

  Machine machine(network.memory_bytes);
  std::vector<int8_t> scratch(network.scratch_bytes + 1), output(gen_accel_elements(&last));
  gen_accel_port port{};
  port.context = &machine;
  port.read_register = readRegister;
  port.write_register = writeRegister;
  port.write_memory = writeMemory;
  port.read_memory = readMemory;
  port.wait_interrupt = waitInterrupt;
  port.base = kBase;
  port.scratch = scratch.data();
  port.scratch_bytes = network.scratch_bytes;

  gen_accel_result result = gen_accel_check(&port, &network);
  if (result == GEN_ACCEL_OK) {
    gen_accel_load(&port, &network, image.data());
    gen_accel_write_tensor(&port, &first, input.data());
    result = gen_accel_infer(&port, &network);
  }
  if (result != GEN_ACCEL_OK) {
    std::fprintf(stderr, "result %d, error code %u, fault %llx\n", static_cast<int>(result), gen_accel_error_code(&port),
                 static_cast<unsigned long long>(gen_accel_fault(&port)));
    return 1;
  }
  gen_accel_read_tensor(&port, &last, output.data());
  std::FILE* file = std::fopen(argv[3], "wb");
  if (!file || std::fwrite(output.data(), 1, output.size(), file) != output.size()) fail("cannot write the output");
  std::fclose(file);
  std::printf("%llu cycles\n", static_cast<unsigned long long>(machine.cycles()));
  return 0;
}
