// SPDX-License-Identifier: Apache-2.0
/** Whole TFLite networks on the generated Verilog: every bit of every layer; two inputs each, twenty with GEN_ACCEL_REGRESS=1. */
import { expect, it } from 'vitest';
import { hostShare } from '../../generator/estimate/operations.js';
import { INPUTS, missingFiles, SUBJECTS } from '../../bench/networks/subjects.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { rtlOpener } from '../../sim/run/rtl-array.js';
import { simulateNetwork } from '../../sim/run/simulate-network.js';
import { createSimulator } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { keepBalanced } from '../support/compile-layer.js';
import { dataRequired } from '../support/data.js';

const COUNT = process.env['GEN_ACCEL_REGRESS'] === '1' ? INPUTS : 2;
const LATENCY = 20;
const hasVerilator = (await findTool('verilator')) !== undefined;
const config = validateConfig({ pes: 16, group: 8, requant: 2 });
const open = rtlOpener({
  config, simulator: createSimulator('verilator'), seed: 1, settings: { latency: LATENCY },
  generate: { buildTop: buildCore, templates: loadTemplates(), version: '0.0.0' },
});

/** Networks whose cycles are close to the law's sum. */
const LAW_BAR = 0.9;
const AT_THE_LAW = new Set(['resnet8', 'resnet8, 2 of 8', 'person_detect']);

it.for(SUBJECTS)('$name: every layer has the golden bits, softmax and shape changes alone are the host’s, the cycle model is right', { timeout: 600_000 }, async (source, { skip }) => {
  const missing = missingFiles(source);
  if (missing.length > 0 && dataRequired) throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);
  if (missing.length > 0) skip(`no data: ${missing.join(', ')}`);
  if (!hasVerilator) skip('no Verilator');

  const { network, images, recorded } = source.load(COUNT);
  const batch = Math.min(source.batch ?? 1, COUNT);
  const prune = source.keep === undefined ? undefined : keepBalanced(network, config.group, source.keep);
  const { result } = await simulateNetwork({
    network, config, prune, images, batch, seed: 1, rows: false, dense: false, open,
    about: { simulator: 'verilator', memory: { latency: LATENCY, stall: 0, seed: 1 } },
  });
  expect(result).toMatchObject({ bitExact: true, mismatch: null, protocolViolations: 0, images: COUNT });
  const stored = result.layers.filter(({ place }) => place !== 'host' && place !== 'memory');
  expect(stored.length).toBeGreaterThan(0);
  expect(stored.filter(({ bitExact }) => bitExact !== true)).toEqual([]);

  const compiled = compileNetwork(network, prune, config, { batch });
  expect(network.ops.filter(({ name, kind }) => compiled.places.get(name) === 'host' && kind !== 'softmax' && kind !== 'reshape')).toEqual([]);
  expect(hostShare(network, compiled.places)).toBeLessThan(0.001);
  images.forEach(({ data }, i) => {
    if (recorded[i] !== undefined) expect(goldenOutput(network, runGolden(network, data)).data).toEqual(recorded[i]);
  });

  const { cycles, lawCycles } = result.totals;
  if (AT_THE_LAW.has(source.name)) expect(lawCycles / (cycles as number)).toBeGreaterThan(LAW_BAR);
  const estimate = estimateProgram(compiled, { readLatency: LATENCY, writeLatency: LATENCY }).totals.cycles / batch;
  expect(Math.abs(estimate / (cycles as number) - 1)).toBeLessThan(0.01);
});
