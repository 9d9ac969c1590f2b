// SPDX-License-Identifier: Apache-2.0
/** The control side of the core without its units: control, fetch, dispatch, queues, read arbiter, one token queue; for tests. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { controlModule } from '../../generator/blocks/control.js';
import { dispatchModule } from '../../generator/blocks/dispatch.js';
import { fetchModule } from '../../generator/blocks/fetch.js';
import { blockFifo } from '../../generator/blocks/fifo.js';
import { memoryParameters } from '../../generator/blocks/memory-parameters.js';
import { readArbiterModule } from '../../generator/blocks/read-arbiter.js';
import { tokenCounterModule } from '../../generator/blocks/token-counter.js';
import { indexBits } from '../../generator/core/integers.js';
import { type Module, type Reference, axi4Lite, axi4ReadMaster, bits, clock, defineModule, input, open, output, reset, startingWith, stream } from '../../generator/dsl/index.js';

const valuesOf = <M extends Module>(module: M): { readonly [K in keyof M['parameters']]: number } =>
  Object.fromEntries(Object.entries(module.parameters).map(([name, p]) => [name, p.default])) as { readonly [K in keyof M['parameters']]: number };

const noError = (addr: number) => (name: 'walker' | 'writer' | 'store' | 'write') =>
  ({ [`${name}_err_valid_i`]: bits(1, 0), [`${name}_err_code_i`]: bits(8, 0), [`${name}_err_addr_i`]: bits(addr, 0) }) as Record<string, ReturnType<typeof bits>>;

export function frontModule(config: AccelConfig) {
  const all = memoryParameters(config, indexBits(config.group), config.weightDepth);
  const [control, fetch, dispatch, arbiter, token] = [controlModule(all, '0123456789abcdef'), fetchModule(all), dispatchModule(all), readArbiterModule(all), tokenCounterModule()];
  const word = (name: 'load' | 'compute' | 'store') => stream(`${name}_cmd`, { direction: 'out', fields: { data: 32 }, group: name });
  return defineModule({
    name: 'front',
    doc: { role: 'Control side.', timing: 'See the blocks.', reset: 'See the blocks.', numbers: 'None.' },
    parameters: {},
    ports: () => ({
      clk_i: clock(),
      rst_i: reset(),
      irq_o: output(1),
      core_rst_o: output(1),
      halt_o: output(1),
      ...axi4Lite('s_axil', { dataWidth: 32, addrWidth: 12 }),
      ...axi4ReadMaster('m_axi', { dataWidth: config.bus, addrWidth: config.addr, idWidth: config.id }),
      ...word('load'), ...word('compute'), ...word('store'),
      idle_i: input(1, { doc: 'of all three units' }),
      push_i: input(1, { doc: 'a token that nobody pops' }),
      unit_err_valid_i: input(1), unit_err_code_i: input(8), unit_err_addr_i: input(config.addr),
      classes_i: input(7, { doc: 'step, pace, drain, span, wait load, wait store, store busy' }),
      write_quiet_i: input(1),
      ...stream('other', { direction: 'in', fields: { addr: config.addr, len: 8 }, group: 'Bursts of the loader' }),
      other_r_valid_o: output(1),
    }),
    body: (m) => {
      const { port } = m;
      const { clk_i } = port;
      const net = (name: string, width = 1): Reference => m.net(name, width);
      const [coreRst, halt, start, startAddr, base, finish] = [net('core_rst'), net('halt'), net('start'), net('start_addr', config.addr), net('base', config.addr), net('finish')];
      m.unused(base, 'the units are not here');
      m.assign(port.core_rst_o, coreRst);
      m.assign(port.halt_o, halt);
      const error = (name: string) => ({ valid: net(`${name}_err_valid`), code: net(`${name}_err_code`, 8), addr: net(`${name}_err_addr`, config.addr) });
      const [fetchErr, dispatchErr] = [error('fetch'), error('dispatch')];
      const [quiet, event, beat, overflow] = [net('quiet'), net('event_now'), net('beat'), net('overflow')];
      const none = noError(config.addr);
      const errors = {
        fetch_err_valid_i: fetchErr.valid, fetch_err_code_i: fetchErr.code, fetch_err_addr_i: fetchErr.addr,
        dispatch_err_valid_i: dispatchErr.valid, dispatch_err_code_i: dispatchErr.code, dispatch_err_addr_i: dispatchErr.addr,
        compute_err_valid_i: port.unit_err_valid_i, compute_err_code_i: port.unit_err_code_i, compute_err_addr_i: port.unit_err_addr_i,
        ...none('walker'), ...none('writer'), ...none('store'), ...none('write'),
      };
      m.instance('u_control', control, {
        parameters: valuesOf(control),
        connect: {
          clk_i, rst_i: port.rst_i,
          ...startingWith(port, 's_axil_'),
          irq_o: port.irq_o, core_rst_o: coreRst, halt_o: halt, start_o: start, start_addr_o: startAddr, base_o: base, finish_i: finish,
          read_quiet_i: quiet, write_quiet_i: port.write_quiet_i, read_event_i: event, write_event_i: bits(1, 0), read_beat_i: beat, write_beat_i: bits(1, 0),
          step_i: port.classes_i.bit(6), pace_i: port.classes_i.bit(5), drain_busy_i: port.classes_i.bit(4), span_i: port.classes_i.bit(3),
          wait_load_i: port.classes_i.bit(2), wait_store_i: port.classes_i.bit(1), store_busy_i: port.classes_i.bit(0),
          compute_to_load_overflow_i: bits(1, 0), store_to_load_overflow_i: bits(1, 0), load_to_compute_overflow_i: overflow,
          store_to_compute_overflow_i: bits(1, 0), compute_to_store_overflow_i: bits(1, 0),
          ...errors,
        } as never,
      });
      m.instance('u_token', token, {
        parameters: valuesOf(token),
        connect: { clk_i, rst_i: coreRst, push_i: port.push_i, pop_i: bits(1, 0), avail_o: open('not looked at'), overflow_o: overflow },
      });
      const ar = { valid: net('ar_valid'), ready: net('ar_ready'), addr: net('ar_addr', config.addr), len: net('ar_len', 8) };
      const [rValid, rData, rResp] = [net('r_valid'), net('r_data', config.bus), net('r_resp', 2)];
      const words = { valid: net('word_valid'), ready: net('word_ready'), data: net('word_data', 32), addr: net('word_addr', 32) };
      m.instance('u_fetch', fetch, {
        parameters: valuesOf(fetch),
        connect: {
          clk_i, rst_i: coreRst, start_i: start, start_addr_i: startAddr, halt_i: halt,
          ar_valid_o: ar.valid, ar_ready_i: ar.ready, ar_addr_o: ar.addr, ar_len_o: ar.len, r_valid_i: rValid, r_data_i: rData, r_resp_i: rResp,
          word_valid_o: words.valid, word_ready_i: words.ready, word_data_o: words.data, word_addr_o: words.addr,
          err_valid_o: fetchErr.valid, err_code_o: fetchErr.code, err_addr_o: fetchErr.addr,
        },
      });
      const queue = (name: string) => ({ valid: net(`${name}_in_valid`), ready: net(`${name}_in_ready`), empty: net(`${name}_empty`) });
      const [load, compute, store, data] = [queue('load'), queue('compute'), queue('store'), net('cmd_data', 32)];
      m.instance('u_dispatch', dispatch, {
        parameters: valuesOf(dispatch),
        connect: {
          clk_i, rst_i: coreRst, word_valid_i: words.valid, word_ready_o: words.ready, word_data_i: words.data, word_addr_i: words.addr,
          load_cmd_valid_o: load.valid, load_cmd_ready_i: load.ready, compute_cmd_valid_o: compute.valid, compute_cmd_ready_i: compute.ready,
          store_cmd_valid_o: store.valid, store_cmd_ready_i: store.ready, cmd_data_o: data,
          load_queue_empty_i: load.empty, compute_queue_empty_i: compute.empty, store_queue_empty_i: store.empty,
          load_idle_i: port.idle_i, compute_idle_i: port.idle_i, store_idle_i: port.idle_i, finish_o: finish,
          err_valid_o: dispatchErr.valid, err_code_o: dispatchErr.code, err_addr_o: dispatchErr.addr,
        },
      });
      const fifo = (name: string, q: ReturnType<typeof queue>, valid: Reference, ready: Reference, out: Reference): void => {
        m.instance(name, blockFifo, {
          parameters: { WIDTH: 32, DEPTH: 32 },
          connect: { clk_i, rst_i: coreRst, in_valid_i: q.valid, in_ready_o: q.ready, in_data_i: data, out_valid_o: valid, out_ready_i: ready, out_data_o: out, empty_o: q.empty },
        });
      };
      fifo('u_load_queue', load, port.load_cmd_valid_o, port.load_cmd_ready_i, port.load_cmd_data_o);
      fifo('u_compute_queue', compute, port.compute_cmd_valid_o, port.compute_cmd_ready_i, port.compute_cmd_data_o);
      fifo('u_store_queue', store, port.store_cmd_valid_o, port.store_cmd_ready_i, port.store_cmd_data_o);
      m.instance('u_arbiter', arbiter, {
        parameters: valuesOf(arbiter),
        connect: {
          clk_i, rst_i: coreRst, halt_i: halt,
          fetch_ar_valid_i: ar.valid, fetch_ar_ready_o: ar.ready, fetch_ar_addr_i: ar.addr, fetch_ar_len_i: ar.len,
          load_ar_valid_i: port.other_valid_i, load_ar_ready_o: port.other_ready_o, load_ar_addr_i: port.other_addr_i, load_ar_len_i: port.other_len_i,
          fetch_r_valid_o: rValid, load_r_valid_o: port.other_r_valid_o, r_data_o: rData, r_resp_o: rResp,
          quiet_o: quiet, event_o: event, beat_o: beat,
          ...startingWith(port, 'm_axi_'),
        },
      });
    },
  });
}
