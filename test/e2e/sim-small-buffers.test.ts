// SPDX-License-Identifier: Apache-2.0
/**
 * The shape of ResNet-8 through the smallest buffers that hold it: every region is overwritten as early as its token allows, so a token that
 * comes too early, or is not waited for, changes a bit here.
 */
import { expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { randomInput, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { rtlOpener } from '../../sim/run/rtl-array.js';
import { simulateNetwork } from '../../sim/run/simulate-network.js';
import { createSimulator } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { keepBalanced } from '../support/compile-layer.js';

const hasVerilator = (await findTool('verilator')) !== undefined;

it.skipIf(!hasVerilator)('the tokens protect every buffer when a fast memory refills small ones', async () => {
  const network = syntheticResnet8(1);
  const config = validateConfig({ weightDepth: 256, actDepth: 512, outDepth: 128, schedDepth: 128 });
  const generate = { buildTop: buildCore, templates: loadTemplates(), version: '0.0.0' };
  for (const settings of [{ latency: 3 }, { latency: 3, stall_w: 60, stall_b: 60 }, { latency: 3, stall_r: 60 }]) {
    const { result } = await simulateNetwork({
      network, config, prune: keepBalanced(network, config.group, 2), seed: 1, rows: false, dense: false,
      images: [{ data: randomInput(network, 1) }],
      open: rtlOpener({ config, generate, simulator: createSimulator('verilator'), seed: 1, settings }),
      about: { simulator: 'verilator', memory: { latency: 3, stall: 0, seed: 1 } },
    });
    expect(result, JSON.stringify(settings)).toMatchObject({ bitExact: true, mismatch: null, protocolViolations: 0 });
  }
});
