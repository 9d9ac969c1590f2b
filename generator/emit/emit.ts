// SPDX-License-Identifier: Apache-2.0
/** Turns an elaborated design into Verilog files; pure: texts in, texts out. */
import type { Module } from '../dsl/module.js';
import { type Design, emittedName } from '../elaborate/design.js';
import { comment, wrapText } from './layout.js';
import { renderLeaf } from './leaf.js';
import { bodyLines } from './print-body.js';
import { parameterLines, portLines } from './print-header.js';
import { type TemplateMap, createRenderer } from './templates.js';

export interface EmitOptions {
  readonly templates: TemplateMap;
  /** Version of gen-accel, printed in every file. */
  readonly version: string;
  /** Hash of the configuration, printed in every file. */
  readonly configHash: string;
}

export interface Emission {
  /** Path (`rtl/<prefix>_pe.v`) -> text. */
  readonly files: ReadonlyMap<string, string>;
  /** The paths, dependencies first: the order of a file list. */
  readonly order: readonly string[];
}

const contractLines = (module: Module): string[] => {
  const { timing, reset, numbers } = module.doc;
  return Object.entries({ Timing: timing, Reset: reset, Numbers: numbers }).flatMap(([label, text]) =>
    wrapText(text, `// ${`${label}:`.padEnd(8)} `, `//          `),
  );
};

/** Emits one file a module. The same design and options give the same bytes. */
export function emit(design: Design, options: EmitOptions): Emission {
  const renderer = createRenderer(options.templates);
  const nameOf = (name: string): string => emittedName(design, name);
  const files = new Map<string, string>();
  for (const module of design.modules) {
    const values = design.elaborated.filter((one) => one.module.name === module.name).map((one) => one.values);
    const body =
      module.template === undefined
        ? bodyLines(module.items(), '  ', nameOf).join('\n')
        : renderLeaf(module, design.prefix, values, renderer);
    const name = nameOf(module.name);
    const title = comment(`${name}: ${module.doc.role}`, '').join('\n').slice(3);
    const text = renderer.render('partials/module.hbs', {
      title,
      version: options.version,
      configHash: options.configHash,
      contract: contractLines(module),
      name,
      hasParameters: Object.keys(module.parameters).length > 0,
      parameterLines: parameterLines(module),
      portLines: portLines(module),
      body,
    });
    files.set(`rtl/${name}.v`, text);
  }
  return { files, order: [...files.keys()] };
}
