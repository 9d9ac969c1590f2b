// SPDX-License-Identifier: Apache-2.0
/** Owns the self-test of an output folder: a small seeded network, its memory image, and the outputs that the golden model expects. */
import { configHashWord } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { CORE_ID, INTERFACE_VERSION, REGISTERS, type Register, type RegisterName } from '../arch/registers.js';
import { compileNetwork } from '../compile/compile-network.js';
import type { CompiledNetwork } from '../compile/compiled-network.js';
import { LayerDoesNotFitError, PatternLibraryError } from '../compile/errors.js';
import { packTensor, type TensorLayout } from '../compile/layout.js';
import { DefectError } from '../core/errors.js';
import { createRandom } from '../core/random.js';
import { narrowWeights } from '../graph/narrow-weights.js';
import type { Network } from '../graph/network.js';
import { RandomNetworkBuilder } from '../graph/random-layers.js';
import { randomInput } from '../graph/synthetic.js';
import { validateNetwork } from '../graph/validate.js';
import { runGolden } from '../model/golden.js';
import { keepPlan } from '../prune/plan.js';
import { applyMasks, pruneNetwork } from '../prune/prune.js';
import type { Files, GenerateContext } from './generate.js';

const SEED = 2017;
/** Not 0, so that a program address without BASE shows. */
const BASE = 0x10000;
const TIMEOUT_CYCLES = 1_000_000;

interface LayerShape { readonly outChannels: number; readonly kernel: number; readonly keep: number }
interface Size { readonly height: number; readonly width: number; readonly channels: number; readonly layers: readonly LayerShape[] }

/** From the telling to the tiny: the first that the buffers hold is taken. Two layers: the second reads what the core wrote. */
function sizes({ pes, group }: AccelConfig): Size[] {
  const outChannels = Math.max(2, Math.min(24, pes + Math.ceil(pes / 2)));
  const keep = Math.max(1, group / 4);
  const tail = Math.max(1, group / 2);
  return [
    { height: 5, width: 6, channels: group + tail, layers: [{ outChannels, kernel: 3, keep }, { outChannels: tail + 1, kernel: 1, keep: group }] },
    { height: 4, width: 4, channels: group, layers: [{ outChannels: Math.min(pes, 4), kernel: 3, keep: 1 }, { outChannels: 2, kernel: 1, keep: group }] },
    { height: 2, width: 2, channels: group, layers: [{ outChannels: 1, kernel: 1, keep: group }] },
    { height: 1, width: 1, channels: 1, layers: [{ outChannels: 1, kernel: 1, keep: group }] },
  ];
}

function buildNetwork({ height, width, channels, layers }: Size, weightBits: number): Network {
  const random = createRandom(SEED);
  const builder = new RandomNetworkBuilder(random);
  const input = builder.input([1, height, width, channels], { scale: Math.fround(0.03), zeroPoint: random.integer(-20, 20) });
  let last = input;
  for (const { outChannels, kernel } of layers) {
    const side = (kernel - 1) / 2;
    last = builder.conv2d({
      input: last, outChannels, activation: 'none', kernelHeight: kernel, kernelWidth: kernel,
      padding: { top: side, left: side, bottom: side, right: side }, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1,
    });
  }
  return validateNetwork(narrowWeights(builder.finish('self-test', input, last), weightBits));
}

interface Prepared { readonly compiled: CompiledNetwork; readonly image: Uint8Array; readonly expected: readonly { readonly name: string; readonly layout: TensorLayout; readonly bytes: Uint8Array }[] }

function prepare(size: Size, { config, indexDecoders }: GenerateContext): Prepared {
  const network = buildNetwork(size, config.weightBits);
  const layers = network.ops.map((op, i) => [op.name, size.channels < config.group ? config.group : (size.layers[i] as LayerShape).keep] as const);
  const fits = Object.fromEntries(layers.filter(([name]) => (network.ops.find((op) => op.name === name) as { weights: { shape: readonly number[] } }).weights.shape[3] as number >= config.group));
  const pruned = pruneNetwork(network, keepPlan(config.group, config.group, fits));
  const indexFormat = indexDecoders.find(({ format }) => format.name === config.index)?.format;
  const compiled = compileNetwork(network, pruned, config, indexFormat === undefined ? {} : { indexFormat });
  const input = randomInput(network, SEED);
  const golden = runGolden(applyMasks(network, pruned.masks), input, { rounding: config.rounding });
  const layoutOf = (id: number): TensorLayout => compiled.tensors[id] as TensorLayout;

  const image = compiled.image.slice();
  packTensor(image, layoutOf(network.inputs[0] as number), input);
  const expected = network.ops.map((op) => {
    const layout = layoutOf(op.outputs[0]);
    const memory = new Uint8Array(layout.address + layout.bytes);
    packTensor(memory, layout, golden.get(op.outputs[0])?.data ?? new Int8Array());
    return { name: op.name, layout, bytes: memory.slice(layout.address) };
  });
  return { compiled, image, expected };
}

