// SPDX-License-Identifier: Apache-2.0
/** Checks the text of errors that other tests do not come by: the whole sentence, and whose fault it is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BitsDifferError } from '../../generator/cli/commands/sim.js';
import { PredictionError } from '../../generator/cli/commands/synth.js';
import { loadConfigFile } from '../../generator/cli/load-config.js';
import { InputFileError, readNetwork } from '../../generator/cli/read-network.js';
import { ConfigFileError, UsageError } from '../../generator/cli/usage-error.js';
import { checkTokens, IllegalProgramError } from '../../generator/compile/legality.js';
import { assertNever, DefectError, type GenAccelError } from '../../generator/core/errors.js';
import { createRenderer, TemplateError } from '../../generator/emit/index.js';
import { mergeSources, SamePathError } from '../../sim/gate/index.js';
import { SimulationError } from '../../sim/run/rtl-array.js';

/** The error that an action raises, checked to be of this class. */
async function errorOf<E extends GenAccelError>(kind: abstract new (...args: never[]) => E, action: () => unknown): Promise<E> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return error as E;
  }
  throw new Error(`no ${kind.name}`);
}

describe('the command line', () => {
  it('UsageError says what is wrong and where to look', () => {
    expect(new UsageError('Unknown argument: x')).toMatchObject({ message: 'Unknown argument: x. See gen-accel --help.', exitCode: 1 });
  });

  it('ConfigFileError names the file and the reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'texts-'));
    try {
      writeFileSync(join(folder, 'a.ts'), 'export const x = 1;\n');
      expect(await errorOf(ConfigFileError, () => loadConfigFile('a.ts', folder))).toMatchObject({
        message: 'configuration file a.ts: it has no default export; expected a TypeScript module with `export default defineAccelerator({ ... })`. Correct the file, or give the parameters as options.',
        exitCode: 1,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('PredictionError lists what differs alone', () => {
    const comparison = [{ resource: 'DSP48E1', predicted: 20, found: 20 }, { resource: 'RAMB36E1', predicted: 19, found: 18 }];
    expect(new PredictionError('a', 'Yosys 9', comparison)).toMatchObject({
      message: 'synthesis of a with Yosys 9: 18 RAMB36E1; expected 19 RAMB36E1 as predicted. Please report it with the command that you ran, unless this Yosys is much newer than 0.55.',
      exitCode: 3,
    });
  });
});

describe('simulation', () => {
  it('InputFileError names the file', async () => {
    expect(await errorOf(InputFileError, () => readNetwork('no.tflite', 1, '.'))).toMatchObject({
      message: 'model no.tflite: there is no such file; expected a TFLite or ONNX file. Correct the path, or use "synthetic".',
      exitCode: 1,
    });
  });

  it('BitsDifferError is told apart from a tool that failed, SimulationError is a defect', () => {
    expect(new BitsDifferError('conv2d_1', 'rtl 3', 'golden 4', 'Look.')).toMatchObject({ message: 'conv2d_1: rtl 3; expected golden 4. Look.', code: 'E_BITS_DIFFER' });
    expect(new SimulationError('segment 0', 'no interrupt', 'one')).toMatchObject({ message: 'segment 0: no interrupt; expected one. Re-simulate with --trace fst.', exitCode: 3 });
  });
});

describe('defects', () => {
  it('TemplateError names the template and the missing field', async () => {
    const renderer = createRenderer(new Map([['rtl/a.v.hbs', 'x{{view.width}}']]));
    const missing = await errorOf(TemplateError, () => renderer.render('rtl/a.v.hbs', { view: {} }));
    expect(missing.message).toMatch(/^template rtl\/a\.v\.hbs: .*width.*; expected a Handlebars template whose every field is in the view\. /);
    expect(missing.exitCode).toBe(1);
    expect((await errorOf(TemplateError, () => renderer.render('rtl/b.v.hbs', {}))).message).toMatch(/^template rtl\/b\.v\.hbs: no such template; expected one of 1 known paths\. /);
  });

  it('IllegalProgramError names the instruction', async () => {
    expect(await errorOf(IllegalProgramError, () => checkTokens([]))).toMatchObject({
      message: 'instruction -1: the program does not finish with END; expected every pop after its push and at most 15 tokens in a queue. Please report it with the command that you ran.',
      exitCode: 3,
    });
  });

  it('assertNever shows the value that should not exist', async () => {
    expect(await errorOf(DefectError, () => assertNever({ kind: 'x' } as never, 'here'))).toMatchObject({
      message: 'here: unexpected value {"kind":"x"}; expected this never to happen. Please report it with the command that you ran.',
      exitCode: 3,
    });
  });
});

it('SamePathError names the file that two designs share', async () => {
  const designs = ['1', '2'].map((text) => new Map([['rtl/a.v', text]]));
  expect(await errorOf(SamePathError, () => mergeSources(designs))).toMatchObject({
    message: 'rtl/a.v: two different files of this path; expected a prefix of its own for every design. Set --prefix.',
    exitCode: 1,
  });
});
