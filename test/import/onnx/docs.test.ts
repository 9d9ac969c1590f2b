// SPDX-License-Identifier: Apache-2.0
/** Holds docs/onnx.md to the code's table of operators. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { operatorTable } from '../../../generator/import/onnx/operator-table.js';

it('docs/onnx.md lists the operators that the importer has', () => {
  const text = readFileSync(new URL('../../../docs/onnx.md', import.meta.url), 'utf8');
  const table = /<!-- operators:[^\n]*-->\n([\s\S]*?)\n<!-- end of operators -->/.exec(text)?.[1];
  expect(table).toBe(operatorTable());
});
