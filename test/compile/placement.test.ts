// SPDX-License-Identifier: Apache-2.0
/** Holds tensor layouts, steps, tile geometry and buffer places to brute-force definitions. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import type { ArrayLayer } from '../../generator/compile/array-layer.js';
import { BufferMap, type Part } from '../../generator/compile/buffer-map.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { laneWindows, paddedRun } from '../../generator/compile/geometry.js';
import { packTensor, tensorLayout, unpackTensor } from '../../generator/compile/layout.js';
import { lowerNetwork } from '../../generator/compile/lower-network.js';
import { listProgram } from '../../generator/compile/listing.js';
import { createRandom } from '../../generator/core/random.js';
import { NO_PADDING, type Network } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { compileAndCheck } from '../support/compile-layer.js';

describe('a tensor in memory', () => {
  it('is NHWC with channels padded to whole groups, and comes back as it went', () => {
    const layout = tensorLayout(64, [1, 2, 3, 5], 4);
    expect(layout).toMatchObject({ pixelBytes: 8, rowBytes: 24, bytes: 48 });
    const memory = new Uint8Array(128).fill(99);
    const data = Int8Array.from({ length: 30 }, (_, i) => i - 15);
    packTensor(memory, layout, data);
    expect([...new Int8Array(memory.buffer, 64 + 8, 8)]).toEqual([-10, -9, -8, -7, -6, 0, 0, 0]);
    expect([memory[63], memory[112]]).toEqual([99, 99]);
    expect(unpackTensor(memory, layout)).toEqual(data);
  });

  it('lies on whole bus words and groups, apart from every other one', () => {
    const { tensors } = compileNetwork(syntheticResnet8(1), undefined, validateConfig({ group: 16, bus: 512 }));
    for (const a of tensors) {
      expect(a.address % 64).toBe(0);
      // Only the reshaped vector shares its place.
      expect(tensors.filter((b) => a.address < b.address + b.bytes && b.address < a.address + a.bytes).length).toBe(a.shape.at(-1) === 64 && a.bytes === 64 ? 2 : 1);
    }
  });
});

describe('steps', () => {
  it('run ResNet-8 in one program, sums and pooling in it, before the softmax of the host', () => {
    const { steps } = compileNetwork(syntheticResnet8(1), undefined, validateConfig({}));
    expect(steps.map((step) => (step.kind === 'array' ? step.segment.layers.join('+') : `${step.kind} ${step.op.name}`))).toEqual([
      'conv2d_1+conv2d_2+conv2d_3+conv2d_4+conv2d_6+conv2d_5+conv2d_7+conv2d_9+conv2d_8+avgpool_1+fc_1', 'alias reshape_1', 'host softmax_1',
    ]);
  });

  const convThenFc = (channels: number): Network => {
    const builder = new RandomNetworkBuilder(createRandom(2));
    const input = builder.input([1, 3, 4, 5], { scale: 0.03, zeroPoint: 5 });
    const conv = builder.conv2d({ input, outChannels: channels, activation: 'relu', kernelHeight: 1, kernelWidth: 1, padding: NO_PADDING, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 });
    return builder.finish('flat', input, builder.fullyConnected({ input: builder.reshape(conv, [1, 12 * channels]), outChannels: 7, activation: 'none' }));
  };

  it('need no host for a reshape without channel padding, and wait for all of its input', () => {
    const { compiled, differences } = compileAndCheck(convThenFc(8), undefined, validateConfig({ pes: 4, group: 4 }), { adversarial: true });
    expect(compiled.steps.map(({ kind }) => kind)).toEqual(['array', 'alias']);
    expect(differences).toEqual([]);
  });

  it('read around padding channels that lie between the elements', () => {
    const { compiled, differences } = compileAndCheck(convThenFc(6), undefined, validateConfig({ pes: 4, group: 4 }), { adversarial: true });
    expect(compiled.steps.map(({ kind }) => kind)).toEqual(['array', 'alias']);
    expect(differences).toEqual([]);
  });

  it('can have a program for every layer, with the same result', () => {
    const { compiled, differences } = compileAndCheck(syntheticResnet8(2), undefined, validateConfig({}), { compile: { programPerLayer: true } });
    expect(compiled.segments.map(({ layers }) => layers.length)).toEqual(Array.from({ length: 11 }, () => 1));
    expect(differences).toEqual([]);
  });
});

describe('tile geometry', () => {
  it('cuts padded rows into padding, real and padding as a row-by-row count does (seed 1)', () => {
    const random = createRandom(1);
    for (let i = 0; i < 500; i++) {
      const [before, size, first, count] = [random.integer(0, 4), random.integer(1, 9), random.integer(0, 12), random.integer(1, 12)];
      const real = Array.from({ length: count }, (_, row) => first + row).filter((row) => row >= before && row < before + size);
      const run = paddedRun(first, count, before, size);
      expect(run.padBefore + run.real + run.padAfter).toBe(count);
      expect(run.real).toBe(real.length);
      if (real.length > 0) expect([run.realFirst, run.padBefore]).toEqual([real[0]! - before, real[0]! - first]);
    }
  });

  it('gives every lane the rows that its pixels read, pixel by pixel (seeds 1..40)', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = createRandom(seed);
      const stride = random.integer(1, 3);
      const layer = onlyPass(randomConvNetwork({ inputShape: [14, 9, 3], outChannels: 2, kernel: random.integer(2, 3), stride, dilation: random.integer(1, 2), seed }));
      const band = { row: random.integer(0, 1), rows: random.integer(1, layer.output.height - 1), column: 0, columns: random.integer(1, layer.output.width) };
      const lanes = random.integer(1, 6);
      const share = Math.ceil((band.rows * band.columns) / lanes);
      laneWindows(layer, band, lanes).forEach((lane, l) => {
        const rows = new Set<number>();
        for (let pixel = l * share; pixel < Math.min((l + 1) * share, band.rows * band.columns); pixel++) {
          for (let ky = 0; ky < layer.kernel.height; ky++) rows.add((band.row + Math.floor(pixel / band.columns)) * layer.stride.height + ky * layer.dilation.height);
        }
        if (rows.size === 0) expect(lane.rowFirst).toBeGreaterThan(lane.rowLast);
        else expect([lane.rowFirst, lane.rowLast]).toEqual([Math.min(...rows), Math.max(...rows)]);
      });
    }
  });

  it('leaves out the rows and long columns that a strided 1 x 1 kernel never reads', () => {
    const network = randomConvNetwork({ inputShape: [9, 9, 32], outChannels: 8, kernel: 1, stride: 2, seed: 1 });
    const { compiled, run, differences } = compileAndCheck(network, undefined, validateConfig({ pes: 8, group: 4, bus: 32, outDepth: 512 }), { adversarial: true });
    expect(differences).toEqual([]);
    const input = 5 * 5 * 8;
    const streams = compiled.layers[0]!.streamBytes / 4;
    expect(run.results[0]!.beatsRead).toBe(input + streams);
  });
});

function onlyPass(network: Network): ArrayLayer {
  const [step] = lowerNetwork(network, undefined, validateConfig({})).steps;
  if (step?.kind !== 'array') throw new Error('the network is no pass of the array');
  return step.work[0]!.layers[0]!;
}

describe('a buffer map', () => {
  const part = (start: number, length: number, firstUse: number, lastUse: number): Part => ({ spans: [{ lane: 0, start, length, lastUse }], firstUse });

  it('puts a load where it waits for nothing while there is room, then where it waits least', () => {
    const map = new BufferMap(10, 1, false);
    expect(map.place([part(0, 4, 0, 0)])).toEqual({ base: 0, waits: [-1] });
    expect(map.place([part(0, 4, 1, 1)])).toEqual({ base: 6, waits: [-1] });
    expect(map.place([part(0, 4, 2, 2)])).toEqual({ base: 0, waits: [0] });
    expect(map.place([part(0, 11, 3, 3)])).toBeUndefined();
  });

  it('never gives a place that is still read', () => {
    const map = new BufferMap(10, 1, false);
    map.place([part(0, 8, 0, 5)]);
    expect(map.place([part(0, 4, 3, 3)])).toBeUndefined();
    expect(map.place([part(0, 2, 3, 3)])).toEqual({ base: 8, waits: [-1] });
  });

  it('begins at multiples of the alignment, and where it is told to when that waits for nothing', () => {
    const map = new BufferMap(16, 1, true);
    map.place([part(0, 5, 0, 0)]);
    expect(map.place([part(0, 3, 1, 1)], { align: 4 })).toEqual({ base: 8, waits: [-1] });
    expect(map.place([part(0, 2, 2, 2)], { align: 4, hints: [12] })).toEqual({ base: 12, waits: [-1] });
  });

  it('wraps where the buffer is a ring, and takes every lane into account', () => {
    const map = new BufferMap(8, 2, true);
    map.place([part(0, 5, 0, 5)]);
    expect(map.place([part(6, 3, 3, 3)])).toEqual({ base: 7, waits: [-1] });
    const both: Part = { spans: [{ lane: 0, start: 0, length: 3, lastUse: 4 }, { lane: 1, start: 3, length: 3, lastUse: 4 }], firstUse: 4 };
    expect(map.place([both])).toEqual({ base: 5, waits: [3] });
    const wrapped: Part = { spans: [{ lane: 1, start: 2, length: 5, lastUse: 4 }], firstUse: 4 };
    expect(map.place([wrapped])).toEqual({ base: 1, waits: [-1] });
  });
});

describe('the listing', () => {
  it('shows every instruction of a program by field name, made from the bytes', () => {
    const { image, segments } = compileNetwork(randomConvNetwork({ inputShape: [4, 4, 8], outChannels: 4, seed: 1 }), undefined, validateConfig({ pes: 4, group: 4 }));
    const text = listProgram(image.subarray(segments[0]!.programAddress));
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(segments[0]!.instructions.length);
    expect(lines[0]).toMatch(/^000000 {2}loadStream weight address=\d+ base=0 words=72 beats=36$/);
    expect(lines.find((line) => line.includes('compute'))).toMatch(/compute \[popA pushB\] schedBase=0 schedLength=18 schedStride=0 tiles=1 .*channels=4 dense=1 outHalf=0 .*lane0\(0,0,0\)$/);
    expect(lines.at(-1)).toMatch(/ end$/);
    expect(listProgram(Uint8Array.of(0, 0, 0, 0x70))).toBe('000000  unknown 0x70000000\n');
  });
});
