// SPDX-License-Identifier: Apache-2.0
/** Holds the committed networks for digits to their figures: accuracy in int8, zeros that are found again, every bit in RTL. */
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digitImages } from '../../examples/digits/images.js';
import { DENSE, floatDigits, GROUP, int8Digits, prunedDigits, RETRAINED, rightInt8 } from '../../examples/digits/score.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { tensorById } from '../../generator/graph/query.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { networkTable } from '../../generator/report/network-table.js';
import { rtlOpener } from '../../sim/run/rtl-array.js';
import { simulateNetwork } from '../../sim/run/simulate-network.js';
import { createSimulator } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const COUNT = regress ? 500 : 150;
const hasVerilator = (await findTool('verilator')) !== undefined;

const dense = int8Digits(floatDigits(DENSE));
const retrained = int8Digits(floatDigits(RETRAINED));
const existing = pruneNetwork(retrained, { group: GROUP, default: { existing: 'balanced' }, layers: new Map() });

it('the two files take less than a megabyte', () => {
  expect(statSync(DENSE).size + statSync(RETRAINED).size).toBeLessThan(1_000_000);
});

it('the retrained network is 2 of 8 in every layer but the first and the depthwise one, which --keep existing finds', () => {
  expect([...existing.keep]).toEqual([['conv2d_1', 'dense'], ['conv2d_2', 2], ['conv2d_3', 2], ['conv2d_4', 2], ['depthwise_1', 'dense'], ['conv2d_5', 2], ['conv2d_6', 2], ['conv2d_7', 2], ['fc_1', 2]]);
});

describe(`on ${COUNT} test images, in int8`, () => {
  const images = digitImages('test', COUNT);
  const scores = { dense: rightInt8(dense, images) / COUNT, oneShot: rightInt8(prunedDigits(dense, 2), images) / COUNT, retrained: rightInt8(prunedDigits(retrained, 'existing'), images) / COUNT };
  process.stdout.write(`digits, ${COUNT} images, int8: ${JSON.stringify(scores)}\n`);

  it('the dense network is right in more than 95 of 100', () => {
    expect(scores.dense).toBeGreaterThan(0.95);
  });

  it('2 of 8 without retraining is of little use', () => {
    expect(scores.oneShot).toBeLessThan(0.6);
  });

  it('2 of 8, retrained, loses less than 3 points', () => {
    expect(scores.dense - scores.retrained).toBeLessThan(0.03);
    expect(scores.retrained).toBeGreaterThan(0.93);
  });
});

it.skipIf(!hasVerilator)('one image on the generated Verilog: every bit, dense and 2 of 8, and the 2 of 8 more than three times as fast', { timeout: 600_000 }, async () => {
  const config = validateConfig({});
  const image = digitImages('test', 1)[0]!;
  const { quantization } = tensorById(retrained, retrained.inputs[0]!);
  const { result } = await simulateNetwork({
    network: retrained, prune: existing, config, images: [{ data: realToInt8(Float32Array.from(image.pixels), quantization), label: image.label }],
    seed: 1, rows: false, dense: true,
    open: rtlOpener({ config, simulator: createSimulator('verilator'), seed: 1, settings: { latency: 20 }, generate: { buildTop: buildCore, templates: loadTemplates(), version: '0.0.0' } }),
    about: { simulator: 'verilator', memory: { latency: 20, stall: 0, seed: 1 } },
  });
  expect(result).toMatchObject({ bitExact: true, mismatch: null, protocolViolations: 0, images: 1 });
  process.stdout.write(`digits, one image: ${result.totals.cycles} cycles, dense ${result.totals.denseCycles}\n`);
  expect(result.speedupOverDense).toBeGreaterThan(3);
  expect(result.pruning?.method).toBe('as in the model');
  expect(networkTable(result).find((line) => line.startsWith('images'))).toMatch(/^images +[01] of 1 image right$/);
});
