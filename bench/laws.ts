// SPDX-License-Identifier: Apache-2.0
/**
 * Measures what the papers' schemes promise, by the law and in RTL, and writes docs/laws.md. A run is kept in build/ and taken again where
 * program, hardware and input have not changed; `--fresh` measures all. `--quick` leaves out SqueezeNet, and then writes nothing.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createVerilator } from '../sim/simulators/index.js';
import { barsOf, type Laws } from './laws/bars.js';
import { lawsDocument } from './laws/document.js';
import { measureGroups } from './laws/groups.js';
import { kangRow, SETTINGS } from './laws/kang.js';
import { measureLockstep } from './laws/lockstep.js';
import { absentSqueezenetFiles, measureSqueezenet } from './laws/squeezenet.js';
import { MeasurementStore } from './laws/store.js';
import { IKR, measureStructures, SMOF } from './laws/structures.js';
import { measureVgg16 } from './laws/vgg16.js';

const root = resolve(import.meta.dirname, '..');
const has = (word: string): boolean => process.argv.includes(word);
const store = new MeasurementStore(resolve(root, 'build/laws.json'), has('--fresh'), (text) => console.error(`bench: laws: ${text}`));

const missing = absentSqueezenetFiles();
if (missing.length > 0 && process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);

const laws: Laws = {
  kang: SETTINGS.map(kangRow),
  ikr: await measureStructures(store, 'IKR', IKR),
  smof: await measureStructures(store, 'SMOF', SMOF),
  groups: await measureGroups(store),
  lockstep: await measureLockstep(store),
  vgg16: await measureVgg16(store),
  squeezenet: has('--quick') || missing.length > 0 ? undefined : await measureSqueezenet(store),
};

const bars = barsOf(laws);
const text = lawsDocument(laws, bars, (await createVerilator().version()).replace(' ()', ''));
console.log(text);
console.error(`bench: laws: ${store.measured} measured, ${store.reused} as before`);
if (laws.squeezenet !== undefined) writeFileSync(resolve(root, 'docs/laws.md'), text);
else console.error(`bench: docs/laws.md is not written, SqueezeNet is not measured${missing.length > 0 ? `: ${missing.join(', ')}` : ''}`);
for (const { what, bar, found, holds } of bars) {
  if (holds) continue;
  console.error(`bench: laws: ${what}: ${found}, not ${bar}`);
  process.exitCode = 1;
}
