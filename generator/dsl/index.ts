// SPDX-License-Identifier: Apache-2.0
/** The description language, in one place; re-exports only. */
export type { Expression, Integer } from './expression.js';
export { literal } from './expression.js';
export { parameter } from './parameter.js';
export type { Parameter, ParameterReferences, Parameters } from './parameter.js';
export { clock, input, output, reset } from './port.js';
export type { InputPort, OutputPort, Port, PortOptions, Ports } from './port.js';
export { connectStream, stream } from './stream.js';
export type { StreamConnection, StreamDirection, StreamFields, StreamNets, StreamPorts } from './stream.js';
export { axi4Lite, axi4Master, axi4ReadMaster, axi4WriteMaster } from './bus.js';
export type { Axi4Widths, BusWidths } from './bus.js';
export { allBits, and, anyBit, bits, concat, not, open, or, replicate, xor } from './signal.js';
export type { Open, Reference, Slice, Source, Target } from './signal.js';
export type { Body, Connections, InstanceOptions, MemoryOptions, Scope } from './body.js';
export type { MemoryArray, Module, ModuleDoc, TemplateSource, View } from './module.js';
export { defineModule } from './define-module.js';
export type { ModuleSpec } from './define-module.js';
export { ramSdp } from './memory.js';
export { startingWith } from './select.js';
