// SPDX-License-Identifier: Apache-2.0
/** Holds the source tree to its rules: imports run one way, the core is pure, every file is licensed and names no machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folder -> folders of generator/ that it may import, beside itself. Types count like values. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  tensor: ['core'],
  graph: ['core', 'tensor'],
  float: ['core', 'tensor', 'graph'],
  import: ['core', 'tensor', 'graph', 'float', 'quantize'],
  prune: ['core', 'tensor', 'graph', 'float', 'model'],
  quantize: ['core', 'tensor', 'graph', 'float'],
  arch: ['core'],
  compile: ['core', 'tensor', 'graph', 'quantize', 'arch', 'prune'],
  model: ['core', 'tensor', 'graph', 'quantize', 'arch', 'compile'],
  dsl: ['core'],
  blocks: ['core', 'dsl', 'arch'],
  elaborate: ['core', 'dsl'],
  emit: ['core', 'dsl', 'elaborate', 'arch'],
  estimate: ['core', 'tensor', 'graph', 'arch', 'compile', 'model'],
  inspect: ['core', 'tensor', 'graph', 'arch', 'prune', 'model'],
  compare: ['core', 'tensor', 'graph', 'float', 'arch', 'prune', 'quantize', 'compile', 'model', 'estimate'],
  export: ['core', 'tensor', 'graph', 'quantize', 'arch', 'compile', 'emit'],
  exchange: ['core', 'tensor', 'graph', 'float', 'import'],
  report: ['core', 'tensor', 'graph', 'arch', 'compile', 'model', 'estimate', 'inspect', 'export', 'compare', 'prune'],
};
/** The golden model is independent of what it judges: it may not see the compiler either. */
const GOLDEN = /^generator\/model\/golden/;
/** generate.ts joins hardware and software; index.ts re-exports; cli is the shell. They may import everything in generator/. */
const JOINS = /^generator\/(index\.ts|generate\.ts|generate\/|cli\/)/;
/** sim/ is reached from the shell alone. */
const SHELL = /^generator\/cli\//;

const PURE_NODE_MODULES = ['node:crypto'];
const IMPURE_GLOBALS = ['process', 'console', 'setTimeout', 'setInterval', 'fetch', 'performance'];
const IMPURE_MEMBERS = ['Math.random', 'Date.now', 'Date.parse'];

const committed = (): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)));

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = existsSync(join(root, '.git')) ? committed() : [];
const sources = files.filter((path) => /^(generator|sim)\/.*\.ts$/.test(path));

const importsOf = (text: string): string[] => ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);

/** Why `path` may not import `specifier`; undefined when it may. */
function importProblem(path: string, specifier: string): string | undefined {
  const say = (why: string): string => `${path} imports ${specifier}: ${why}`;
  const inGenerator = path.startsWith('generator/');
  if (!specifier.startsWith('.')) {
    if (!inGenerator || SHELL.test(path)) return undefined;
    const isNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
    return isNode && !PURE_NODE_MODULES.includes(specifier) ? say('only generator/cli may touch files or processes') : undefined;
  }
  if (!specifier.endsWith('.js') && !specifier.endsWith('.json')) return say('a relative import ends with .js');
  const target = normalize(join(dirname(path), specifier)).replaceAll('\\', '/');
  if (!inGenerator) return target.startsWith('generator/') || target.startsWith('sim/') ? undefined : say('sim imports sim and generator');
  if (target.startsWith('sim/')) return SHELL.test(path) ? undefined : say('only generator/cli may import sim');
  if (!target.startsWith('generator/')) return say('it leaves generator/');
  if (JOINS.test(path)) return undefined;
  const from = path.split('/')[1] ?? '';
  const to = target.split('/')[1] ?? '';
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return say(`generator/${from} has no row in the import table`);
  if (GOLDEN.test(path) && ['compile', 'arch'].includes(to)) return say('the golden model reads plain tensors and graphs alone');
  return from === to || allowed.includes(to) ? undefined : say(`generator/${from} may import ${allowed.join(', ') || 'nothing'}`);
}

