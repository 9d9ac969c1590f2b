// SPDX-License-Identifier: Apache-2.0
/** Bus errors and a bus that never answers: the right code with the burst's address, an interrupt, and a clean run afterwards. */
import { beforeAll, describe, expect, it } from 'vitest';
import { REGISTERS } from '../../generator/arch/registers.js';
import type { StreamBuffer } from '../../generator/compile/instruction.js';
import { createRandom } from '../../generator/core/random.js';
import { createSimulator, type SimBinary } from '../../sim/simulators/index.js';
import { AcceleratorHost, fieldOf } from '../../sim/harness/index.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainCase, MEMORY_BYTES, type AxiSession } from '../support/axi-bench.js';
import { coreDesign } from '../support/core-design.js';
import { compareOutput, loadLayer, outputLayout, programOffset, runLayer, runProblem } from '../support/run-core.js';

const hasTool = (await findTool('verilator')) !== undefined;
const config = axiConfig();
const layer = chainCase(config);
const { compiled } = layer;
const [segment] = compiled.segments;
const BUS_BYTES = config.bus / 8;
const READ = 1;
const WRITE = 2;
const RESPONSES = [['SLVERR', 2, { [READ]: 'readSlverr', [WRITE]: 'writeSlverr' }], ['DECERR', 3, { [READ]: 'readDecerr', [WRITE]: 'writeDecerr' }]] as const;

interface Region {
  readonly name: string;
  readonly direction: typeof READ | typeof WRITE;
  /** Bytes from BASE. */
  readonly start: number;
  readonly length: number;
}

function streamRegion(destination: StreamBuffer): Region {
  const load = segment?.instructions.find((one) => one.kind === 'loadStream' && one.destination === destination);
  if (load?.kind !== 'loadStream') throw new Error(`the network loads no ${destination}`);
  return { name: `a ${destination} load`, direction: READ, start: load.fields.address, length: load.fields.beats * BUS_BYTES };
}

const input = compiled.tensors[compiled.network.inputs[0] as number];
const output = outputLayout(compiled);
const REGIONS: readonly Region[] = [
  { name: 'the program fetch', direction: READ, start: programOffset(compiled), length: segment?.programBytes ?? 0 },
  streamRegion('weight'), streamRegion('index'), streamRegion('schedule'), streamRegion('parameter'),
  { name: 'an activation load', direction: READ, start: input?.address ?? 0, length: input?.bytes ?? 0 },
  { name: 'a store', direction: WRITE, start: output.address, length: output.bytes },
];

/** A burst has at most 16 beats and stays within 4 KiB. */
const isBurstOf = (fault: number, address: number): boolean =>
  fault - (fault % BUS_BYTES) <= address && address < fault - (fault % BUS_BYTES) + 16 * BUS_BYTES && Math.floor(fault / 4096) === Math.floor(address / 4096);

