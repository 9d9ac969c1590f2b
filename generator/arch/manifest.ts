// SPDX-License-Identifier: Apache-2.0
/** Owns the content of accel.json but its file hashes: what a driver, a build script or a reader wants to know of one accelerator. */
import { configHash } from './config-hash.js';
import type { AccelConfig } from './config.js';
import { derive, type Derived } from './derive.js';
import { predictDsp } from './predict-dsp.js';
import { CORE_ID, ERROR_CODES, INTERFACE_VERSION, REGISTERS, type Register } from './registers.js';
import { predictXc7Memory, type MemoryShape, type Xc7Memory } from './xc7-memory.js';

/** A memory of the design and how often it occurs. */
export interface DesignMemory extends MemoryShape {
  /** Place in the hierarchy, loops as `gen_lane[*]`. */
  readonly path: string;
  readonly count: number;
}

/** What a target needs of its scarce resources; synthesis gives exactly these. */
export interface Prediction {
  readonly generic: { readonly memoryBits: number; readonly multipliers: number };
  readonly xc7: { readonly RAMB36E1: number; readonly RAMB18E1: number; readonly DSP48E1: number };
}

export interface Manifest {
  readonly version: string;
  readonly configHash: string;
  /** Of registers and instructions: major.minor. */
  readonly interfaceVersion: string;
  readonly coreId: number;
  readonly config: AccelConfig;
  readonly derived: Derived;
  /** Name of the top module. */
  readonly top: string;
  /** Verilog files of the core, dependencies first. */
  readonly verilog: readonly string[];
  readonly predicted: Prediction;
  readonly memories: readonly (DesignMemory & { readonly xc7: Xc7Memory })[];
  readonly registers: Readonly<Record<string, Register>>;
  readonly errorCodes: typeof ERROR_CODES;
}

export interface ManifestInput {
  readonly config: AccelConfig;
  readonly version: string;
  readonly top: string;
  readonly verilog: readonly string[];
  readonly memories: readonly DesignMemory[];
}

/** Sums of what each memory and multiplier becomes. */
export function predict(config: AccelConfig, memories: readonly DesignMemory[]): Prediction {
  const dsp = predictDsp(config);
  let [memoryBits, ramb36, ramb18] = [0, 0, 0];
  for (const memory of memories) {
    const xc7 = predictXc7Memory(memory);
    memoryBits += memory.count * memory.widthBits * memory.depth;
    ramb36 += memory.count * xc7.ramb36;
    ramb18 += memory.count * xc7.ramb18;
  }
  return {
    generic: { memoryBits, multipliers: dsp.multipliers },
    xc7: { RAMB36E1: ramb36, RAMB18E1: ramb18, DSP48E1: dsp.dsp48 },
  };
}

export function buildManifest(input: ManifestInput): Manifest {
  const { config, version, top, verilog, memories } = input;
  return {
    version,
    configHash: configHash(config),
    interfaceVersion: `${INTERFACE_VERSION >>> 16}.${INTERFACE_VERSION & 0xffff}`,
    coreId: CORE_ID,
    config,
    derived: derive(config),
    top,
    verilog,
    predicted: predict(config, memories),
    memories: memories.map((memory) => ({ ...memory, xc7: predictXc7Memory(memory) })),
    registers: REGISTERS,
    errorCodes: ERROR_CODES,
  };
}
