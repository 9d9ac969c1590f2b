// SPDX-License-Identifier: Apache-2.0
/** Holds the files that mutations begin with to what they are for: sound, of every operator, the same after a way through plain objects. */
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { OPERATORS } from '../../generator/import/onnx/operators.js';
import { ALWAYS_CONSTANT, ON_CONSTANTS } from '../../generator/import/onnx/operators/folded.js';
import { QLINEAR_OPERATORS } from '../../generator/import/onnx/qlinear.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { INT8_CONVERSIONS } from '../../generator/import/tflite/operators.js';
import { readTfliteModel } from '../../generator/import/tflite/schema.js';
import { ONNX_MODELS, onnxCorpus } from './onnx-corpus.js';
import * as onnxTree from './onnx-tree.js';
import { tfliteCorpus } from './tflite-corpus.js';
import * as tfliteTree from './tflite-tree.js';

describe('small TFLite files', () => {
  const corpus = tfliteCorpus();

  it('are many, and have every operator that is executed', () => {
    expect(corpus.length).toBeGreaterThan(70);
    const codes = new Set(corpus.flatMap((bytes) => readTfliteModel(bytes).operators.map(({ code }) => code)));
    expect([...INT8_CONVERSIONS.keys()].filter((code) => !codes.has(code))).toEqual([]);
  });

  it('are the same network after they were plain objects', () => {
    for (const bytes of corpus) expect(readTflite(tfliteTree.writeTree(tfliteTree.readTree(bytes)), 'm')).toEqual(readTflite(bytes, 'm'));
  });
});

describe('small ONNX files', () => {
  it('have every operator that is taken', () => {
    const types = new Set(ONNX_MODELS.flatMap(({ nodes }) => nodes.map(({ domain = '', op_type = '' }) => (domain === '' ? op_type : `${domain}.${op_type}`))));
    const known = [...Object.keys(OPERATORS), ...Object.keys(ALWAYS_CONSTANT), ...Object.keys(ON_CONSTANTS), ...QLINEAR_OPERATORS];
    expect(known.filter((type) => !types.has(type))).toEqual([]);
  });

  it('are the same network after they were plain objects', () => {
    for (const bytes of onnxCorpus()) expect(readOnnx(onnxTree.writeTree(onnxTree.readTree(bytes)), 'm')).toEqual(readOnnx(bytes, 'm'));
  });
});
