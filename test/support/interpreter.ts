// SPDX-License-Identifier: Apache-2.0
/**
 * Owns a functional model of the core: it runs the words of a program on plain memory and buffers as docs/architecture.md
 * says. It shares the field tables with the compiler and nothing else. Every fault that the core reports is an Error here.
 */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive, streamBits } from '../../generator/arch/derive.js';
import { extractField, type Field } from '../../generator/arch/fields.js';
import {
  COMPUTE, COMPUTE_LANE, HEADER, LOAD_ACT, LOAD_ACT_LANE, LOAD_STREAM, OPCODES, PARAMETER, PARAMETER_BITS, SCHEDULE_ENTRY, STORE, STORE_WORDS,
  STREAM_DESTINATIONS, TOKEN_CAPACITY, LOAD_STREAM_WORDS,
} from '../../generator/arch/instructions.js';
import { createRandom } from '../../generator/core/random.js';
import { roundingDivideByPOT, saturatingRoundingDoublingHighMul } from '../../generator/quantize/fixed-point.js';

/** Which instruction runs next when several units could go on; one instruction at a time. */
export type Interleaving =
  | { readonly kind: 'sequential' }
  /** The first unit in the list that can go on does: ['load', 'compute', 'store'] runs the loader as early as tokens allow. */
  | { readonly kind: 'priority'; readonly units: readonly UnitName[] }
  | { readonly kind: 'random'; readonly seed: number };

export type UnitName = 'load' | 'compute' | 'store';

/** Index of a PE's step within an entry from its plane fields; built-in decoders by name. */
export type IndexDecode = (field: bigint, step: number) => number;

export interface InterpreterOptions {
  readonly interleaving?: Interleaving;
  /** Seed of the buffers' initial garbage. */
  readonly seed?: number;
  readonly decoder?: { readonly unit: 'step' | 'entry'; readonly bits: number; readonly decode: IndexDecode };
}

export interface InterpreterResult {
  readonly instructions: number;
  /** Sum over compute commands of pixels * max(steps, D): the law's cycles of what was run. */
  readonly computeCycles: number;
  readonly beatsRead: number;
  readonly beatsWritten: number;
}

interface Decoded {
  readonly at: number;
  readonly opcode: number;
  readonly header: number;
  readonly payload: readonly number[];
}

const bitmapStep: IndexDecode = (field, step) => {
  let seen = 0;
  for (let bit = 0; bit < 32; bit++) if ((field >> BigInt(bit)) & 1n) if (seen++ === step) return bit;
  return 0;
};

const builtIn = (config: AccelConfig): NonNullable<InterpreterOptions['decoder']> => {
  if (config.index === 'direct') return { unit: 'step', bits: Math.max(1, Math.ceil(Math.log2(config.group))), decode: (field) => Number(field) };
  if (config.index === 'bitmap') return { unit: 'entry', bits: config.group, decode: bitmapStep };
  throw new Error(`interpreter: index decoder ${config.index} was not given`);
};

const get = (words: readonly number[], fields: Readonly<Record<string, Field>>, name: string): number => {
  const field = fields[name] as Field;
  return extractField(words[field.word] as number, field);
};
const reader = <T extends Readonly<Record<string, Field>>>(words: readonly number[], fields: T) => (name: keyof T & string): number => get(words, fields, name);

/** Reads bits [lsb, lsb + width) of little-endian bytes. */
function readBits(bytes: Uint8Array, lsb: number, width: number): bigint {
  let value = 0n;
  for (let i = 0; i < width; i++) {
    const bit = lsb + i;
    if (((bytes[bit >>> 3] as number) >>> (bit & 7)) & 1) value |= 1n << BigInt(i);
  }
  return value;
}