function prepareLargest(context: GenerateContext): Prepared {
  for (const size of sizes(context.config)) {
    try {
      return prepare(size, context);
    } catch (error) {
      if (!(error instanceof LayerDoesNotFitError || error instanceof PatternLibraryError)) throw error;
    }
  }
  throw new DefectError('self-test', `no layer fits the buffers of ${context.config.name}`);
}

/** 32-bit little-endian words of 8 digits, eight a line; the last word is filled with zeros. */
function hexWords(bytes: Uint8Array): string {
  const words = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) =>
    [3, 2, 1, 0].map((k) => (bytes[4 * i + k] ?? 0).toString(16).padStart(2, '0')).join(''),
  );
  const lines = Array.from({ length: Math.ceil(words.length / 8) }, (_, i) => words.slice(8 * i, 8 * i + 8).join(' '));
  return `${lines.join('\n')}\n`;
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
const offsetOf = (name: RegisterName): string => hex(REGISTERS[name].offset);
const bitsOf = (name: RegisterName, ...fields: readonly string[]): number =>
  fields.reduce((sum, wanted) => {
    const found = (REGISTERS[name] as Register).fields?.find((field) => field.name === wanted);
    if (found === undefined) throw new DefectError('self-test', `register ${name} has no field ${wanted}`);
    return sum + (2 ** found.width - 1) * 2 ** found.lsb;
  }, 0);

/** Image, expected outputs and the host's script, all below tb/. */
export function selfTestFiles(context: GenerateContext): Files {
  const { config } = context;
  const { compiled, image, expected } = prepareLargest(context);
  const write = (name: RegisterName, value: number): string => `w ${offsetOf(name)} ${hex(value)}`;
  const expect = (name: RegisterName, value: number, mask = 0xffffffff): string => `e ${offsetOf(name)} ${hex(value)} ${hex(mask)}`;
  const status = ['BUSY', 'DONE', 'ERROR', 'ERROR_CODE'];
  const run = compiled.segments.flatMap(({ programAddress }) => [
    write('PROGRAM', programAddress),
    write('CONTROL', bitsOf('CONTROL', 'START')),
    `i ${TIMEOUT_CYCLES}`,
    expect('STATUS', bitsOf('STATUS', 'DONE'), bitsOf('STATUS', ...status)),
    write('IRQ_STATUS', bitsOf('IRQ_STATUS', 'DONE', 'ERROR')),
  ]);
  const compare = expected.map(({ name, layout, bytes }) => `ch tb/selftest_${name}.hex ${hex(BASE + layout.address)} ${bytes.length}`);
  const load = `lh tb/selftest_image.hex ${hex(BASE)} ${image.length}`;
  const script = [
    `# Self-test of ${config.name}: ${compiled.layers.map(({ name }) => name).join(', then ')}; the commands are described in ${config.prefix}_tb_host.v.`,
    '# Is it the right core?',
    expect('ID', CORE_ID),
    expect('VERSION', INTERFACE_VERSION),
    expect('CONFIG_HASH', configHashWord(config)),
    '# Without stalls.',
    load,
    write('BASE_LO', BASE),
    write('BASE_HI', 0),
    write('IRQ_ENABLE', bitsOf('IRQ_ENABLE', 'DONE', 'ERROR')),
    ...run,
    ...compare,
    '# Once more, every channel of the bus stalling at random.',
    load,
    's seed 1',
    's latency 20',
    's stall 30',
    ...run,
    ...compare,
    'q',
  ];
  const files = new Map([
    ['tb/selftest.txt', `${script.join('\n')}\n`],
    ['tb/selftest_image.hex', hexWords(image)],
  ]);
  for (const { name, bytes } of expected) files.set(`tb/selftest_${name}.hex`, hexWords(bytes));
  return files;
}
