// SPDX-License-Identifier: Apache-2.0
/** `gen-accel pnr`: clock, cells in use and slowest path of a core, or of one of its blocks, after place and route with nextpnr. */
import { relative, resolve } from 'node:path';
import { sealManifest } from '../../arch/manifest-record.js';
import { locate } from '../../elaborate/locate.js';
import type { Design, Elaborated } from '../../elaborate/index.js';
import { generate } from '../../generate/generate.js';
import { SHELL_INPUTS, SHELL_INSTANCE, serialShell } from '../../generate/serial-shell.js';
import { pnrTable, type PathEnd, type PathPart, type PnrTable } from '../../report/pnr-table.js';
import { placeAndRoute, registerName, requireNextpnr, type CriticalPath } from '../../../sim/pnr/index.js';
import { readAccelerator } from '../config-options.js';
import { loadTemplates } from '../load-templates.js';
import { InterruptedError } from '../output-errors.js';
import { writeOutputFolder } from '../output-folder.js';
import { readPnrOptions } from '../pnr-options.js';
import type { Shell } from '../shell.js';
import { UsageError } from '../usage-error.js';
import { packageVersion } from '../version.js';

/** The files of --out are listed here, with their hashes. */
export const PNR_MANIFEST_FILE = 'pnr.json';

/** @throws UsageError */
function findBlock(design: Design, name: string | undefined): Elaborated {
  if (name === undefined) return design.top;
  const found = design.elaborated.find(({ module }) => module.name === name);
  if (found === undefined) throw new UsageError(`--block ${name} is no module of ${design.prefix}`, `Modules: ${design.modules.map((module) => module.name).join(', ')}.`);
  return found;
}

/** Yosys names a cell after a net beside it: a register of the shell may have the name of a port that it drives, so its net counts too. */
function pathEnd(block: Elaborated, cell: string, net = ''): PathEnd {
  const inside = `${SHELL_INSTANCE}.`;
  if (!cell.startsWith(inside) || net.startsWith(SHELL_INPUTS)) return { module: 'serial shell', instance: '', register: net.startsWith(SHELL_INPUTS) ? SHELL_INPUTS : registerName(cell), cell };
  const { module, instance, name } = locate(block, cell.slice(inside.length));
  return { module, instance, register: registerName(name), cell };
}

/** Cells that packing made ($nextpnr_...) count where the path was. */
export function describePath(block: Elaborated, path: CriticalPath): PnrTable['criticalPath'] {
  const parts: PathPart[] = [];
  const source = pathEnd(block, path.from, path.steps.find(({ kind }) => kind === 'net')?.net);
  let at = source;
  for (const { kind, delayNs, cell } of path.steps) {
    if (kind === 'cell' && cell !== path.from && !cell.startsWith('$')) at = pathEnd(block, cell);
    const last = parts.at(-1);
    const continued = last !== undefined && last.module === at.module && last.instance === at.instance;
    const before = continued ? last : { module: at.module, instance: at.instance, logicNs: 0, routingNs: 0 };
    const key = kind === 'cell' ? 'logicNs' : 'routingNs';
    parts.splice(continued ? parts.length - 1 : parts.length, 1, { ...before, [key]: before[key] + delayNs });
  }
  return { source, sink: pathEnd(block, path.to), delayNs: path.delayNs, logicNs: path.logicNs, routingNs: path.routingNs, parts };
}

export async function runPnr(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  const options = readPnrOptions(args);
  const { target, device, speed, seed, frequencyMhz, yosys } = options;
  const { config, indexDecoders } = await readAccelerator(args, shell.cwd);
  const templates = loadTemplates();
  const { manifest, files, design } = generate(config, { buildTop: shell.buildTop, indexDecoders, templates, version: packageVersion() });
  const block = findBlock(design, options.block);
  const wrapper = serialShell(design, block, { templates, version: packageVersion(), configHash: manifest.configHash.slice(0, 12) });
  await requireNextpnr(target); // before minutes of synthesis

  const verilog = new Map([...manifest.verilog.map((path): [string, string] => [path, files.get(path) ?? '']), [wrapper.path, wrapper.text]]);
  shell.progress?.write(`Placing ${block.module.name} of ${config.name} on ${target} ${device}: Yosys, then nextpnr, some minutes\n`);
  const result = await placeAndRoute(verilog, wrapper.top, {
    target, device, speed, seed, frequencyMhz, signal: shell.signal, ...(yosys === undefined ? {} : { yosysPath: yosys }),
  }).catch((error: unknown) => {
    throw shell.signal.aborted ? new InterruptedError('place and route') : error;
  });

  const report: PnrTable = {
    name: config.name, block: block.module.name, target, device, speed: target === 'ecp5' ? speed : null, seed, frequencyMhz, tools: result.tools,
    fmaxMhz: result.fmaxMhz, utilization: result.utilization, absorbed: result.absorbed ?? null, criticalPath: describePath(block, result.path),
  };
  const summary = { config, configHash: manifest.configHash, shell: { inputBits: wrapper.inputBits, outputBits: wrapper.outputBits }, ...report };
  if (options.json) shell.print(JSON.stringify(summary));
  else for (const line of pnrTable(report)) shell.print(line);
  if (options.out !== undefined) {
    const folder = resolve(shell.cwd, options.out);
    const kept = new Map([...result.files, [`${wrapper.top}.v`, wrapper.text]]);
    kept.set(PNR_MANIFEST_FILE, sealManifest({ version: packageVersion(), ...summary }, kept, PNR_MANIFEST_FILE));
    await writeOutputFolder(folder, kept, { force: options.force, signal: shell.signal, manifest: PNR_MANIFEST_FILE });
    if (!options.json) shell.print(`Wrote ${kept.size} files to ${relative(shell.cwd, folder) || '.'}`);
  }
}
