// SPDX-License-Identifier: Apache-2.0
/** The host driver against the stand-in core. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AcceleratorHost, CoreStuckError, COUNTERS, fieldOf, withField } from '../../sim/harness/index.js';
import { createIcarus, type SimBinary, type SimSession } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { copyProgram, randomBytes } from '../contract/simulator.contract.js';
import { standinDesign } from '../support/standin.js';

const BASE = 0x12_3456_7000;

describe.skipIf((await findTool('iverilog')) === undefined)('the accelerator host', () => {
  let binary: SimBinary;
  let session: SimSession;
  beforeAll(async () => {
    binary = await createIcarus().build(standinDesign({ addr: 40 }));
  });
  afterEach(() => session.close());

  const open = async () => {
    session = await binary.start({ settings: { base: BASE } });
    return new AcceleratorHost(session);
  };
  const data = randomBytes(16 * 8 * 8, 1);
  const run = {
    base: BASE,
    programOffset: 0x1000,
    images: [{ offset: 0x1000, bytes: copyProgram(0x1_0000, 0x4_0000, 8) }, { offset: 0x1_0000, bytes: data }],
  };

  it('runs a program above 4 GiB from start to interrupt', async () => {
    const host = await open();
    const result = await host.runProgram(run);
    expect(result).toMatchObject({ status: 'done', errorCode: 0, error: undefined });
    expect(result.counters).toMatchObject({ BEATS_READ: 130, BEATS_WRITTEN: 128 });
    expect(Object.keys(result.counters).sort()).toEqual([...COUNTERS].sort());
    expect(Math.abs(result.irqCycles - result.counters.CYCLES)).toBeLessThan(4);
    expect(await session.compareMemory(data, BASE + 0x4_0000)).toBeUndefined();
  });

  it('returns the error of the core with its address', async () => {
    const host = await open();
    await session.configure({ error_lo: BASE + 0x4_0000, error_hi: BASE + 0x4_00ff, error_resp: 3, error_dir: 2 });
    const result = await host.runProgram(run);
    expect(result).toMatchObject({ status: 'error', errorCode: 8, error: 'writeDecerr', faultAddress: 0x1000 });
  });

  it('gives up when no interrupt comes', async () => {
    const host = await open();
    await session.configure({ error_lo: BASE, error_hi: BASE + 0xffff, error_resp: 1, error_dir: 1 });
    expect(await host.runProgram({ ...run, timeoutCycles: 500 })).toMatchObject({ status: 'timeout', irqCycles: 0 });
  });

  it('soft-resets and runs again', async () => {
    const host = await open();
    await host.softReset();
    expect(await host.runProgram(run)).toMatchObject({ status: 'done' });
    expect((await host.identify()).id).toBe(0x47414343);
  });

  it('says so when a soft reset does not end', async () => {
    const host = await open();
    host.read = () => Promise.resolve(withField('STATUS', 'BUSY'));
    await expect(host.softReset(40)).rejects.toThrow(CoreStuckError);
  });

  it('packs and unpacks fields by the names of the register map', async () => {
    await open();
    expect(fieldOf('SHAPE', 'LANES', withField('SHAPE', 'LANES', 13))).toBe(13);
    expect(fieldOf('SHAPE', 'REQUANT', 256 * 2 ** 20)).toBe(256);
    expect(() => fieldOf('STATUS', 'NONSENSE', 0)).toThrow(/STATUS has no field NONSENSE/);
  });
});
