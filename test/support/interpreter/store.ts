// SPDX-License-Identifier: Apache-2.0
/** Owns the effect of STORE on memory. */
import { STORE, STORE_WORDS } from '../../../generator/arch/instructions.js';
import { reader, refuseReserved } from './fields.js';
import type { Decoded } from './program.js';
import type { State } from './state.js';

export function store({ memory, config, out, counters }: State, { payload }: Decoded): void {
  const { group, lanes, outDepth, bus } = config;
  refuseReserved(payload, STORE, 'store', STORE_WORDS);
  const f = reader(payload, STORE);
  for (const name of ['address', 'rowStride', 'segmentStride'] as const) if (f(name) % group !== 0) throw new Error(`interpreter: store ${name} is not aligned to GROUP`);
  let source = 0;
  for (let row = 0; row < f('rows'); row++) {
    for (let segment = 0; segment < f('segments'); segment++) {
      const to = f('address') + row * f('rowStride') + segment * f('segmentStride');
      const end = to + f('segmentWords') * group;
      if (end > memory.length) throw new Error('interpreter: store beyond memory');
      counters.beatsWritten += Math.ceil((end * 8) / bus) - Math.floor((to * 8) / bus);
      for (let word = 0; word < f('segmentWords'); word++, source++) {
        const pixel = Math.floor(source / f('pixelWords'));
        const lane = Math.floor(pixel / f('pixels'));
        const from = f('outBase') + (pixel % f('pixels')) * f('outPitch') + (source % f('pixelWords'));
        if (lane >= lanes || from >= outDepth) throw new Error('interpreter: store walks out of range');
        const at = (f('outHalf') * outDepth + from) * group;
        memory.set((out[lane] as Int8Array).subarray(at, at + group), to + word * group);
      }
    }
  }
}
