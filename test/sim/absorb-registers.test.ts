// SPDX-License-Identifier: Apache-2.0
/** Which flip-flops move into the registers of an ECP5 multiplier, and which must stay: hand-made netlists of 2 x 2 bits. */
import { describe, expect, it } from 'vitest';
import { absorbRegisters, type Bit, type Cell, type Netlist } from '../../sim/pnr/index.js';

const CLOCK = 2;

const flipFlop = (d: Bit, q: Bit, change: { readonly parameters?: Record<string, string>; readonly connections?: Record<string, Bit[]>; readonly attributes?: Record<string, string> } = {}): Cell => ({
  type: 'TRELLIS_FF',
  parameters: { CEMUX: '1 ', CLKMUX: 'CLK', GSR: 'DISABLED', LSRMUX: 'LSR', REGSET: 'RESET', ...change.parameters },
  attributes: change.attributes ?? {},
  port_directions: { CLK: 'input', CE: 'input', DI: 'input', LSR: 'input', Q: 'output' },
  connections: { CLK: [CLOCK], DI: [d], LSR: ['0'], Q: [q], ...change.connections },
});

const pins = (name: string, width: number, bits: readonly Bit[]): [string, Bit[]][] => Array.from({ length: width }, (_, index) => [`${name}${index}`, [bits[index] ?? '0']]);

/** P above the given bits goes to nets that nothing uses. */
const multiplier = (a: readonly Bit[], b: readonly Bit[], p: readonly Bit[]): Cell => {
  const inputs = [...pins('A', 18, a), ...pins('B', 18, b), ...pins('C', 18, []), ['SIGNEDA', ['0']], ['SIGNEDB', ['0']], ['SOURCEA', ['0']], ['SOURCEB', ['0']]] as [string, Bit[]][];
  const outputs = pins('P', 36, [...p, ...Array.from({ length: 36 - p.length }, (_, index) => 900 + index)]);
  return {
    type: 'MULT18X18D', parameters: {}, attributes: {}, connections: Object.fromEntries([...inputs, ...outputs]),
    port_directions: Object.fromEntries([...inputs.map(([port]) => [port, 'input']), ...outputs.map(([port]) => [port, 'output'])]),
  };
};

const user = (bit: Bit): Cell => ({ type: 'LUT4', parameters: {}, attributes: {}, port_directions: { A: 'input' }, connections: { A: [bit] } });

/** a_q x b_q to p_q: nets 10, 11 and 12, 13 in front of the registers, 20 to 23 behind them; 30, 31 the product, 40, 41 behind its register. */
const cells = (): Record<string, Cell> => ({
  a_q_TRELLIS_FF_Q: flipFlop(10, 20), a_q_TRELLIS_FF_Q_1: flipFlop(11, 21),
  b_q_TRELLIS_FF_Q: flipFlop(12, 22), b_q_TRELLIS_FF_Q_1: flipFlop(13, 23),
  a_q_MULT18X18D_A0: multiplier([20, 21, 21, 21], [22, 23], [30, 31]),
  'u.p_q_TRELLIS_FF_Q': flipFlop(30, 40), 'u.p_q_TRELLIS_FF_Q_1': flipFlop(31, 41),
});

const netlist = (all: Record<string, Cell>, netnames: Netlist['modules'][string]['netnames'] = {}, outside: Bit[] = [40, 41]): Netlist => ({
  modules: { top: { ports: { out: { bits: outside } }, cells: all, netnames } },
});

const cellsOf = ({ modules }: Netlist): Readonly<Record<string, Cell>> => modules['top']?.cells ?? {};
const registersOf = (changed: Netlist): string[] =>
  Object.values(cellsOf(changed)).flatMap(({ type, parameters }) => (type === 'MULT18X18D' ? Object.keys(parameters).filter((name) => name.endsWith('_CLK')) : [])).sort();
const flipFlops = (changed: Netlist): number => Object.values(cellsOf(changed)).filter(({ type }) => type === 'TRELLIS_FF').length;

const INPUTS = ['REG_INPUTA_CLK', 'REG_INPUTB_CLK'];
const OUTPUT = ['REG_OUTPUT_CLK'];
const ALL = [...INPUTS, ...OUTPUT];

