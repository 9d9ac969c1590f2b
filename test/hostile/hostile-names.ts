// SPDX-License-Identifier: Apache-2.0
/** Owns names that nobody gives a tensor, but a file may. */

export const HOSTILE_NAMES: readonly string[] = [
  '', ' ', 'a b', 'line\nbreak', 'tab\tbed', 'quote"d', "single'", 'back\\slash', '*/ int main(void) { return 1; } /*', '//', '??/', '../../../../outside', '/absolute', 'C:\\windows', '.', '..',
  'module', 'endmodule', 'int', 'while', 'gen_accel', 'NULL', '1st', '$display("x")', '`include "x"', '{{name}}', '{{{view}}}', '%s%n', '<script>alert(1)</script>', '| cell | cell |',
  '\u{1b}[31mred\u{1b}[0m', '\u{1b}]0;title\u{7}', '\r\u{8}\u{8}', 'nul\u{0}byte', '\u{202e}reversed', '\u{200b}', '\u{feff}bom', 'naïve ünïcödé 漢字 \u{1f600}', '\u{d800}', '__proto__', 'constructor', 'toString',
  'hasOwnProperty', 'x'.repeat(10_000), '\n'.repeat(300),
];
