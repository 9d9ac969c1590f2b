// SPDX-License-Identifier: Apache-2.0
/** Holds the files of a compiled network to the compilation they describe, and `gen-accel compile` to its manners. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMPUTE, LOAD_ACT, LOAD_STREAM, STORE } from '../../generator/arch/instructions.js';
import { ERROR_CODES, REGISTERS } from '../../generator/arch/registers.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { sha256 } from '../../generator/core/stable-hash.js';
import { cComment, cIdentifier, cMacro, cString } from '../../generator/export/c-names.js';
import { exportNetwork } from '../../generator/export/export-network.js';
import type { TensorEntry } from '../../generator/export/network-manifest.js';
import { channelRuns } from '../../generator/export/network-source.js';
import { randomInput, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { runCli } from '../support/run-cli.js';
import { runCompiled } from '../support/run-compiled.js';

const config = validateConfig({ pes: 16, group: 8 });
const network = syntheticResnet8(4);
const compiled = compileNetwork(network, undefined, config);
const files = exportNetwork(compiled, { templates: loadTemplates(), version: '1.2.3' });
const textOf = (path: string): string => files.get(path) as string;
const manifest = JSON.parse(textOf('network.json')) as {
  image: { bytes: number; memoryBytes: number }; configHash: string; inputs: number[]; outputs: number[]; tensors: TensorEntry[]; files: Record<string, string>;
  steps: { kind: string; program?: number; bytes?: number; index?: number; name?: string; operator?: string }[]; passes: { name: string; program: number; ops: string[] }[]; places: Record<string, string>;
};

describe('the files of a compiled network', () => {
  it('are the same bytes every time, each with its hash in the manifest', () => {
    expect(exportNetwork(compiled, { templates: loadTemplates(), version: '1.2.3' })).toEqual(files);
    for (const [path, content] of files) if (path !== 'network.json') expect(manifest.files[path]).toBe(sha256(content));
    expect(Object.keys(manifest.files).sort()).toEqual([...files.keys()].filter((path) => path !== 'network.json').sort());
  });

  it('hold the image and each program as it lies in it', () => {
    expect(files.get('image.bin')).toEqual(compiled.image);
    expect(manifest.image.bytes).toBe(compiled.image.length);
    for (const step of manifest.steps.filter(({ kind }) => kind === 'program')) {
      expect(files.get(`program${step.index}.bin`)).toEqual(compiled.image.slice(step.program, (step.program ?? 0) + (step.bytes ?? 0)));
    }
  });

  it('describe tensors well enough to read them without the compiler', () => {
    const input = randomInput(network, 5);
    const { memory } = runCompiled(compiled, input);
    for (const id of manifest.outputs) {
      const entry = manifest.tensors.find((tensor) => tensor.id === id)!;
      const values: number[] = [];
      for (let y = 0; y < entry.height; y++) for (let x = 0; x < entry.width; x++) for (const { channel, byte, count } of entry.channelMap) {
        for (let i = 0; i < count; i++) values[(y * entry.width + x) * entry.channels + channel + i] = (memory[entry.address + y * entry.rowBytes + x * entry.pixelBytes + byte + i]! << 24) >> 24;
      }
      expect(values).toEqual([...goldenOutput(network, runGolden(network, input)).data]);
      expect(values).toEqual([...unpackTensor(memory, compiled.tensors[id] as TensorLayout)]);
    }
    expect(manifest.tensors.map(({ name }) => name)).toEqual(network.tensors.map(({ name }) => name));
  });

  it('name every operator once, by place, and every host operator as a step', () => {
    expect(Object.keys(manifest.places).sort()).toEqual(network.ops.map(({ name }) => name).sort());
    expect(manifest.steps.at(-1)).toMatchObject({ kind: 'softmax', operator: 'softmax', name: 'softmax_1' });
    expect(manifest.passes.flatMap(({ ops }) => ops)).toContain('add_1');
  });

  it('runs of channels are those of the map', () => {
    expect(channelRuns([0, 1, 2, 8, 9, 16])).toEqual([{ channel: 0, byte: 0, count: 3 }, { channel: 3, byte: 8, count: 2 }, { channel: 5, byte: 16, count: 1 }]);
  });
});

describe('the listing', () => {
  const lines = textOf('listing.txt').split('\n');
  const programLines = lines.filter((line) => /^[0-9a-f]{6}  (load|compute|store|end)/.test(line));

  it('has a line for every instruction, at its address, in order', () => {
    const count = compiled.segments.reduce((sum, { instructions }) => sum + instructions.length, 0);
    expect(programLines).toHaveLength(count);
    expect(programLines[0]).toMatch(new RegExp(`^${compiled.segments[0]!.programAddress.toString(16).padStart(6, '0')}  `));
    expect(programLines.at(-1)).toMatch(/  end$/);
    const addresses = programLines.map((line) => Number.parseInt(line.slice(0, 6), 16));
    expect(addresses).toEqual([...addresses].sort((a, b) => a - b));
  });

  it('names for every instruction whom it serves: fused operators together, tensors by name', () => {
    expect(programLines.filter((line) => !/ {2}(load\w+( \w+)?|compute|store) +\w/.test(line) && !line.endsWith('end'))).toEqual([]);
    const served = (word: string): Set<string> => new Set(programLines.filter((line) => line.slice(8).startsWith(word)).map((line) => line.slice(29).trim().split(' ')[0]!));
    expect(served('compute')).toEqual(new Set(compiled.layers.map(({ ops }) => ops.filter((name) => compiled.places.get(name) !== 'memory').join('+'))));
    expect([...served('store')].every((name) => network.tensors.some((tensor) => tensor.name === name))).toBe(true);
    expect(served('loadAct')).toContain('input');
  });

  it('has the commands of each pass that the compiler counted', () => {
    for (const layer of compiled.layers) {
      const own = programLines.filter((line) => line.slice(8).startsWith('compute') && line.slice(29).trim().split(' ')[0] === layer.ops.join('+'));
      expect(own.length, layer.name).toBe(layer.commands);
    }
  });

  it('gives tokens by the names of their queues, and fields that are not 0', () => {
    expect(programLines.some((line) => line.includes('[after load->compute, gives compute->load and compute->store]'))).toBe(true);
    expect(programLines.some((line) => /=0( |$)/.test(line))).toBe(false);
  });

  it('explains every field', () => {
    for (const [name, { doc }] of [LOAD_ACT, LOAD_STREAM, COMPUTE, STORE].flatMap((fields) => Object.entries(fields))) {
      expect(lines).toContain(`    ${name.padEnd(18)} ${doc}`);
    }
  });
});

describe('the C header', () => {
  const header = textOf('c/gen_accel_registers.h');

  it('has every register, field and error code with its number', () => {
    for (const [name, register] of Object.entries(REGISTERS)) {
      expect(header).toContain(`#define GEN_ACCEL_REG_${name} 0x${register.offset.toString(16).padStart(2, '0')}u\n`);
      for (const field of 'fields' in register ? register.fields : []) expect(header).toMatch(new RegExp(`#define GEN_ACCEL_${name}_${field.name}_LSB ${field.lsb}\n`));
    }
    for (const [name, { code }] of Object.entries(ERROR_CODES)) expect(header).toContain(`#define GEN_ACCEL_ERROR_${cMacro(name)} ${code} `);
    expect(header).toContain('#define GEN_ACCEL_STATUS_ERROR_CODE_MASK 0x0000ff00u');
  });

  it('has every instruction field', () => {
    for (const [prefix, fields] of [['LOAD_ACT', LOAD_ACT], ['LOAD_STREAM', LOAD_STREAM], ['COMPUTE', COMPUTE], ['STORE', STORE]] as const) {
      for (const [name, { word, lsb, width }] of Object.entries(fields)) {
        const macro = `GEN_ACCEL_${prefix}_${cMacro(name)}`;
        expect(header).toContain(`#define ${macro}_WORD ${word}\n#define ${macro}_LSB ${lsb}\n#define ${macro}_WIDTH ${width} `);
      }
    }
  });

  it('defines no name twice', () => {
    const names = [...files].filter(([path]) => path.endsWith('.h')).flatMap(([, text]) => [...(text as string).matchAll(/^#define (\w+)/gm)].map(([, name]) => name));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('of the network names its steps, programs and boundary', () => {
    const text = textOf('c/resnet8_synthetic_4.h');
    expect(text).toContain(`#define RESNET8_SYNTHETIC_4_CONFIG_HASH 0x${compiled.configHash.slice(0, 8)}u`);
    expect(text).toContain(' host softmax softmax_1: fc_1 -> softmax_1\n');
    expect(text).toContain('#define RESNET8_SYNTHETIC_4_INPUT_ELEMENTS 3072');
  });

  it('makes identifiers, literals and comments of any name', () => {
    expect(['ResNet-8 v1.0', '8bit', '--', 'été'].map(cIdentifier)).toEqual(['resnet_8_v1_0', 'net_8bit', 'net', 't']);
    expect(cString('a"b\\é\n')).toBe('"a\\"b\\\\\\303\\251\\012"');
    expect(cComment('a */ b /* é')).toBe('a * / b / * ?');
    expect(cMacro('outZeroPoint')).toBe('OUT_ZERO_POINT');
  });
});

describe('gen-accel compile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compile-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (line: string) => runCli(['compile', ...line.split(' ').filter((word) => word !== '')], folder);

  it('writes a folder, says what is in it, and finds it current', async () => {
    const { exitCode, out, err } = await cli('synthetic --keep 2');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toContain('resnet8-synthetic-1 (synthetic) for pes16-group8');
    expect(out).toContain('compiled/resnet8_synthetic_1: ');
    expect(readdirSync(join(folder, 'compiled/resnet8_synthetic_1')).sort()).toEqual(['c', 'image.bin', 'listing.txt', 'network.json', 'program0.bin']);
    expect((await cli('synthetic --keep 2 --check')).out).toContain('is current');
    expect((await cli('synthetic --keep 2')).out).toContain('0 written');
    const other = await cli('synthetic --check');
    expect(other.exitCode).toBe(1);
    expect(other.err).toContain('differs: image.bin');
  });

  it('prints exactly one JSON object', async () => {
    const { out } = await cli('synthetic --keep 2 -o j --json');
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ network: 'resnet8-synthetic-1', hostOperators: [{ name: 'softmax_1', operator: 'softmax', loader: true }], pruning: { constraint: 'balanced', keep: { conv2d_1: 'dense', conv2d_2: 2 }, existing: [] } });
  });

  it('overwrites neither an edited file nor a foreign folder, byte for byte', async () => {
    await cli('synthetic -o a');
    const image = readFileSync(join(folder, 'a/image.bin'));
    image[100] = image[100]! ^ 1;
    writeFileSync(join(folder, 'a/image.bin'), image);
    const edited = await cli('synthetic -o a');
    expect(edited).toMatchObject({ exitCode: 1, out: '' });
    expect(edited.err).toContain('files that were changed after gen-accel wrote them:\n  image.bin');
    expect(readFileSync(join(folder, 'a/image.bin'))).toEqual(image);
    expect((await cli('synthetic -o a --force')).out).toContain('1 written');
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b/mine.txt'), 'x');
    expect((await cli('synthetic -o b')).err).toContain('files that gen-accel did not write:\n  mine.txt');
    // A folder of Verilog is another one's, too.
    await runCli(['--out', 'rtl'], folder);
    expect((await cli('synthetic -o rtl')).exitCode).toBe(1);
  });

  it.each([
    ['', 'no model is named.'],
    ['no.tflite', 'model no.tflite: there is no such file'],
    ['synthetic --keep 9', '--keep: keep 9; expected an integer from 1 to the group size 8.'],
    ['synthetic --keep two', '--keep two is neither N nor LAYER=N.'],
    ['synthetic --keep conv9=2', 'conv9'],
    ['synthetic --reprune', '--reprune needs --keep or --prune.'],
    ['synthetic --constraint free --keep 2', '--constraint free is none of balanced, unconstrained.'],
    ['synthetic --constraint unconstrained', '--constraint unconstrained needs --keep.'],
    ['synthetic --pes 0', '--pes 0: must be an integer from 1 to 256'],
    ['synthetic --frames 2', 'Unknown argument: frames.'],
  ])('compile %s is refused with a sentence and writes nothing', async (line, sentence) => {
    const before = readdirSync(folder);
    const { exitCode, out, err } = await cli(line);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toContain(sentence);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('stops when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await runCli(['compile', 'synthetic', '-o', 'c'], folder, { signal: controller.signal })).toMatchObject({ exitCode: 130, out: '' });
    expect(readdirSync(folder)).not.toContain('c');
  });

  it('--help ends with examples', async () => {
    expect((await cli('--help')).out).toMatch(/Examples:\n +gen-accel compile net\.tflite/);
  });
});
