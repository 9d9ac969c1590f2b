// SPDX-License-Identifier: Apache-2.0
/** Holds the sources to "same model, same image, byte for byte, on any machine": nothing that an engine, a clock, a locale or a disk decides. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Of Math, what ECMAScript defines to the bit; the rest "is implementation-approximated". */
const EXACT = new Set(['abs', 'ceil', 'floor', 'round', 'trunc', 'max', 'min', 'sign', 'sqrt', 'fround', 'imul', 'clz32', 'SQRT2', 'PI', 'E', 'LN2', 'LN10']);
/** Clock, locale, chance, machine. */
const NAMES = new Set([
  'Date', 'performance', 'hrtime', 'Intl', 'localeCompare', 'toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'toLocaleDateString', 'toLocaleTimeString',
  'randomUUID', 'randomBytes', 'getRandomValues', 'hostname', 'homedir', 'userInfo', 'cpus', 'availableParallelism', 'networkInterfaces', 'EOL', 'WeakRef', 'FinalizationRegistry',
]);
/** The order of a disk. */
const LISTINGS = new Set(['readdir', 'readdirSync', 'opendir', 'opendirSync', 'glob', 'globSync']);
/** Arrays of these types over another's bytes have the byte order of the machine. */
const WIDE_ARRAY = /^(Big)?(Uint|Int|Float)(16|32|64)Array$/;

/** What may stay, and why the outputs do not depend on it. */
const ALLOWED: Readonly<Record<string, string>> = {
  'generator/cli/compare-cache.ts: lists a folder': 'sorted, and for the name of a cached row alone',
  'generator/cli/output-folder.ts: lists a folder': 'sorted, and for comparison alone',
  'generator/cli/image-files.ts: lists a folder': 'sorted by name',
  'generator/cli/load-templates.ts: lists a folder': 'sorted by path',
  'generator/quantize/post-training/histogram.ts: byte order': 'the bits of its own float32 values, in the order of both',
  'sim/law/law-bench.ts: uses randomBytes': 'a function of its own, seeded',
  'sim/simulators/cache.ts: uses Date': 'the age of cached simulator builds',
  'sim/simulators/cache.ts: uses homedir': 'where cached simulator builds lie',
  'sim/simulators/cache.ts: uses randomUUID': 'a name for a folder that is renamed',
  'sim/simulators/cache.ts: lists a folder': 'which cached builds to remove',
};

/** What in a file is not the same everywhere. */
function findings(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found = new Set<string>();
  const add = (what: string): void => { found.add(`${path}: ${what}`); };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node)) {
      const isField = ts.isPropertyAssignment(node.parent) && node.parent.name === node;
      if (NAMES.has(node.text) && !isField) add(`uses ${node.text}`);
      if (node.text === 'Math') {
        const member = ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node ? node.parent.name.text : undefined;
        if (member === undefined || !EXACT.has(member)) add(`uses Math${member === undefined ? '' : `.${member}`}`);
      }
    }
    if (ts.isCallExpression(node)) {
      const name = ts.isIdentifier(node.expression) ? node.expression.text : ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : '';
      if (LISTINGS.has(name)) add('lists a folder');
      if (['race', 'any'].includes(name) && /^Promise\./.test(node.expression.getText())) add(`uses Promise.${name}`);
    }
    if (ts.isBinaryExpression(node) && [ts.SyntaxKind.AsteriskAsteriskToken, ts.SyntaxKind.AsteriskAsteriskEqualsToken].includes(node.operatorToken.kind) && node.left.getText() !== '2') {
      add(`raises ${node.left.getText()} to a power`);
    }
    if (path.startsWith('generator/') && ts.isNewExpression(node) && WIDE_ARRAY.test(node.expression.getText()) && /\.buffer$/.test(node.arguments?.[0]?.getText() ?? '')) add('byte order');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found];
}

describe('the rules', () => {
  it.each([
    ['Math.exp(x)', 'uses Math.exp'], ['[1].map(Math.log2)', 'uses Math.log2'], ['const { pow } = Math;', 'uses Math'], ["Math['exp'](1)", 'uses Math'], ['Math.random()', 'uses Math.random'],
    ['x ** 2', 'raises x to a power'], ['x **= 2', 'raises x to a power'], ['10 ** n', 'raises 10 to a power'],
    ['new Date()', 'uses Date'], ['a.localeCompare(b)', 'uses localeCompare'], ['n.toLocaleString()', 'uses toLocaleString'], ['new Intl.Collator()', 'uses Intl'],
    ['readdirSync(a)', 'lists a folder'], ['fs.readdir(a)', 'lists a folder'], ['Promise.race(a)', 'uses Promise.race'], ['os.cpus().length', 'uses cpus'], ['lines.join(EOL)', 'uses EOL'],
    ['new Float32Array(bytes.buffer)', 'byte order'],
  ])('see %s', (text, what) => {
    expect(findings('generator/a.ts', text)).toEqual([`generator/a.ts: ${what}`]);
  });

  it.each(['Math.sqrt(Math.fround(x))', '2 ** n', '// Math.exp\n"Date"', 'new Uint8Array(a.buffer)', 'new Float32Array(3)', '({ Date: 1 })'])('allow %s', (text) => {
    expect(findings('generator/a.ts', text)).toEqual([]);
  });
});

describe.skipIf(!existsSync(join(root, '.git')))('generator and sim', () => {
  const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'generator', 'sim'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path.endsWith('.ts') && existsSync(join(root, path)));
  const all = paths.flatMap((path) => findings(path, readFileSync(join(root, path), 'utf8')));

  it('use what every machine answers alike, or what is allowed with a reason', () => {
    expect(paths.length).toBeGreaterThan(200);
    expect(all.filter((found) => !(found in ALLOWED))).toEqual([]);
  });

  it('need every permission that the list gives', () => {
    expect(Object.keys(ALLOWED).filter((permission) => !all.includes(permission))).toEqual([]);
  });
});

it('a power of two is exact in this engine, compiled and not', () => {
  const view = new DataView(new ArrayBuffer(8));
  const exact = (n: number): number => {
    view.setBigUint64(0, n >= -1022 ? BigInt(n + 1023) << 52n : 1n << BigInt(n + 1074));
    return view.getFloat64(0);
  };
  for (let round = 0; round < 20; round++) for (let n = -1074; n <= 1023; n++) if (2 ** n !== exact(n)) throw new Error(`2 ** ${n} is ${2 ** n}`);
});
