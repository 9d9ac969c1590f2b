// SPDX-License-Identifier: Apache-2.0
/** What every simulator must do; run against each implementation. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGISTERS } from '../../generator/arch/registers.js';
import { createRandom } from '../../generator/core/random.js';
import type { MemorySettings, SimBinary, SimSession, Simulator } from '../../sim/simulators/index.js';
import { standinDesign } from '../support/standin.js';

const BASE = 0x10_0000;

export const randomBytes = (length: number, seed: number): Uint8Array => {
  const random = createRandom(seed);
  return Uint8Array.from({ length }, () => random.integer(0, 255));
};

/** The stand-in's program: copy `bursts` bursts of 16 beats. */
export const copyProgram = (source: number, destination: number, bursts: number): Uint8Array =>
  new Uint8Array(new Uint32Array([source, destination, bursts, 0]).buffer);

/** Runs a copy and returns the stand-in's CYCLES. */
export async function runCopy(session: SimSession, data: Uint8Array, bursts: number): Promise<number> {
  await session.loadMemory(copyProgram(0x1_0000, 0x4_0000, bursts), BASE + 0x1000);
  await session.loadMemory(data, BASE + 0x1_0000);
  await session.writeReg(REGISTERS.BASE_LO.offset, BASE);
  await session.writeReg(REGISTERS.PROGRAM.offset, 0x1000);
  await session.writeReg(REGISTERS.IRQ_ENABLE.offset, 3);
  await session.writeReg(REGISTERS.IRQ_STATUS.offset, 3);
  await session.writeReg(REGISTERS.CONTROL.offset, 1);
  expect(await session.waitIrq(100_000)).toBeDefined();
  expect(await session.readReg(REGISTERS.STATUS.offset)).toBe(2);
  return session.readReg(REGISTERS.CYCLES.offset);
}

