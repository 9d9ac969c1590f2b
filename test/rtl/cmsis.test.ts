// SPDX-License-Identifier: Apache-2.0
/** CMSIS-NN cases on the generated Verilog, one after the other on one core: the bits that the TFLite interpreter gave. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { runGolden } from '../../generator/model/golden.js';
import type { ArrayExecutor } from '../../sim/run/array-executor.js';
import { formatMismatch } from '../../sim/run/mismatch.js';
import { openRtlArray } from '../../sim/run/rtl-array.js';
import { loadConstants, runNetwork, scramble } from '../../sim/run/run-network.js';
import { createVerilator, type SimBinary } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { CMSIS_CASES, cmsisNames, hasCmsisCases } from '../support/cmsis-cases.js';
import { cmsisNetwork } from '../support/cmsis-networks.js';
import { coreDesign } from '../support/core-design.js';

const config = validateConfig({ pes: 16, group: 8 });
const MEMORY_BYTES = 1 << 22;
/** The host computes it. */
const HOST = ['softmax'];
const hasVerilator = (await findTool('verilator')) !== undefined;
const names = cmsisNames.filter((name) => !HOST.includes(name));

describe.skipIf(!hasCmsisCases || !hasVerilator)('CMSIS-NN cases in RTL', () => {
  let binary: SimBinary;
  let core: ArrayExecutor | undefined;
  const exact: string[] = [];
  let images = 0;

  const open = () => openRtlArray(binary, config, { seed: 1, settings: { latency: 20, stall: 10 } });

  beforeAll(async () => {
    binary = await createVerilator().build(coreDesign(config), { memoryBytes: MEMORY_BYTES });
  }, 300_000);
  afterAll(async () => {
    await core?.close();
    console.log(`CMSIS-NN: ${exact.length} of ${names.length} cases in RTL equal the recorded outputs (${images} images); by the host: ${HOST.join(', ')}`);
  });

  it.each(names)('%s', async (name) => {
    const { network, images: inputs, expected } = cmsisNetwork(name);
    const compiled = compileNetwork(network, undefined, config);
    expect([...compiled.places.values()].filter((place) => place === 'host').length).toBe(name === 'ds_cnn_s' ? 1 : 0);
    const executor = core ?? (await open());
    core = undefined;
    try {
      await loadConstants(executor, compiled);
      for (const [i, image] of inputs.entries()) {
        await scramble(executor, compiled, i + 1);
        const { checks, outputs } = await runNetwork({ compiled, network, executor, images: [image], golden: [runGolden(network, image)] });
        expect([...checks.values()].flatMap((mismatch) => (mismatch === undefined ? [] : [formatMismatch(mismatch)]))).toEqual([]);
        expect(outputs).toEqual([expected[i]]);
      }
      core = executor;
    } finally {
      // A case that fails does not spoil the next one.
      if (core === undefined) await executor.close();
    }
    images += inputs.length;
    exact.push(name);
  });

  it('fully_connected_w_zp, its batch of three as one program', async () => {
    const { network, images: inputs, expected } = cmsisNetwork('fully_connected_w_zp');
    const compiled = compileNetwork(network, undefined, config, { batch: inputs.length });
    core ??= await open();
    await loadConstants(core, compiled);
    const { programs, outputs } = await runNetwork({ compiled, network, executor: core, images: inputs, golden: inputs.map((image) => runGolden(network, image)) });
    expect([inputs.length, programs.length]).toEqual([3, 1]);
    expect(outputs).toEqual(expected);
  });

  it('are all there, and none broke the protocol of the bus', async () => {
    expect([exact.length, names.length]).toEqual([CMSIS_CASES - HOST.length, CMSIS_CASES - HOST.length]);
    expect(await core?.close()).toBe(0);
    core = undefined;
  });
});
