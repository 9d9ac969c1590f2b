// SPDX-License-Identifier: Apache-2.0
/** Place and route, in one place; re-exports only. */
export { absorbRegisters, type Absorbed } from './absorb-registers.js';
export { DEVICES, PNR_TARGETS, PNR_TOOLS, SPEED_GRADES, type PnrTarget, type SpeedGrade } from './devices.js';
export { PlaceAndRouteError } from './errors.js';
export type { Bit, Cell, Module, Netlist } from './netlist.js';
export { netlistScript, placeAndRoute, requireNextpnr, type PnrOptions, type PnrResult } from './place-and-route.js';
export { parseReport, registerName, type CriticalPath, type PnrReport } from './report.js';
