// SPDX-License-Identifier: Apache-2.0
/** Owns the Handlebars setting of the project: strict, no escaping, helpers that only format. */
import Handlebars from 'handlebars';
import { GenAccelError } from '../core/errors.js';

/** Template texts by path inside templates/, for example `rtl/pe.v.hbs`. */
export type TemplateMap = ReadonlyMap<string, string>;

/** A template is absent, malformed or asks for a field that the view does not have. */
export class TemplateError extends GenAccelError {
  constructor(path: string, found: string, expected: string, remedy: string, cause?: unknown) {
    super('E_TEMPLATE', 'input', { where: `template ${path}`, found, expected, remedy }, { cause });
  }
}

const HELPERS = {
  /** {{hex value width}}: 12'h0ff. */
  hex: (value: number | bigint, width: number): string =>
    `${width}'h${BigInt(value).toString(16).padStart(Math.ceil(width / 4), '0')}`,
  /** {{pad text columns}}: padded on the right. */
  pad: (text: unknown, columns: number): string => String(text).padEnd(columns),
  /** {{padLeft text columns}}. */
  padLeft: (text: unknown, columns: number): string => String(text).padStart(columns),
  /** {{upper text}}. */
  upper: (text: unknown): string => String(text).toUpperCase(),
} as const;

/** Renders templates of one map; compiled templates are kept. */
export interface Renderer {
  /** The template at `path`. */
  render(path: string, view: object): string;
  /** A text that is not in the map; `name` is for messages. */
  renderText(name: string, text: string, view: object): string;
}

export function createRenderer(templates: TemplateMap): Renderer {
  const handlebars = Handlebars.create();
  for (const [name, helper] of Object.entries(HELPERS)) handlebars.registerHelper(name, helper);
  for (const [path, text] of templates) {
    const partial = /^partials\/(.*)\.hbs$/.exec(path)?.[1];
    if (partial !== undefined) handlebars.registerPartial(partial, text);
  }
  const knownHelpers = Object.fromEntries(Object.keys(HELPERS).map((name) => [name, true]));
  const compiled = new Map<string, Handlebars.TemplateDelegate>();
  const renderText = (name: string, text: string, view: object): string => {
    try {
      let template = compiled.get(text);
      if (template === undefined) {
        template = handlebars.compile(text, { noEscape: true, strict: true, knownHelpersOnly: true, knownHelpers });
        compiled.set(text, template);
      }
      return template(view);
    } catch (cause) {
      throw new TemplateError(
        name,
        cause instanceof Error ? cause.message.replace(/\s*\n\s*/g, ' | ') : String(cause),
        'a Handlebars template whose every field is in the view',
        'Write a Verilog replication inside a concatenation as `{ {n{x}}, y}`, with a space: `{{` opens a field.',
        cause,
      );
    }
  };
  return {
    renderText,
    render: (path, view) => {
      const text = templates.get(path);
      if (text === undefined) {
        throw new TemplateError(path, 'no such template', `one of ${templates.size} known paths`, 'Check the name, or pass the text inline as template: { text }.');
      }
      return renderText(path, text, view);
    },
  };
}
