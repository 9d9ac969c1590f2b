// SPDX-License-Identifier: Apache-2.0
/** Owns the effect of the load instructions on the buffers. */
import { extractField } from '../../../generator/arch/fields.js';
import { HEADER, LOAD_ACT, LOAD_ACT_LANE, LOAD_ACT_WORDS, LOAD_STREAM, LOAD_STREAM_WORDS, STREAM_DESTINATIONS } from '../../../generator/arch/instructions.js';
import { reader, refuseReserved } from './fields.js';
import type { Decoded } from './program.js';
import type { State, StreamName } from './state.js';

export function loadAct({ memory, config, act, counters }: State, { payload }: Decoded): void {
  const { group, actDepth, lanes, bus } = config;
  refuseReserved(payload, LOAD_ACT, 'loadAct', LOAD_ACT_WORDS);
  const f = reader(payload, LOAD_ACT);
  if (f('address') % group !== 0 || f('rowStride') % group !== 0 || f('segmentStride') % group !== 0) throw new Error('interpreter: loadAct is not aligned to GROUP');
  const rows = f('rows');
  if (rows < 1) throw new Error('interpreter: loadAct without rows');
  const put = (row: number, offset: number, from: number | undefined): void => {
    const word = (f('actBase') + row * f('actRowPitch') + offset) % actDepth;
    for (let lane = 0; lane < lanes; lane++) {
      const window = reader(payload, LOAD_ACT_LANE, LOAD_ACT_WORDS + lane);
      if (row < window('rowFirst') || row > window('rowLast')) continue;
      const bank = act[lane] as Int8Array;
      if (from === undefined) bank.fill(f('padByte'), word * group, (word + 1) * group);
      else bank.set(memory.subarray(from, from + group), word * group);
    }
  };
  for (let row = 0; row < rows; row++) {
    const isPad = row < f('padTop') || row + f('padBottom') >= rows;
    if (!isPad && (f('segments') < 1 || f('segmentWords') < 1)) throw new Error('interpreter: loadAct with an empty real row');
    let offset = 0;
    for (; offset < f('padLeft'); offset++) put(row, offset, undefined);
    for (let segment = 0; segment < f('segments'); segment++) {
      offset = f('padLeft') + segment * f('actSegmentPitch');
      const from = f('address') + (row - f('padTop')) * f('rowStride') + segment * f('segmentStride');
      for (let word = 0; word < f('segmentWords'); word++, offset++) put(row, offset, isPad ? undefined : from + word * group);
      if (!isPad) {
        const end = from + f('segmentWords') * group;
        if (end > memory.length) throw new Error('interpreter: loadAct reads beyond memory');
        counters.beatsRead += Math.ceil((end * 8) / bus) - Math.floor((from * 8) / bus);
      }
    }
    for (let word = 0; word < f('padRight'); word++, offset++) put(row, offset, undefined);
  }
}

export function loadStream({ memory, config, buffers, counters }: State, { header, payload }: Decoded): void {
  refuseReserved(payload, LOAD_STREAM, 'loadStream', LOAD_STREAM_WORDS);
  const f = reader(payload, LOAD_STREAM);
  const code = extractField(header, HEADER.destination);
  const name = (Object.keys(buffers) as StreamName[]).find((each) => STREAM_DESTINATIONS[each] === code);
  if (name === undefined || buffers[name].depth === 0) throw new Error('interpreter: loadStream destination');
  const buffer = buffers[name];
  const busBytes = config.bus / 8;
  if (f('address') % busBytes !== 0) throw new Error('interpreter: loadStream is not bus-aligned');
  if (f('words') < 1 || f('beats') < 1) throw new Error('interpreter: empty loadStream');
  if (f('words') * buffer.stride > f('beats') * busBytes) throw new Error('interpreter: too few beats for the words');
  if (f('base') + f('words') > buffer.depth) throw new Error(`interpreter: ${name} out of range`);
  if (f('address') + f('beats') * busBytes > memory.length) throw new Error('interpreter: loadStream reads beyond memory');
  for (let word = 0; word < f('words'); word++) {
    const from = f('address') + word * buffer.stride;
    buffer.data.set(memory.subarray(from, from + buffer.bytes), (f('base') + word) * buffer.bytes);
  }
  counters.beatsRead += f('beats');
}
