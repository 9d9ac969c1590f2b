// SPDX-License-Identifier: Apache-2.0
/** Owns the rule that a name is declared before it is used: simulators forgive it, others make a one-bit net of it. */

/** Comments and strings become blanks, so that positions stay. */
const bare = (text: string): string => text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g, (found) => found.replace(/[^\n]/g, ' '));

const DECLARATION = /^[ \t]*(?:wire|reg|integer|genvar|localparam)\b(?:[ \t]+(?:integer|signed|reg)\b)*/gm;

/** Names that a declaration introduces, with their positions: those at depth 0 that begin it or follow a comma. */
function namesFrom(text: string, start: number): [string, number][] {
  const names: [string, number][] = [];
  let depth = 0;
  let awaited = true;
  for (const token of text.slice(start).matchAll(/[([{]|[)\]}]|[,;]|\w+/g)) {
    if (token[0] === ';') break;
    if ('([{'.includes(token[0])) depth += 1;
    else if (')]}'.includes(token[0])) depth -= 1;
    else if (depth === 0 && token[0] === ',') awaited = true;
    else if (depth === 0 && awaited) {
      names.push([token[0], start + token.index]);
      awaited = false;
    }
  }
  return names;
}

/** Nets, variables and constants of emitted files that are used above their declaration. */
export function orderProblems(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, original]) => {
    const text = bare(original);
    const declared = new Map<string, number>();
    for (const found of text.matchAll(DECLARATION)) {
      for (const [name, at] of namesFrom(text, found.index + found[0].length)) if (!declared.has(name)) declared.set(name, at);
    }
    const used = new Map<string, number>();
    // A name behind a point is a port of an instance or lies in another scope.
    for (const found of text.matchAll(/(?<![\w.$'`])[A-Za-z_]\w*/g)) if (!used.has(found[0])) used.set(found[0], found.index);
    const line = (at: number): number => text.slice(0, at).split('\n').length;
    return [...declared].flatMap(([name, at]) => {
      const first = used.get(name) ?? at;
      return first < at ? [`${path}:${line(first)}: ${name} is used before its declaration in line ${line(at)}`] : [];
    });
  });
}
