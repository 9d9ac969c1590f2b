// SPDX-License-Identifier: Apache-2.0
/** `make bench`: measures, prints, and writes docs/benchmarks.md. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generationSection } from './generation.js';
import { resnet8Section } from './resnet8.js';
import { toolSection } from './tool-speed.js';

const text = `# Benchmarks

Measured by \`make bench\` in simulation of the generated Verilog; useful work, law and utilization as [sim.md](sim.md) defines them.

${generationSection()}
${toolSection()}
${await resnet8Section()}`;
writeFileSync(resolve(import.meta.dirname, '../docs/benchmarks.md'), text);
console.log(text);
