// SPDX-License-Identifier: Apache-2.0
/** Owns the one interface of the simulators: design in, binary, session; knows no tool. */

/** A design with its testbench, as texts by relative path. */
export interface SimDesign {
  /** Prefix of the module names; the tops are `<prefix>_tb_top` and `<prefix>_tb_icarus`. */
  readonly prefix: string;
  readonly rtl: ReadonlyMap<string, string>;
  /** As `renderTestbench` gives it. */
  readonly tb: ReadonlyMap<string, string>;
}

export interface BuildOptions {
  /** Bytes of the testbench's memory, rounded up to a power of two. Default 4 MiB. */
  readonly memoryBytes?: number;
  /** Protocol checkers; default true. */
  readonly check?: boolean;
  /** Able to write waveforms of this format, FST for `true` (Verilator is slower then); default false. */
  readonly trace?: boolean | TraceFormat;
}

export interface Simulator {
  readonly name: 'icarus' | 'verilator';
  /** Name and version of the tool. */
  version(): Promise<string>;
  /** Compiles, or finds the result of an equal build in the cache. */
  build(design: SimDesign, options?: BuildOptions): Promise<SimBinary>;
}

/** Settings of the testbench's memory and host; docs/testbench.md. Numbers up to 2**53. */
export type MemorySettings = {
  readonly [K in SettingName]?: number | bigint;
};

export const SETTING_NAMES = [
  'latency', 'read_latency', 'write_latency', 'jitter',
  'stall', 'stall_ar', 'stall_r', 'stall_aw', 'stall_w', 'stall_b',
  'read_rate', 'write_rate', 'outstanding', 'reorder', 'base',
  'error_lo', 'error_hi', 'error_resp', 'error_dir', 'seed', 'lite_stall', 'lite_timeout',
] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

export type TraceFormat = 'fst' | 'vcd';

export interface TraceOptions {
  /** Waveform file; the ending .vcd makes it VCD, everything else FST. The build must be of the same format. */
  readonly file: string;
  /** First cycle and the cycle after the last; without them `setTrace` switches. */
  readonly start?: number;
  readonly stop?: number;
}

export interface SessionOptions {
  /** Of the memory's random choices and of the initial state in Verilator. Default 1. */
  readonly seed?: number;
  readonly settings?: MemorySettings;
  /** Needs a build with `trace`. */
  readonly trace?: TraceOptions;
  /** Called with every line that is no reply: checker messages, $display of the design. */
  readonly onLog?: (line: string) => void;
}

export interface SimBinary {
  readonly simulator: Simulator['name'];
  /** Folder in the cache. */
  readonly folder: string;
  /** True if it came from the cache. */
  readonly cached: boolean;
  start(options?: SessionOptions): Promise<SimSession>;
}

export interface Mismatch {
  readonly address: number;
  /** Two hex digits; x where the simulator does not know. */
  readonly found: string;
  readonly expected: string;
}

export interface SimStats {
  /** Protocol violations. */
  readonly violations: number;
  readonly openReads: number;
  readonly openWrites: number;
  /** Beats since the last hard reset. */
  readonly readBeats: number;
  readonly writeBeats: number;
  /** Cycles since the start of the simulation. */
  readonly cycle: number;
}

export interface Verdict {
  readonly passed: boolean;
  readonly violations: number;
  readonly cycle: number;
  /** The host's last line. */
  readonly line: string;
}

/** A running simulation. Calls may be issued without waiting; they are executed in order. */
export interface SimSession {
  /** AXI4-Lite write; resolves with the cycle of the response. */
  writeReg(offset: number, value: number): Promise<number>;
  readReg(offset: number): Promise<number>;
  /** Waits for the interrupt; undefined after `timeoutCycles` without one. */
  waitIrq(timeoutCycles: number): Promise<{ readonly waited: number; readonly cycle: number } | undefined>;
  wait(cycles: number): Promise<number>;
  /** Addresses are bus addresses. */
  loadMemory(bytes: Uint8Array, address: number): Promise<void>;
  dumpMemory(address: number, length: number): Promise<Uint8Array>;
  /** First byte that differs; unlike a dump it sees X. */
  compareMemory(bytes: Uint8Array, address: number): Promise<Mismatch | undefined>;
  poke(address: number, word: number): Promise<void>;
  /** Eight hex digits, x where unknown. */
  peek(address: number): Promise<string>;
  configure(settings: MemorySettings): Promise<void>;
  setTrace(on: boolean): Promise<void>;
  /** Pulse of the hard reset; memory and settings stay. */
  reset(): Promise<void>;
  stats(): Promise<SimStats>;
  /** Lines that were no reply, so far. */
  readonly log: readonly string[];
  /** Ends the simulation; the verdict is the host's. */
  close(): Promise<Verdict>;
}