export function simulatorContract(simulator: Simulator, hasTool: boolean): void {
  describe.skipIf(!hasTool)(`${simulator.name} keeps the simulator contract`, () => {
    let binary: SimBinary;
    const folder = mkdtempSync(join(tmpdir(), 'gen-accel-contract-'));
    beforeAll(async () => {
      binary = await simulator.build(standinDesign());
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const withSession = async (settings: MemorySettings, use: (session: SimSession) => Promise<void>, seed = 1) => {
      const session = await binary.start({ settings: { base: BASE, ...settings }, seed });
      try {
        await use(session);
      } finally {
        await session.close();
      }
    };

    it('names its version', async () => {
      expect((await simulator.version()).toLowerCase()).toContain(simulator.name);
    });

    it('builds an equal design from the cache', async () => {
      expect((await simulator.build(standinDesign())).cached).toBe(true);
    });

    it('dumps what was loaded, at every alignment of address and length', () =>
      withSession({}, async (session) => {
        const data = randomBytes(64, 2);
        await session.loadMemory(data, BASE);
        for (const [start, length] of [[0, 64], [1, 7], [3, 1], [8, 8], [5, 40], [63, 1], [12, 4]] as const) {
          expect(await session.dumpMemory(BASE + start, length), `${start}+${length}`).toEqual(data.slice(start, start + length));
        }
        await session.loadMemory(Uint8Array.of(1, 2, 3), BASE + 7);
        expect([...(await session.dumpMemory(BASE + 6, 5))]).toEqual([data[6], 1, 2, 3, data[10]]);
        await session.poke(BASE + 20, 0x12345678);
        expect(await session.peek(BASE + 20)).toBe('12345678');
        expect([...(await session.dumpMemory(BASE + 20, 4))]).toEqual([0x78, 0x56, 0x34, 0x12]);
      }));

    it('finds the first byte that differs', () =>
      withSession({}, async (session) => {
        const data = randomBytes(256, 3);
        await session.loadMemory(data, BASE + 100);
        expect(await session.compareMemory(data, BASE + 100)).toBeUndefined();
        const wrong = data.slice();
        wrong[77] = data[77]! ^ 0x40;
        wrong[78] = data[78]! ^ 1;
        const byte = (value: number) => value.toString(16).padStart(2, '0');
        expect(await session.compareMemory(wrong, BASE + 100)).toEqual({
          address: BASE + 177,
          found: byte(data[77]!),
          expected: byte(wrong[77]!),
        });
      }));

    it('runs the core: registers, interrupt, memory', () =>
      withSession({ latency: 10 }, async (session) => {
        const data = randomBytes(16 * 8 * 4, 4);
        expect(await session.readReg(REGISTERS.ID.offset)).toBe(0x47414343);
        await runCopy(session, data, 4);
        expect(await session.dumpMemory(BASE + 0x4_0000, data.length)).toEqual(data);
        expect(await session.stats()).toMatchObject({ violations: 0, openReads: 0, openWrites: 0, readBeats: 66, writeBeats: 64 });
      }));

    it('gives up waiting for an interrupt that does not come', () =>
      withSession({}, async (session) => {
        expect(await session.waitIrq(50)).toBeUndefined();
      }));

    it('sustains a beat a cycle in both directions, and latency only shifts', () =>
      withSession({ latency: 3 }, async (session) => {
        const data = randomBytes(8192, 5);
        const fast = await runCopy(session, data, 64);
        expect(fast).toBeLessThan(1024 + 64);
        await session.configure({ latency: 103 });
        expect(await runCopy(session, data, 64)).toBe(fast + 300); // fetch, first beat, last response
        await session.configure({ read_rate: 128 });
        expect(await runCopy(session, data, 64)).toBeGreaterThan(2048);
      }));

    it('copies correctly under random stalls, jitter and reordering', async () => {
      for (const seed of [1, 2, 3]) {
        await withSession({ stall: 40, jitter: 30, reorder: 1, latency: 8, lite_stall: 50 }, async (session) => {
          const data = randomBytes(8192, seed);
          await runCopy(session, data, 64);
          expect(await session.compareMemory(data, BASE + 0x4_0000), `seed ${seed}`).toBeUndefined();
          expect((await session.stats()).violations).toBe(0);
        }, seed);
      }
    });

    it.each([
      ['read SLVERR', 1, 2, 5, 0x1_0800],
      ['read DECERR', 1, 3, 6, 0x1_0800],
      ['write SLVERR', 2, 2, 7, 0x4_0100],
      ['write DECERR', 3, 3, 8, 0x4_0100],
    ])('injects a %s', (_name, direction, response, code, offset) =>
      withSession({}, async (session) => {
        await session.loadMemory(copyProgram(0x1_0000, 0x4_0000, 64), BASE + 0x1000);
        await session.configure({ error_lo: BASE + offset, error_hi: BASE + offset + 3, error_resp: response, error_dir: direction });
        await session.writeReg(REGISTERS.BASE_LO.offset, BASE);
        await session.writeReg(REGISTERS.PROGRAM.offset, 0x1000);
        await session.writeReg(REGISTERS.IRQ_ENABLE.offset, 3);
        await session.loadMemory(randomBytes(8192, 6), BASE + 0x1_0000);
        await session.writeReg(REGISTERS.CONTROL.offset, 1);
        expect(await session.waitIrq(10_000)).toBeDefined();
        expect((await session.readReg(REGISTERS.STATUS.offset)) >> 8).toBe(code);
      }));

    it('never answers where it is told to hang, and a hard reset recovers', () =>
      withSession({ error_lo: BASE + 0x1000, error_hi: BASE + 0x100f, error_resp: 1, error_dir: 1 }, async (session) => {
        await session.loadMemory(copyProgram(0x1_0000, 0x4_0000, 1), BASE + 0x1000);
        await session.writeReg(REGISTERS.BASE_LO.offset, BASE);
        await session.writeReg(REGISTERS.PROGRAM.offset, 0x1000);
        await session.writeReg(REGISTERS.CONTROL.offset, 1);
        await session.wait(1000);
        expect((await session.readReg(REGISTERS.STATUS.offset)) & 1).toBe(1);
        expect((await session.stats()).openReads).toBe(1);
        await session.reset();
        await session.configure({ error_resp: 0 });
        await runCopy(session, randomBytes(128, 7), 1);
      }));

    it('answers the same cycles for the same seed', async () => {
      const cycles: number[] = [];
      for (const seed of [5, 5, 6]) {
        await withSession({ stall: 30, jitter: 9 }, async (session) => {
          cycles.push(await runCopy(session, randomBytes(2048, 1), 16));
        }, seed);
      }
      expect(cycles[0]).toBe(cycles[1]);
      expect(cycles[0]).not.toBe(cycles[2]);
    });

    it('passes its verdict on', async () => {
      const good = await binary.start();
      expect((await good.close()).passed).toBe(true);
      const bad = await binary.start();
      await bad.waitIrq(3);
      expect((await bad.close()).passed).toBe(false);
    });

    it('refuses memory outside its range and unknown settings', () =>
      withSession({}, async (session) => {
        await expect(session.loadMemory(Uint8Array.of(1), BASE - 1)).rejects.toThrow(/outside the memory/);
        await expect(session.dumpMemory(BASE + (1 << 22), 1)).rejects.toThrow(/outside the memory/);
        await expect(session.configure({ nonsense: 1 } as MemorySettings)).rejects.toThrow(/unknown setting/);
      }));

    it('executes calls in order when nobody waits in between', () =>
      withSession({}, async (session) => {
        const results = await Promise.all([1, 2, 3, 4].flatMap((value) => [
          session.writeReg(REGISTERS.PROGRAM.offset, value),
          session.readReg(REGISTERS.PROGRAM.offset),
        ]));
        expect(results.filter((_, i) => i % 2 === 1)).toEqual([1, 2, 3, 4]);
      }));

    it('writes waveforms only when asked', async () => {
      const traced = await simulator.build(standinDesign(), { trace: true });
      const file = join(folder, 'wave.fst');
      const session = await traced.start({ trace: { file } });
      await session.wait(100);
      expect(() => statSync(file)).toThrow();
      await session.setTrace(true);
      await session.wait(100);
      await session.setTrace(false);
      await session.close();
      expect(statSync(file).size).toBeGreaterThan(200);
      const windowed = await traced.start({ trace: { file: join(folder, 'window.fst'), start: 50, stop: 80 } });
      await windowed.wait(200);
      await windowed.close();
      expect(statSync(join(folder, 'window.fst')).size).toBeGreaterThan(200);
    });
  });
}