/** Uses of the clock, the environment, the console or chance. */
function impurities(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, false);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const base = node.expression.text;
      if (IMPURE_GLOBALS.includes(base) || IMPURE_MEMBERS.includes(`${base}.${node.name.text}`)) found.push(`${path} uses ${base}.${node.name.text}`);
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && IMPURE_GLOBALS.includes(node.expression.text)) found.push(`${path} calls ${node.expression.text}`);
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date') found.push(`${path} reads the clock`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the rules themselves', () => {
  it.each([
    ['generator/core/a.ts', '../arch/config.js'],
    ['generator/compile/a.ts', '../blocks/pe.js'],
    ['generator/blocks/a.ts', '../compile/encode.js'],
    ['generator/model/golden/a.ts', '../../compile/encode.js'],
    ['generator/model/cycles.ts', '../dsl/index.js'],
    ['generator/emit/a.ts', 'node:fs'],
    ['generator/emit/a.ts', 'fs'],
    ['generator/blocks/a.ts', '../../sim/tools/find.js'],
    ['generator/arch/a.ts', '../core/integers'],
    ['generator/arch/a.ts', '../../test/support/data.js'],
    ['generator/unknown/a.ts', '../core/integers.js'],
    ['sim/a.ts', '../test/support/data.js'],
  ])('refuse %s importing %s', (path, specifier) => {
    expect(importProblem(path, specifier)).toContain(`${path} imports ${specifier}`);
  });

  it.each([
    ['generator/compile/a.ts', '../arch/config.js'],
    ['generator/cli/a.ts', '../../sim/tools/find.js'],
    ['generator/core/a.ts', 'node:crypto'],
    ['generator/generate.ts', './blocks/index.js'],
    ['sim/harness/a.ts', '../../generator/arch/config.js'],
  ])('allow %s importing %s', (path, specifier) => {
    expect(importProblem(path, specifier)).toBeUndefined();
  });

  it('see clock, chance, environment and console', () => {
    expect(impurities('x.ts', 'const a = Math.random(); console.log(process.env, new Date()); setTimeout(() => 0);')).toHaveLength(5);
    expect(impurities('x.ts', '// Math.random\nconst a = { process: 1 }; a.process;')).toEqual([]);
  });
});

describe.skipIf(files.length === 0)('every file of generator and sim', () => {
  it('imports only what the table of the style allows', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap((path) => importsOf(read(path)).flatMap((specifier) => importProblem(path, specifier) ?? []))).toEqual([]);
  });

  it('is pure outside generator/cli and sim', () => {
    const pure = sources.filter((path) => path.startsWith('generator/') && !SHELL.test(path));
    expect(pure.flatMap((path) => impurities(path, read(path)))).toEqual([]);
  });

  it('opens with its licence and one sentence that says what it owns', () => {
    const bad = sources.filter((path) => !/^(#!.*\n)?\/\/ SPDX-License-Identifier: Apache-2\.0\n\/\*\*/.test(read(path)));
    expect(bad).toEqual([]);
  });
});

describe.skipIf(files.length === 0)('every file of the repository', () => {
  const text = files.filter((path) => /\.(ts|mjs|js|hbs|v|md|sh|json|yml|cpp|h)$|(^|\/)(Makefile|run)$/.test(path) && path !== 'package-lock.json');

  it('names its licence where it can hold a comment', () => {
    const licensed = text.filter((path) => /\.(ts|mjs|js|v|sh|yml|cpp|h)$|(^|\/)(Makefile|run)$/.test(path));
    expect(licensed.filter((path) => !read(path).includes('SPDX-License-Identifier'))).toEqual([]);
  });

  it('names no folder of a machine', () => {
    const machine = /(^|[\s"'`(=:])\/(home|work|tmp|root|Users|mnt)\//m;
    expect(machine.test('cat "/home/me/x"')).toBe(true);
    expect(text.filter((path) => path !== 'test/imports.test.ts' && machine.test(read(path)))).toEqual([]);
  });
});
