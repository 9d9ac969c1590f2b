// SPDX-License-Identifier: Apache-2.0
/** Owns how text from outside (names in a model file, paths) is shown: on one line, without characters that a terminal obeys. */

/** Longest name that is shown whole. */
export const MAX_SHOWN = 200;

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) as number).toString(16)}}`;

/** Control and format characters, lone surrogates and separators as `\u{1b}`; line feeds stay. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => (character === '\n' ? character : escaped(character)));

/** The same on one line, cut behind `most` characters. */
export function oneLine(text: string, most = MAX_SHOWN): string {
  const isLong = text.length > most;
  const line = printable(isLong ? text.slice(0, most) : text).replaceAll('\n', escaped);
  return isLong ? `${line}... (${text.length} characters)` : line;
}