describe.skipIf(!hasTool)('an error response', () => {
  let binary: SimBinary;
  beforeAll(async () => {
    binary = await createSimulator('verilator').build(coreDesign(config), { memoryBytes: MEMORY_BYTES });
  });

  const withSession = async (use: (core: AxiSession) => Promise<void>): Promise<void> => {
    const session = await binary.start({ settings: { base: BASE, jitter: 9, stall: 20 }, seed: 4 });
    try {
      await use({ host: new AcceleratorHost(session), session });
    } finally {
      await session.close();
    }
  };

  const runClean = async ({ host, session }: AxiSession, text: string): Promise<void> => {
    await session.configure({ error_resp: 0 });
    expect(runProblem(await runLayer(host, layer, BASE)), `${text}, then a clean run`).toBeUndefined();
    expect(await busProblems(session), text).toEqual([]);
  };

  it.each(REGIONS.flatMap((region) => RESPONSES.map(([name, response, codes]) => [name, region.name, region, response, codes[region.direction]] as const)))(
    '%s in %s ends the run with its code and the address of its burst',
    (_response, _name, region, response, error) =>
      withSession(async (core) => {
        const random = createRandom(region.start + response);
        const places = [0, region.length - 1, ...Array.from({ length: 6 }, () => random.integer(0, region.length - 1))];
        for (const place of places) {
          // The memory judges whole beats.
          const address = BASE + Math.floor((region.start + place) / BUS_BYTES) * BUS_BYTES;
          const text = `${region.name}, byte ${place} of ${region.length}`;
          await loadLayer(core.host, layer, BASE);
          await core.session.configure({ error_lo: address, error_hi: address + BUS_BYTES - 1, error_resp: response, error_dir: region.direction });
          const result = await core.host.runProgram({ base: BASE, programOffset: programOffset(compiled), timeoutCycles: 100_000 });
          expect(`${text}: ${result.status} ${result.error}`).toBe(`${text}: error ${error}`);
          expect(isBurstOf(result.faultAddress, address), `${text}: fault 0x${result.faultAddress.toString(16)} for 0x${address.toString(16)}`).toBe(true);
          if (place === 0 && region.direction === READ) expect(result.faultAddress, text).toBe(address);
          expect(await core.host.read('IRQ_STATUS'), text).toBe(2);
          expect(fieldOf('STATUS', 'BUSY', await core.host.read('STATUS')), text).toBe(0);
          expect(await busProblems(core.session), text).toEqual([]);
          await runClean(core, text);
        }
      }),
  );

  it('to words behind END, which are fetched ahead, does not matter', () =>
    withSession(async (core) => {
      await loadLayer(core.host, layer, BASE);
      const bytes = compiled.image.slice(programOffset(compiled), programOffset(compiled) + (segment?.programBytes ?? 0));
      const offset = MEMORY_BYTES - Math.ceil(bytes.length / BUS_BYTES) * BUS_BYTES;
      await core.session.loadMemory(bytes, BASE + offset);
      const result = await core.host.runProgram({ base: BASE, programOffset: offset, timeoutCycles: 100_000 });
      expect([result.status, await compareOutput(core.host, layer, BASE)]).toEqual(['done', undefined]);
    }));

  it('for a program outside the memory names its address', () =>
    withSession(async (core) => {
      const result = await core.host.runProgram({ base: BASE, programOffset: MEMORY_BYTES + 64, timeoutCycles: 100_000 });
      expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'readDecerr', BASE + MEMORY_BYTES + 64]);
      await runClean(core, 'program outside');
    }));

  it.each(REGIONS)('that never comes in $name ends with the watchdog, and a hard reset recovers', (region) =>
    withSession(async (core) => {
      await loadLayer(core.host, layer, BASE);
      await core.host.write('WATCHDOG', 700);
      const address = BASE + region.start;
      await core.session.configure({ error_lo: address, error_hi: address + region.length - 1, error_resp: 1, error_dir: region.direction });
      const result = await core.host.runProgram({ base: BASE, programOffset: programOffset(compiled), timeoutCycles: 100_000 });
      expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'watchdog', 0]);
      const status = await core.host.read('STATUS');
      expect([fieldOf('STATUS', 'BUSY', status), fieldOf('STATUS', 'BUS_HUNG', status)]).toEqual([0, 1]);
      // Nothing but rst_i helps: a start is not taken.
      await core.host.start();
      await core.session.wait(50);
      expect(fieldOf('STATUS', 'BUS_HUNG', await core.host.read('STATUS'))).toBe(1);
      await core.session.configure({ error_resp: 0 });
      await core.session.reset();
      await core.session.wait(8);
      expect(await core.session.readReg(REGISTERS.STATUS.offset)).toBe(0);
      await runClean(core, region.name);
    }));

  it.each(['stall_ar', 'stall_aw', 'stall_w'] as const)('awaited with %s at 100: what is offered stays, late responses are taken, nothing is withdrawn', (channel) =>
    withSession(async (core) => {
      const { host, session } = core;
      await loadLayer(host, layer, BASE);
      await host.write('WATCHDOG', 1500);
      await session.configure({ [channel]: 100 });
      const result = await host.runProgram({ base: BASE, programOffset: programOffset(compiled), timeoutCycles: 100_000 });
      expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'watchdog', 0]);
      const hung = await host.read('STATUS');
      expect(['BUSY', 'DONE', 'ERROR', 'BUS_HUNG'].map((name) => fieldOf('STATUS', name, hung))).toEqual([0, 0, 1, 1]);
      expect(await host.read('IRQ_STATUS')).toBe(2);
      await host.start();
      await session.wait(300);
      expect([(await session.stats()).violations, session.log.filter((line) => line.startsWith('CHECK'))]).toEqual([0, []]);
      // The bus wakes up: it gets what was offered, and nothing else.
      await session.configure({ [channel]: 0 });
      await session.wait(3000);
      expect(await busProblems(session)).toEqual([]);
      const { readBeats, writeBeats } = await session.stats();
      await session.wait(1000);
      expect([await host.read('STATUS'), (await session.stats()).readBeats, (await session.stats()).writeBeats]).toEqual([hung, readBeats, writeBeats]);
      await session.reset();
      await session.wait(8);
      expect(await host.read('STATUS')).toBe(0);
      await runClean(core, channel);
    }));

  it('that comes late, but before the watchdog, is waited for', () =>
    withSession(async (core) => {
      await core.host.write('WATCHDOG', 700);
      await core.session.configure({ latency: 600, jitter: 0 });
      await runClean(core, 'late');
    }));
});