/** Runs the program at `address` of `memory` (BASE = 0) until END. Throws Error on anything the core would refuse. */
export function interpret(memory: Uint8Array, address: number, config: AccelConfig, options: InterpreterOptions = {}): InterpreterResult {
  const program = fetchProgram(memory, address, config);
  const core = new Core(memory, config, options);
  const interleaving = options.interleaving ?? { kind: 'sequential' };
  if (interleaving.kind === 'sequential') {
    for (const instruction of program) core.step(instruction);
  } else {
    const queues = new Map<UnitName, Decoded[]>([['load', []], ['compute', []], ['store', []]]);
    for (const instruction of program) (queues.get(unitOf(instruction) as UnitName) as Decoded[]).push(instruction);
    const random = createRandom(interleaving.kind === 'random' ? interleaving.seed : 0);
    for (let left = program.length; left > 0; left--) {
      const ready = (['load', 'compute', 'store'] as const).filter((unit) => {
        const [next] = queues.get(unit) as Decoded[];
        return next !== undefined && core.mayStart(next);
      });
      if (ready.length === 0) throw new Error(`interpreter: the units wait for each other, ${left} instructions left`);
      const unit = interleaving.kind === 'priority' ? interleaving.units.find((name) => ready.includes(name)) : random.pick(ready);
      core.step((queues.get(unit as UnitName) as Decoded[]).shift() as Decoded);
    }
  }
  return { instructions: program.length, ...core.counters };
}

const unitOf = ({ opcode }: Decoded): UnitName => (opcode === OPCODES.compute ? 'compute' : opcode === OPCODES.store ? 'store' : 'load');

function fetchProgram(memory: Uint8Array, address: number, config: AccelConfig): Decoded[] {
  const { loadActLength, computeLength, busBytes } = derive(config);
  if (address % busBytes !== 0) throw new Error(`interpreter: program at ${address} is not bus-aligned`);
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const lengths = new Map<number, number>([
    [OPCODES.loadAct, loadActLength], [OPCODES.loadStream, LOAD_STREAM_WORDS], [OPCODES.compute, computeLength], [OPCODES.store, STORE_WORDS], [OPCODES.end, 0],
  ]);
  const program: Decoded[] = [];
  for (let at = address; ; ) {
    const header = view.getUint32(at, true);
    const opcode = extractField(header, HEADER.opcode);
    const length = extractField(header, HEADER.length);
    if (lengths.get(opcode) !== length) throw new Error(`interpreter: illegal opcode at ${at}`);
    const payload = Array.from({ length }, (_, i) => view.getUint32(at + 4 + 4 * i, true));
    if (opcode === OPCODES.end) return program;
    program.push({ at, opcode, header, payload });
    at += 4 + 4 * length;
  }
}

class Core {
  readonly counters = { computeCycles: 0, beatsRead: 0, beatsWritten: 0 };
  private readonly tokens = { computeToLoad: 0, storeToLoad: 0, loadToCompute: 0, storeToCompute: 0, computeToStore: 0 };
  private readonly act: Uint8Array[];
  private readonly out: Uint8Array[];
  private readonly buffers: Record<'weight' | 'index' | 'schedule' | 'parameter', { readonly depth: number; readonly stride: number; readonly bytes: number; readonly data: Uint8Array }>;
  private readonly decoder: NonNullable<InterpreterOptions['decoder']>;

