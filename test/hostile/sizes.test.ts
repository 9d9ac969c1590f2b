// SPDX-License-Identifier: Apache-2.0
/** Holds what follows the import to models of sizes at the limit: runs, memory images and placements that would take too much are refused, chains take no stack. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { mostCalibrationImages } from '../../generator/cli/read-network.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { MemoryImage } from '../../generator/compile/memory.js';
import { isTightReshape, placeTensors } from '../../generator/compile/placement.js';
import { runFloat } from '../../generator/float/execute.js';
import type { FloatOp } from '../../generator/float/network.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import { LimitError, LIMITS, limitText } from '../../generator/graph/limits.js';
import type { Network, Op } from '../../generator/graph/network.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { NetworkBuilder } from '../../generator/import/onnx/builder.js';
import { Growth } from '../../generator/import/onnx/growth.js';
import { inOrder } from '../../generator/import/onnx/node-order.js';
import { ImportBudget } from '../../generator/import/budget.js';
import type { Shape } from '../../generator/tensor/tensor.js';
import { opNetwork } from '../support/op-network.js';
import { runCli } from '../support/run-cli.js';
import { writeTflite } from '../support/tflite-writer.js';
import { refusalOf } from './refusal.js';

const config = validateConfig({});
const quantization = { scale: 0.05, zeroPoint: 0 };

/** A chain: every operator is what `opOf` says, of one input. */
const chain = (shapes: readonly Shape[], opOf: (i: number) => object): Network => validateNetwork({
  name: 'chain', synthetic: true, inputs: [0], outputs: [shapes.length - 1],
  tensors: shapes.map((shape, id) => ({ id, name: `t${id}`, shape, quantization })),
  ops: shapes.slice(1).map((_, i) => ({ name: `op_${i}`, inputs: [i], outputs: [i + 1], ...opOf(i) }) as unknown as Op),
});
const relu = { kind: 'relu', activationMin: 0, activationMax: 127 };
const count = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('a network that is too large', () => {
  const large: Shape = [1, 8192, 8192, 1];

  it('for the memory of the accelerator is not compiled', () => {
    const network = chain([large, large, large], () => relu);
    expect(refusalOf(() => compileNetwork(network, undefined, config))).toMatch(/^memory image: 1610612736 bytes of activations, weights and programs; expected at most 2\^30\. Use a smaller input or network, or a smaller group/);
  });

  it('for a run in float is not run', () => {
    const network = validateFloatNetwork({
      name: 'large', inputs: [0], outputs: [2], tensors: [0, 1, 2].map((id) => ({ id, name: `t${id}`, shape: large })),
      ops: [0, 1].map((i): FloatOp => ({ kind: 'logistic', name: `op_${i}`, inputs: [i], outputs: [i + 1] })),
    });
    expect(refusalOf(() => runFloat(network, new Float32Array(0)))).toContain('float network large: 201326592 values in all tensors of a run; expected at most 2^27.');
  });

  it('for a run in integers is no network', () => {
    expect(refusalOf(() => chain(count(6).map(() => large), () => relu))).toContain('its activations have 402653184 values, more than 2^28');
    expect(refusalOf(() => chain(count(16_386).map(() => [1, 1]), () => relu))).toContain('16385 operators, more than 16384');
  });

  it('takes fewer calibration images', () => {
    expect([[1, 224, 224, 3], [1, 8192, 8192, 1], large].map(mostCalibrationImages)).toEqual([1783, 4, 4]);
  });

  it('names every limit as a power of two, or as it is', () => {
    expect([limitText(LIMITS.tensorValues), limitText(LIMITS.rank), limitText(1000)]).toEqual(['2^26', '8', '1000']);
    expect(new LimitError('here', 'much', 'less')).toMatchObject({ code: 'E_LIMIT', origin: 'input', exitCode: 1, message: 'here: much; expected less. Use a smaller model, or a smaller input. docs/models.md has the limits.' });
  });
});

describe('a long chain takes no stack', () => {
  it('of 100,000 nodes in the wrong order', () => {
    const nodes = count(100_000).map((i) => ({ index: i, name: '', domain: '', type: 'Relu', opset: 13, inputs: [i === 0 ? 'x' : `t${i}`], outputs: [`t${i + 1}`], attributes: new Map() }));
    expect(inOrder(nodes.toReversed(), ['x']).map(({ index }) => index)).toEqual(count(100_000));
  });

  it('of 16,000 operators before a reshape', () => {
    const network = chain([...count(16_000).map(() => [1, 2, 2, 8]), [1, 1, 2, 16]], (i) => (i === 15_999 ? { kind: 'reshape' } : relu));
    expect(isTightReshape(network, network.ops.at(-1) as Op, 8)).toBe(true);
  });

  it('of 12,000 concatenations, each in the next', () => {
    const network = chain(count(12_001).map(() => [1, 2, 2, 8]), () => ({ kind: 'concatenation', axis: 3 }));
    const units = network.ops.map((op) => ({ kind: 'alias', ops: [op], outputId: op.outputs[0], dropped: false }) as const);
    const { tensors } = placeTensors(network, units, config, new MemoryImage(64));
    expect(new Set(tensors.map(({ address }) => address))).toEqual(new Set([0]));
  });
});

describe('much of one kind', () => {
  it('gives 16,000 tensors of one name their own ones, soon', () => {
    const builder = new NetworkBuilder(new Growth(new ImportBudget(0)));
    const { id } = builder.input('x', [1, 1], [0, 1], 'float32');
    const outputs = count(16_000).map(() => builder.emit({ kind: 'relu', inputs: [id], activationMin: 0, activationMax: 1 }, 'same', [1, 1]));
    const names = builder.finish('n', [id], outputs).network.tensors.map(({ name }) => name);
    expect([names[1], names[2], names[16_000]]).toEqual(['same', 'same/2', 'same/16000']);
  });

  it('leaves averages that differ in every place to the host', () => {
    const places = (filter: number, size: number): unknown => compileNetwork(chain([[1, size, size, 1], [1, size, size, 1]], () => ({
      kind: 'average-pool', filterHeight: filter, filterWidth: filter, strideHeight: 1, strideWidth: 1, activationMin: -128, activationMax: 127,
      padding: { top: filter >> 1, left: filter >> 1, bottom: filter >> 1, right: filter >> 1 },
    })), undefined, config).places.get('op_0');
    expect([places(3, 8), places(7, 9), places(255, 255)]).toEqual(['array', 'array', 'host']);
  });
});

it('a pooling window of padding alone is refused', () => {
  const pool = (top: number, filterHeight: number): Network => opNetwork(
    { kind: 'max-pool', filterHeight, filterWidth: 1, strideHeight: 3, strideWidth: 1, padding: { top, left: 0, bottom: 0, right: 0 } }, [{ shape: [1, 4, 4, 1] }], { shape: [1, Math.floor((4 + top - filterHeight) / 3) + 1, 4, 1] },
  );
  expect(pool(1, 2).ops).toHaveLength(1);
  expect(refusalOf(() => pool(2, 2))).toContain('op_1: a window of 2x1 on 1x4x4x1 holds padding alone');
});

it('a network of two inputs is not simulated on images', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'inputs-'));
  try {
    const shape = [1, 2, 2, 3];
    writeFileSync(join(folder, 'two.tflite'), writeTflite(opNetwork({ kind: 'add' }, [{ shape }, { shape }], { shape })));
    expect(await runCli(['sim', 'two.tflite'], folder)).toMatchObject({ exitCode: 1, err: expect.stringContaining('model two: 2 inputs; expected one input, for images.') as string });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
