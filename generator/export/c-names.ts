// SPDX-License-Identifier: Apache-2.0
/** Owns how names become C identifiers and numbers C literals. */

/** Headers of C, which a network's header in a folder of `-I` would hide, and the example beside it. */
const TAKEN = new Set((
  'assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdint stdio stdlib ' +
  'stdnoreturn string strings tgmath threads time uchar wchar wctype example'
).split(' '));

/** Longest identifier: it names files too. */
const MAX_IDENTIFIER = 60;

/** Lower case, digits and underscores; begins with a letter, and is no name of a C header or of the loader. "ResNet-8" -> "resnet_8". */
export function cIdentifier(name: string): string {
  const word = name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '').toLowerCase().slice(0, MAX_IDENTIFIER);
  const isFree = /^[a-z]/.test(word) && !word.startsWith('gen_accel') && !TAKEN.has(word);
  return isFree ? word : `net_${word}`.replace(/_$/, '');
}

/** Upper case with underscores: schedBase -> SCHED_BASE, "conv2d_1" -> CONV2D_1. */
export const cMacro = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();

/** 0x0000001cu. */
export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}u`;

/** A string literal; what ASCII cannot print becomes an octal escape. Question marks are escaped too: two of them may begin a trigraph. */
export const cString = (text: string): string =>
  `"${[...new TextEncoder().encode(text)].map((byte) => (byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : `${byte === 0x22 || byte === 0x5c || byte === 0x3f ? '\\' : ''}${String.fromCharCode(byte)}`)).join('')}"`;

/** Text that can stand in a C comment. */
export const cComment = (text: string): string => text.replaceAll('*/', '* /').replaceAll('/*', '/ *').replace(/[^\x20-\x7e]/g, '?');