it('takes the registers on all sides; the block drives their nets and has the name of the product', () => {
  const changed = netlist(cells());
  expect(absorbRegisters(changed)).toEqual({ multipliers: 1, inputs: 1, outputs: 1, flipFlops: 6 });
  expect(Object.keys(cellsOf(changed))).toEqual(['u.p_q_MULT18X18D_P0']);
  const { parameters, connections, port_directions: directions } = cellsOf(changed)['u.p_q_MULT18X18D_P0'] as Cell;
  expect(parameters).toEqual({
    GSR: 'DISABLED',
    REG_INPUTA_CLK: 'CLK0', REG_INPUTA_CE: 'CE0', REG_INPUTA_RST: 'RST0',
    REG_INPUTB_CLK: 'CLK0', REG_INPUTB_CE: 'CE0', REG_INPUTB_RST: 'RST0',
    REG_OUTPUT_CLK: 'CLK0', REG_OUTPUT_CE: 'CE0', REG_OUTPUT_RST: 'RST0',
  });
  expect(connections).toMatchObject({ A0: [10], A1: [11], A3: [11], A4: ['0'], B0: [12], B1: [13], P0: [40], P1: [41], P2: [900], CLK0: [CLOCK], CE0: ['1'], RST0: ['0'] });
  expect(directions).toMatchObject({ CLK0: 'input', CE0: 'input', RST0: 'input' });
});

it('keeps a register in front that something else uses, beside its copy', () => {
  const changed = netlist({ ...cells(), lut: user(20) });
  expect(absorbRegisters(changed)).toMatchObject({ inputs: 1, flipFlops: 5 });
  expect(Object.keys(cellsOf(changed))).toContain('a_q_TRELLIS_FF_Q');
});

it('keeps one whose net is marked to be kept, and one that is a port', () => {
  expect(absorbRegisters(netlist(cells(), { a_q: { bits: [20], attributes: { keep: '00000000000000000000000000000001' } } }))).toMatchObject({ inputs: 1, flipFlops: 5 });
  expect(absorbRegisters(netlist(cells(), { a_q: { bits: [20], attributes: { keep: '00000000000000000000000000000000' } } }))).toMatchObject({ inputs: 1, flipFlops: 6 });
  expect(absorbRegisters(netlist(cells(), {}, [20, 40, 41]))).toMatchObject({ inputs: 1, flipFlops: 5 });
});

const KEEP = { keep: '1' };
const UNFIT: readonly [string, Parameters<typeof flipFlop>[2]][] = [
  ['an enable', { parameters: { CEMUX: 'CE' }, connections: { CE: [50] } }],
  ['an inverted enable', { parameters: { CEMUX: 'INV' }, connections: { CE: [50] } }],
  ['a reset', { connections: { LSR: [50] } }],
  ['an inverted reset', { parameters: { LSRMUX: 'INV' } }],
  ['a 1 at the start', { parameters: { REGSET: 'SET' } }],
  ['the falling edge', { parameters: { CLKMUX: 'INV' } }],
  ['a clock of its own', { connections: { CLK: [3] } }],
  ['the mark to be kept', { attributes: KEEP }],
];

describe.each(UNFIT)('a flip-flop with %s', (_name, change) => {
  it('stays behind the product, and the inputs are taken', () => {
    const changed = netlist({ ...cells(), 'u.p_q_TRELLIS_FF_Q_1': flipFlop(31, 41, change) });
    expect(absorbRegisters(changed)).toEqual({ multipliers: 1, inputs: 1, outputs: 0, flipFlops: 4 });
    expect(registersOf(changed)).toEqual(INPUTS);
  });

  it.each(['a_q_TRELLIS_FF_Q_1', 'b_q_TRELLIS_FF_Q_1'])('as %s leaves both inputs as they are, and the product is taken', (name) => {
    const original = cells()[name] as Cell;
    const changed = netlist({ ...cells(), [name]: flipFlop(original.connections['DI']?.[0] as Bit, original.connections['Q']?.[0] as Bit, change) });
    expect(absorbRegisters(changed)).toEqual({ multipliers: 1, inputs: 0, outputs: 1, flipFlops: 2 });
    expect(registersOf(changed)).toEqual(OUTPUT);
  });
});