  constructor(private readonly memory: Uint8Array, private readonly config: AccelConfig, options: InterpreterOptions) {
    const { pes, group, lanes, actDepth, weightDepth, schedDepth, outDepth, bus, requant } = config;
    const derived = derive(config);
    this.decoder = options.decoder ?? builtIn(config);
    const random = createRandom(options.seed ?? 1);
    const garbage = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(0, 255));
    this.act = Array.from({ length: lanes }, () => garbage(actDepth * group));
    this.out = Array.from({ length: lanes }, () => garbage(2 * outDepth * group));
    const buffer = (depth: number, bits: number, stride: number) => {
      const bytes = Math.ceil(bits / 8);
      return { depth, stride: stride / 8, bytes, data: garbage(depth * bytes) };
    };
    const indexBits = pes * this.decoder.bits;
    this.buffers = {
      weight: buffer(weightDepth, pes * 8, derived.weightStreamBits),
      index: buffer(weightDepth, indexBits, streamBits(indexBits, bus)),
      schedule: buffer(schedDepth, 32, 32),
      parameter: buffer(derived.paramDepth, requant * PARAMETER_BITS, derived.parameterStreamBits),
    };
  }

  private queuesOf({ opcode, header }: Decoded) {
    const flag = (name: 'popA' | 'popB' | 'pushA' | 'pushB'): boolean => extractField(header, HEADER[name]) === 1;
    const table = {
      load: { popA: 'computeToLoad', popB: 'storeToLoad', pushA: 'loadToCompute', pushB: undefined },
      compute: { popA: 'loadToCompute', popB: 'storeToCompute', pushA: 'computeToLoad', pushB: 'computeToStore' },
      store: { popA: 'computeToStore', popB: undefined, pushA: 'storeToCompute', pushB: 'storeToLoad' },
    } as const;
    const names = table[opcode === OPCODES.compute ? 'compute' : opcode === OPCODES.store ? 'store' : 'load'];
    const pick = (list: readonly ('popA' | 'popB' | 'pushA' | 'pushB')[]) =>
      list.filter(flag).map((name) => {
        const queue = names[name];
        if (queue === undefined) throw new Error(`interpreter: reserved token flag ${name}`);
        return queue;
      });
    return { pops: pick(['popA', 'popB']), pushes: pick(['pushA', 'pushB']) };
  }

  mayStart(instruction: Decoded): boolean {
    return this.queuesOf(instruction).pops.every((queue) => this.tokens[queue] > 0);
  }

  step(instruction: Decoded): void {
    const { pops, pushes } = this.queuesOf(instruction);
    for (const queue of pops) if (this.tokens[queue]-- === 0) throw new Error(`interpreter: pops empty ${queue} at ${instruction.at}`);
    if (instruction.opcode === OPCODES.loadAct) this.loadAct(instruction.payload);
    else if (instruction.opcode === OPCODES.loadStream) this.loadStream(instruction);
    else if (instruction.opcode === OPCODES.compute) this.compute(instruction.payload);
    else this.store(instruction.payload);
    for (const queue of pushes) if (++this.tokens[queue] > TOKEN_CAPACITY) throw new Error(`interpreter: token overflow of ${queue} at ${instruction.at}`);
  }

  private loadAct(payload: readonly number[]): void {
    const { group, actDepth, lanes, bus } = this.config;
    const f = reader(payload, LOAD_ACT);
    if (f('address') % group !== 0 || f('rowStride') % group !== 0 || f('segmentStride') % group !== 0) throw new Error('interpreter: loadAct is not aligned to GROUP');
    const rows = f('rows');
    if (rows < 1) throw new Error('interpreter: loadAct without rows');
    const put = (row: number, offset: number, from: number | undefined): void => {
      const word = (f('actBase') + row * f('actRowPitch') + offset) % actDepth;
      for (let lane = 0; lane < lanes; lane++) {
        const window = reader([payload[8 + lane] as number], LOAD_ACT_LANE);
        if (row < window('rowFirst') || row > window('rowLast')) continue;
        const bank = this.act[lane] as Uint8Array;
        if (from === undefined) bank.fill(f('padByte'), word * group, (word + 1) * group);
        else bank.set(this.memory.subarray(from, from + group), word * group);
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
          if (end > this.memory.length) throw new Error('interpreter: loadAct reads beyond memory');
          this.counters.beatsRead += Math.ceil((end * 8) / bus) - Math.floor((from * 8) / bus);
        }
      }
      for (let word = 0; word < f('padRight'); word++, offset++) put(row, offset, undefined);
    }
  }

  private loadStream({ header, payload }: Decoded): void {
    const f = reader(payload, LOAD_STREAM);
    const code = extractField(header, HEADER.destination);
    const name = (['weight', 'index', 'schedule', 'parameter'] as const).find((each) => STREAM_DESTINATIONS[each] === code);
    if (name === undefined) throw new Error('interpreter: loadStream destination');
    const buffer = this.buffers[name];
    const busBytes = this.config.bus / 8;
    if (f('address') % busBytes !== 0) throw new Error('interpreter: loadStream is not bus-aligned');
    if (f('words') < 1 || f('beats') < 1) throw new Error('interpreter: empty loadStream');
    if (f('words') * buffer.stride > f('beats') * busBytes) throw new Error('interpreter: too few beats for the words');
    if (f('base') + f('words') > buffer.depth) throw new Error(`interpreter: ${name} out of range`);
    if (f('address') + f('beats') * busBytes > this.memory.length) throw new Error('interpreter: loadStream reads beyond memory');
    for (let word = 0; word < f('words'); word++) {
      const from = f('address') + word * buffer.stride;
      buffer.data.set(this.memory.subarray(from, from + buffer.bytes), (f('base') + word) * buffer.bytes);
    }
    this.counters.beatsRead += f('beats');
  }

  private wordOf(name: 'weight' | 'index' | 'schedule' | 'parameter', word: number): Uint8Array {
    const { depth, bytes, data } = this.buffers[name];
    if (word >= depth) throw new Error(`interpreter: ${name} word ${word} out of range`);
    return data.subarray(word * bytes, (word + 1) * bytes);
  }

  /** Steps of one tile: for every step the group's offset, and each PE's weight and position. */
  private tileSteps(f: (name: keyof typeof COMPUTE) => number, tile: number): { offset: number; weights: Int8Array; positions: Uint8Array }[] {
    const { pes } = this.config;
    const { unit, bits, decode } = this.decoder;
    const steps: { offset: number; weights: Int8Array; positions: Uint8Array }[] = [];
    for (let e = 0; e < f('schedLength'); e++) {
      const bytes = this.wordOf('schedule', f('schedBase') + tile * f('schedStride') + e);
      const entry = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
      const count = extractField(entry, SCHEDULE_ENTRY.countMinusOne) + 1;
      if (count > this.config.group) throw new Error('interpreter: more steps than a group has');
      for (let step = 0; step < count; step++) {
        const weights = new Int8Array(this.wordOf('weight', f('weightBase') + tile * f('weightStride') + steps.length));
        const positions = new Uint8Array(pes).fill(step);
        if (f('dense') === 0) {
          const plane = this.wordOf('index', f('indexBase') + tile * f('indexStride') + (unit === 'step' ? steps.length : e));
          for (let pe = 0; pe < pes; pe++) positions[pe] = decode(readBits(plane, pe * bits, bits), step);
        }
        steps.push({ offset: extractField(entry, SCHEDULE_ENTRY.offset), weights, positions });
      }
    }
    return steps;
  }

  private compute(payload: readonly number[]): void {
    const { pes, group, lanes, actDepth } = this.config;
    const f = reader(payload, COMPUTE);
    const { drain, outSubBanks } = derive(this.config);
    if (f('channels') < 1 || (f('clampMin') > f('clampMax'))) throw new Error('interpreter: compute without channels or with an empty clamp');
    if (f('outBase') % outSubBanks !== 0 || f('outPitch') % outSubBanks !== 0) throw new Error('interpreter: output pixels do not begin in the first bank');
    for (let tile = 0; tile < f('tiles'); tile++) {
      const steps = this.tileSteps(f, tile);
      this.counters.computeCycles += f('pixels') * Math.max(steps.length, drain);
      const parameters = Array.from({ length: pes }, (_, pe) => this.channelParameters(f('paramBase') + tile * drain, pe));
      for (let lane = 0; lane < lanes; lane++) {
        const start = reader([payload[10 + lane] as number], COMPUTE_LANE);
        if (start('startColumn') >= f('outWidth')) throw new Error('interpreter: a lane starts beyond its row');
        const bank = this.act[lane] as Uint8Array;
        let address = start('startAddress');
        let column = start('startColumn');
        for (let pixel = 0; pixel < f('pixels'); pixel++) {
          const sums = new Int32Array(pes);
          for (const { offset, weights, positions } of steps) {
            const word = ((f('actBase') + address + offset) % actDepth) * group;
            for (let pe = 0; pe < pes; pe++) {
              const value = ((bank[word + (positions[pe] as number)] as number) << 24) >> 24;
              sums[pe] = (sums[pe] as number) + value * (weights[pe] as number);
            }
          }
          for (let pe = 0; pe < pes; pe++) this.drain(f, lane, pixel, tile * pes + pe, sums[pe] as number, parameters[pe] as ReturnType<Core['channelParameters']>);
          const wraps = column === f('outWidth') - 1;
          address += wraps ? f('rowStep') : f('columnStep');
          column = wraps ? 0 : column + 1;
        }
      }
    }
  }

  private channelParameters(base: number, pe: number) {
    const { requant } = this.config;
    const bytes = this.wordOf('parameter', base + Math.floor(pe / requant));
    const lsb = (pe % requant) * PARAMETER_BITS;
    const number = (name: keyof typeof PARAMETER): number => Number(readBits(bytes, lsb + PARAMETER[name].lsb, PARAMETER[name].width));
    return { bias: number('bias') | 0, multiplier: number('multiplier') | 0, rightShift: number('rightShift'), leftShift: number('leftShift') };
  }

  private drain(f: (name: keyof typeof COMPUTE) => number, lane: number, pixel: number, channel: number, sum: number, p: ReturnType<Core['channelParameters']>): void {
    const { group, outDepth } = this.config;
    const firstOfWord = channel - (channel % group);
    if (firstOfWord >= f('channels')) return;
    const word = f('outBase') + pixel * f('outPitch') + channel / group - (channel % group) / group;
    if (word >= outDepth) throw new Error(`interpreter: output word ${word} out of range`);
    const shifted = ((sum + p.bias) << p.leftShift) | 0;
    const scaled = roundingDivideByPOT(saturatingRoundingDoublingHighMul(shifted, p.multiplier), p.rightShift);
    const value = Math.min(f('clampMax'), Math.max(f('clampMin'), scaled + f('outZeroPoint')));
    const bank = this.out[lane] as Uint8Array;
    const at = (f('outHalf') * outDepth + word) * group;
    if (channel === firstOfWord) bank.fill(0, at, at + group);
    bank[at + (channel % group)] = channel < f('channels') ? value : 0;
  }

  private store(payload: readonly number[]): void {
    const { group, lanes, outDepth, bus } = this.config;
    const f = reader(payload, STORE);
    for (const name of ['address', 'rowStride', 'segmentStride'] as const) if (f(name) % group !== 0) throw new Error(`interpreter: store ${name} is not aligned to GROUP`);
    let source = 0;
    for (let row = 0; row < f('rows'); row++) {
      for (let segment = 0; segment < f('segments'); segment++) {
        const to = f('address') + row * f('rowStride') + segment * f('segmentStride');
        const end = to + f('segmentWords') * group;
        if (end > this.memory.length) throw new Error('interpreter: store beyond memory');
        this.counters.beatsWritten += Math.ceil((end * 8) / bus) - Math.floor((to * 8) / bus);
        for (let word = 0; word < f('segmentWords'); word++, source++) {
          const pixel = Math.floor(source / f('pixelWords'));
          const lane = Math.floor(pixel / f('pixels'));
          const from = f('outBase') + (pixel % f('pixels')) * f('outPitch') + (source % f('pixelWords'));
          if (lane >= lanes || from >= outDepth) throw new Error('interpreter: store walks out of range');
          const at = (f('outHalf') * outDepth + from) * group;
          this.memory.set((this.out[lane] as Uint8Array).subarray(at, at + group), to + word * group);
        }
      }
    }
  }
}
