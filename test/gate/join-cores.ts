// SPDX-License-Identifier: Apache-2.0
/** Owns a Verilog module that holds several cores and passes all their ports through. */

export interface CoreText {
  readonly top: string;
  /** Verilog of the top module, as emitted. */
  readonly text: string;
}

const PORT = /^ {2}(input|output) +wire +(\[[^\]]+\])? *(\w+)/;

/** One module `name` with instances `u_0`, `u_1`...; port p of core i is `c<i>_p`. */
export function joinCores(name: string, cores: readonly CoreText[]): string {
  const parsed = cores.map(({ top, text }) => {
    const header = text.slice(text.indexOf('module '), text.indexOf(');'));
    const ports = header.split('\n').flatMap((line) => {
      const [, direction, range = '', port] = PORT.exec(line) ?? [];
      return direction === undefined || port === undefined ? [] : [{ direction, range, port }];
    });
    return { top, ports };
  });
  const declarations = parsed.flatMap(({ ports }, i) => ports.map(({ direction, range, port }) => `  ${direction} wire ${range} c${i}_${port}`));
  const instances = parsed.map(({ top, ports }, i) => `  ${top} u_${i} (\n${ports.map(({ port }) => `    .${port} (c${i}_${port})`).join(',\n')}\n  );`);
  return `\`default_nettype none\nmodule ${name} (\n${declarations.join(',\n')}\n);\n${instances.join('\n')}\nendmodule\n\`default_nettype wire\n`;
}