it('leaves registers of all inputs on another clock than the product', () => {
  const other = { connections: { CLK: [3] } };
  const changed = netlist({ ...cells(), a_q_TRELLIS_FF_Q: flipFlop(10, 20, other), a_q_TRELLIS_FF_Q_1: flipFlop(11, 21, other), b_q_TRELLIS_FF_Q: flipFlop(12, 22, other), b_q_TRELLIS_FF_Q_1: flipFlop(13, 23, other) });
  absorbRegisters(changed);
  expect(registersOf(changed)).toEqual(OUTPUT);
});

it.each<[string, Record<string, Cell>, Netlist['modules'][string]['netnames'], Bit[]]>([
  ['something else uses the product', { lut: user(30) }, {}, [40]],
  ['the product is a port', {}, {}, [30, 40]],
  ['the net of the product is marked to be kept', {}, { p: { bits: [30, 31], attributes: KEEP } }, [40]],
  ['the product goes to a pin that is no D', { 'u.p_q_TRELLIS_FF_Q': flipFlop(50, 40, { parameters: { CEMUX: 'CE' }, connections: { CE: [30] } }) }, {}, [40]],
])('leaves the product where %s', (_name, more, netnames, outside) => {
  const changed = netlist({ ...cells(), ...more }, netnames, outside);
  expect(absorbRegisters(changed)).toMatchObject({ inputs: 1, outputs: 0 });
  expect(registersOf(changed)).toEqual(INPUTS);
});

it.each<[string, Bit[]]>([
  ['a constant 1, which a register would not have in the first cycle', [20, '1']],
  ['an unknown bit', [20, 'x']],
  ['a bit without a register', [20, 10]],
  ['no register at all', []],
])('leaves inputs with %s', (_name, a) => {
  const changed = netlist({ ...cells(), a_q_MULT18X18D_A0: multiplier(a, a.length === 0 ? [] : [22, 23], [30, 31]) });
  expect(absorbRegisters(changed)).toMatchObject({ inputs: 0, outputs: 1 });
  expect(registersOf(changed)).toEqual(OUTPUT);
});

it('takes a register between a product and its own input once', () => {
  const changed = netlist({ ...cells(), a_q_MULT18X18D_A0: multiplier([40, 41], [22, 23], [30, 31]) });
  expect(absorbRegisters(changed)).toMatchObject({ inputs: 0, outputs: 1 });
  expect(cellsOf(changed)['u.p_q_MULT18X18D_P0']?.connections).toMatchObject({ A0: [40], A1: [41], P0: [40], P1: [41] });
});

it('leaves a block that has registers, a chain, or signs that change', () => {
  const block = cells()['a_q_MULT18X18D_A0'] as Cell;
  for (const change of [
    { parameters: { REG_PIPELINE_CLK: 'CLK0' } },
    { connections: { ...block.connections, SRIA0: [60] } },
    { connections: { ...block.connections, SIGNEDA: [60] as Bit[] } },
    { connections: { ...block.connections, SOURCEB: ['1'] as Bit[] } },
  ]) {
    const changed = netlist({ ...cells(), a_q_MULT18X18D_A0: { ...block, ...change } as Cell });
    const before = structuredClone(changed);
    expect(absorbRegisters(changed)).toEqual({ multipliers: 1, inputs: 0, outputs: 0, flipFlops: 0 });
    expect(changed).toEqual(before);
  }
});

it('keeps the name of the block where another cell has that of the product', () => {
  const changed = netlist({ ...cells(), 'u.p_q_MULT18X18D_P0': user(40) });
  expect(absorbRegisters(changed)).toMatchObject({ outputs: 1 });
  expect(registersOf(changed)).toEqual(ALL);
  expect(cellsOf(changed)['a_q_MULT18X18D_A0']?.parameters['REG_OUTPUT_CLK']).toBe('CLK0');
});

it('takes a register between two products once, in the first of them', () => {
  const second = multiplier([40, 41], [22, 23], [60, 61]);
  const changed = netlist({ ...cells(), q_MULT18X18D_A0: second, q_TRELLIS_FF_Q: flipFlop(60, 70), q_TRELLIS_FF_Q_1: flipFlop(61, 71) }, {}, [70, 71]);
  expect(absorbRegisters(changed)).toEqual({ multipliers: 2, inputs: 1, outputs: 2, flipFlops: 6 }); // b_q feeds both
  expect(flipFlops(changed)).toBe(2);
});
