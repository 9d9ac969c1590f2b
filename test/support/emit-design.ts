// SPDX-License-Identifier: Apache-2.0
/** Elaborates and emits a description with the package's own templates; for tests. */
import { loadTemplates } from '../../generator/cli/load-templates.js';
import type { Module } from '../../generator/dsl/index.js';
import { elaborate } from '../../generator/elaborate/index.js';
import { type Emission, emit } from '../../generator/emit/index.js';

export const emitDesign = (top: Module, prefix = 'demo', extra: readonly (readonly [string, string])[] = []): Emission =>
  emit(elaborate(top, { prefix }), {
    templates: new Map([...loadTemplates(), ...extra]),
    version: '0.0.0',
    configHash: '0123456789ab',
  });
