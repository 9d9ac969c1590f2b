// SPDX-License-Identifier: Apache-2.0
/** Owns the top of the accelerator: AXI4-Lite slave, AXI4 master, interrupt; structure only. */
import type { AccelConfig } from '../arch/config.js';
import { planeBitsPerPe } from '../arch/index-decoder.js';
import { TABLE_BITS } from '../arch/instructions.js';
import { clog2 } from '../core/integers.js';
import { type Module, type Reference, axi4Lite, axi4Master, bits, clock, concat, defineModule, output, reset, startingWith } from '../dsl/index.js';
import { computeParameters } from './compute-parameters.js';
import { computeUnitModule } from './compute-unit.js';
import { controlModule } from './control.js';
import { dispatchModule } from './dispatch.js';
import { fetchModule } from './fetch.js';
import { blockFifo } from './fifo.js';
import type { IndexDecoder } from './index-decoder.js';
import { loadModule } from './load.js';
import { memoryParameters } from './memory-parameters.js';
import { readArbiterModule } from './read-arbiter.js';
import { storeModule } from './store.js';
import { tokenCounterModule } from './token-counter.js';
import { when } from './when.js';

/** Command words that a unit's queue holds. */
const QUEUE_DEPTH = 128;

/** The configuration's value of every parameter: the core is one configuration and has no parameters of its own. */
const valuesOf = <M extends Module>(module: M): { readonly [K in keyof M['parameters']]: number } =>
  Object.fromEntries(Object.entries(module.parameters).map(([name, p]) => [name, p.default])) as {
    readonly [K in keyof M['parameters']]: number;
  };

/** @param configHash hexadecimal hash of the configuration; its first 32 bits are readable in a register */
export const coreModule = (config: AccelConfig, decoder: IndexDecoder, configHash: string) => {
  const { group, weightDepth } = config;
  const indexBits = planeBitsPerPe(decoder.format, group);
  const patterned = decoder.format.table !== undefined;
  const patternBits = patterned ? group : 0;
  const compute = computeUnitModule(config, computeParameters(config, indexBits, weightDepth, patternBits), decoder);
  const memory = memoryParameters(config, indexBits, weightDepth, patternBits);
  const control = controlModule(memory, configHash);
  const fetch = fetchModule(memory);
  const dispatch = dispatchModule(memory);
  const arbiter = readArbiterModule(memory);
  const load = loadModule(memory);
  const store = storeModule(memory);
  const tokenCounter = tokenCounterModule();

  return defineModule({
    name: 'core',
    doc: {
      role: `Sparse CNN accelerator: ${config.pes} ${config.pes === 1 ? 'PE' : 'PEs'} x ${config.lanes} ${config.lanes === 1 ? 'lane' : 'lanes'}, groups of ${config.group}, ${decoder.format.name} index decoder.`,
      timing:
        'Programmed through s_axil; fetches program and data through m_axi; raises irq_o at the end. A compute command ' +
        'takes max(steps, DRAIN) cycles a pixel; loads and stores run beside it.',
      reset:
        'rst_i is synchronous and active high; buffers and datapath are not reset. With bus responses outstanding the ' +
        'interconnect must be reset too.',
      numbers: `int8 activations, ${config.weightBits === 8 ? 'int8' : `${config.weightBits}-bit`} weights, TFLite requantization with ${config.rounding === 'double' ? 'gemmlowp double' : 'single'} rounding.`,
    },
    parameters: {},
    ports: () => ({
      clk_i: clock(),
      rst_i: reset(),
      irq_o: output(1, { group: 'Interrupt', doc: 'level: any enabled and pending status' }),
      ...axi4Lite('s_axil', { dataWidth: 32, addrWidth: 12 }),
      ...axi4Master('m_axi', { dataWidth: config.bus, addrWidth: config.addr, idWidth: config.id }),
    }),
    body: (m) => {
      const { port } = m;
      const clk_i = port.clk_i;
      const net = (name: string, width = 1): Reference => m.net(name, width);
      const error = (name: string) => ({ valid: net(`${name}_err_valid`), code: net(`${name}_err_code`, 8), addr: net(`${name}_err_addr`, config.addr) });

      m.comment('Reset, start and stop');
      const rst_i = net('core_rst');
      const halt = net('halt');
      const start = net('start');
      const startAddr = net('start_addr', config.addr);
      const base = net('base', config.addr);
      const finish = net('finish');

      m.comment('Errors, activity and cycle classes');
      const errors = { fetch: error('fetch'), dispatch: error('dispatch'), walker: error('walker'), writer: error('writer'), store: error('store'), write: error('write') };
      const computeErr = { valid: net('compute_err_valid'), code: net('compute_err_code', 8), addr: net('compute_err_addr', 32) };
      const read = { quiet: net('read_quiet'), event: net('read_event'), beat: net('read_beat') };
      const write = { quiet: net('write_quiet'), event: net('write_event'), beat: net('write_beat') };
      const cls = { step: net('step'), pace: net('pace'), drain: net('drain_busy'), span: net('span'), waitLoad: net('wait_load'), waitStore: net('wait_store') };
      const idle = { load: net('load_idle'), compute: net('compute_idle'), store: net('store_idle') };
      const storeBusy = net('store_busy');

      m.comment('Activation write port of the loader');
      const act = { lanes: net('act_wr_lanes', config.lanes), addr: net('act_wr_addr', load.parameters.ACT_ADDR_W.default), words: net('act_wr_words', load.parameters.BEAT_WORDS.default), data: net('act_wr_data', load.parameters.BEAT_WORDS.default * config.group * 8) };

      m.comment('Tokens between the units');
      const token = (name: string) => ({ push: net(`${name}_push`), pop: net(`${name}_pop`), avail: net(`${name}_avail`), overflow: net(`${name}_overflow`) });
      const tokens = {
        loadToCompute: token('load_to_compute'), computeToLoad: token('compute_to_load'), computeToStore: token('compute_to_store'),
        storeToCompute: token('store_to_compute'), storeToLoad: token('store_to_load'),
      };
      for (const [name, t] of Object.entries(tokens)) {
        m.instance(`u_${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`, tokenCounter, {
          parameters: valuesOf(tokenCounter),
          connect: { clk_i, rst_i, push_i: t.push, pop_i: t.pop, avail_o: t.avail, overflow_o: t.overflow },
        });
      }

      m.instance('u_control', control, {
        parameters: valuesOf(control),
        connect: {
          clk_i, rst_i: port.rst_i,
          ...startingWith(port, 's_axil_'),
          irq_o: port.irq_o, core_rst_o: rst_i, halt_o: halt, start_o: start, start_addr_o: startAddr, base_o: base, finish_i: finish,
          read_quiet_i: read.quiet, write_quiet_i: write.quiet,
          fetch_err_valid_i: errors.fetch.valid, fetch_err_code_i: errors.fetch.code, fetch_err_addr_i: errors.fetch.addr,
          dispatch_err_valid_i: errors.dispatch.valid, dispatch_err_code_i: errors.dispatch.code, dispatch_err_addr_i: errors.dispatch.addr,
          walker_err_valid_i: errors.walker.valid, walker_err_code_i: errors.walker.code, walker_err_addr_i: errors.walker.addr,
          writer_err_valid_i: errors.writer.valid, writer_err_code_i: errors.writer.code, writer_err_addr_i: errors.writer.addr,
          compute_err_valid_i: computeErr.valid, compute_err_code_i: computeErr.code,
          compute_err_addr_i: config.addr === 32 ? computeErr.addr : concat(bits(config.addr - 32, 0), computeErr.addr),
          store_err_valid_i: errors.store.valid, store_err_code_i: errors.store.code, store_err_addr_i: errors.store.addr,
          write_err_valid_i: errors.write.valid, write_err_code_i: errors.write.code, write_err_addr_i: errors.write.addr,
          compute_to_load_overflow_i: tokens.computeToLoad.overflow, store_to_load_overflow_i: tokens.storeToLoad.overflow,
          load_to_compute_overflow_i: tokens.loadToCompute.overflow, store_to_compute_overflow_i: tokens.storeToCompute.overflow,
          compute_to_store_overflow_i: tokens.computeToStore.overflow,
          step_i: cls.step, pace_i: cls.pace, drain_busy_i: cls.drain, span_i: cls.span, wait_load_i: cls.waitLoad, wait_store_i: cls.waitStore,
          store_busy_i: storeBusy, read_event_i: read.event, write_event_i: write.event, read_beat_i: read.beat, write_beat_i: write.beat,
        },
      });

      m.comment('Program');
      const ar = (name: string) => ({ valid: net(`${name}_ar_valid`), ready: net(`${name}_ar_ready`), addr: net(`${name}_ar_addr`, config.addr), len: net(`${name}_ar_len`, 8) });
      const fetchAr = ar('fetch');
      const loadAr = ar('load');
      const fetchR = net('fetch_r_valid');
      const loadR = net('load_r_valid');
      const rData = net('r_data', config.bus);
      const rResp = net('r_resp', 2);
      const word = { valid: net('word_valid'), ready: net('word_ready'), data: net('word_data', 32), addr: net('word_addr', 32) };
      m.instance('u_fetch', fetch, {
        parameters: valuesOf(fetch),
        connect: {
          clk_i, rst_i, start_i: start, start_addr_i: startAddr, halt_i: halt,
          ar_valid_o: fetchAr.valid, ar_ready_i: fetchAr.ready, ar_addr_o: fetchAr.addr, ar_len_o: fetchAr.len,
          r_valid_i: fetchR, r_data_i: rData, r_resp_i: rResp,
          word_valid_o: word.valid, word_ready_i: word.ready, word_data_o: word.data, word_addr_o: word.addr,
          err_valid_o: errors.fetch.valid, err_code_o: errors.fetch.code, err_addr_o: errors.fetch.addr,
        },
      });
      const queue = (name: string) => ({
        inValid: net(`${name}_cmd_valid`), inReady: net(`${name}_cmd_ready`), empty: net(`${name}_queue_empty`),
        valid: net(`${name}_word_valid`), ready: net(`${name}_word_ready`), data: net(`${name}_word_data`, 32),
      });
      const queues = { load: queue('load'), compute: queue('compute'), store: queue('store') };
      const cmdData = net('cmd_data', 32);
      m.instance('u_dispatch', dispatch, {
        parameters: valuesOf(dispatch),
        connect: {
          clk_i, rst_i, word_valid_i: word.valid, word_ready_o: word.ready, word_data_i: word.data, word_addr_i: word.addr,
          load_cmd_valid_o: queues.load.inValid, load_cmd_ready_i: queues.load.inReady,
          compute_cmd_valid_o: queues.compute.inValid, compute_cmd_ready_i: queues.compute.inReady,
          store_cmd_valid_o: queues.store.inValid, store_cmd_ready_i: queues.store.inReady,
          cmd_data_o: cmdData,
          load_queue_empty_i: queues.load.empty, compute_queue_empty_i: queues.compute.empty, store_queue_empty_i: queues.store.empty,
          load_idle_i: idle.load, compute_idle_i: idle.compute, store_idle_i: idle.store, finish_o: finish,
          err_valid_o: errors.dispatch.valid, err_code_o: errors.dispatch.code, err_addr_o: errors.dispatch.addr,
        },
      });
      for (const [name, q] of Object.entries(queues)) {
        m.instance(`u_${name}_queue`, blockFifo, {
          parameters: { WIDTH: 32, DEPTH: QUEUE_DEPTH },
          connect: {
            clk_i, rst_i, in_valid_i: q.inValid, in_ready_o: q.inReady, in_data_i: cmdData,
            out_valid_o: q.valid, out_ready_i: q.ready, out_data_o: q.data, empty_o: q.empty,
          },
        });
      }

      m.comment('Memory side');
      m.instance('u_read_arbiter', arbiter, {
        parameters: valuesOf(arbiter),
        connect: {
          clk_i, rst_i, halt_i: halt,
          fetch_ar_valid_i: fetchAr.valid, fetch_ar_ready_o: fetchAr.ready, fetch_ar_addr_i: fetchAr.addr, fetch_ar_len_i: fetchAr.len,
          load_ar_valid_i: loadAr.valid, load_ar_ready_o: loadAr.ready, load_ar_addr_i: loadAr.addr, load_ar_len_i: loadAr.len,
          fetch_r_valid_o: fetchR, load_r_valid_o: loadR, r_data_o: rData, r_resp_o: rResp,
          quiet_o: read.quiet, event_o: read.event, beat_o: read.beat,
          ...startingWith(port, 'm_axi_ar'),
          ...startingWith(port, 'm_axi_r'),
        },
      });
      const v = load.parameters;
      const plane = (name: string, addr: number, width: number) => ({ en: net(`${name}_wr_en`), addr: net(`${name}_wr_addr`, addr), data: net(`${name}_wr_data`, width) });
      const weight = plane('weight', v.WEIGHT_ADDR_W.default, v.WEIGHT_WORD_W.default);
      const index = plane('index', v.INDEX_ADDR_W.default, v.INDEX_WORD_W.default);
      const sched = plane('sched', v.SCHED_ADDR_W.default, 32);
      const param = plane('param', v.PARAM_ADDR_W.default, v.PARAM_WORD_W.default);
      const table = plane('table', v.TABLE_ADDR_W.default, TABLE_BITS);
      const pattern = when(patterned, () => plane('pattern', v.PATTERN_ADDR_W.default, v.PATTERN_WORD_W.default));
      m.instance('u_load', load, {
        parameters: valuesOf(load),
        connect: {
          clk_i, rst_i, base_i: base,
          cmd_valid_i: queues.load.valid, cmd_ready_o: queues.load.ready, cmd_data_i: queues.load.data,
          compute_to_load_avail_i: tokens.computeToLoad.avail, compute_to_load_pop_o: tokens.computeToLoad.pop,
          store_to_load_avail_i: tokens.storeToLoad.avail, store_to_load_pop_o: tokens.storeToLoad.pop,
          load_to_compute_push_o: tokens.loadToCompute.push,
          ar_valid_o: loadAr.valid, ar_ready_i: loadAr.ready, ar_addr_o: loadAr.addr, ar_len_o: loadAr.len,
          r_valid_i: loadR, r_data_i: rData, r_resp_i: rResp,
          act_wr_lanes_o: act.lanes, act_wr_addr_o: act.addr, act_wr_words_o: act.words, act_wr_data_o: act.data,
          weight_wr_en_o: weight.en, weight_wr_addr_o: weight.addr, weight_wr_data_o: weight.data,
          index_wr_en_o: index.en, index_wr_addr_o: index.addr, index_wr_data_o: index.data,
          sched_wr_en_o: sched.en, sched_wr_addr_o: sched.addr, sched_wr_data_o: sched.data,
          param_wr_en_o: param.en, param_wr_addr_o: param.addr, param_wr_data_o: param.data,
          table_wr_en_o: table.en, table_wr_addr_o: table.addr, table_wr_data_o: table.data,
          ...when(patterned, () => ({ pattern_wr_en_o: pattern.en, pattern_wr_addr_o: pattern.addr, pattern_wr_data_o: pattern.data })),
          idle_o: idle.load,
          walker_err_valid_o: errors.walker.valid, walker_err_code_o: errors.walker.code, walker_err_addr_o: errors.walker.addr,
          writer_err_valid_o: errors.writer.valid, writer_err_code_o: errors.writer.code, writer_err_addr_o: errors.writer.addr,
        },
      });
      const s = store.parameters;
      const outRd = { en: net('out_rd_en'), half: net('out_rd_half'), lane: net('out_rd_lane', Math.max(1, clog2(config.lanes))), addr: net('out_rd_addr', s.OUT_ADDR_W.default), data: net('out_rd_data', s.BEAT_WORDS.default * config.group * 8) };
      m.instance('u_store', store, {
        parameters: valuesOf(store),
        connect: {
          clk_i, rst_i, halt_i: halt, base_i: base,
          cmd_valid_i: queues.store.valid, cmd_ready_o: queues.store.ready, cmd_data_i: queues.store.data,
          compute_to_store_avail_i: tokens.computeToStore.avail, compute_to_store_pop_o: tokens.computeToStore.pop,
          store_to_compute_push_o: tokens.storeToCompute.push, store_to_load_push_o: tokens.storeToLoad.push,
          out_rd_en_o: outRd.en, out_rd_half_o: outRd.half, out_rd_lane_o: outRd.lane, out_rd_addr_o: outRd.addr, out_rd_data_i: outRd.data,
          idle_o: idle.store, busy_o: storeBusy, quiet_o: write.quiet, event_o: write.event, beat_o: write.beat,
          store_err_valid_o: errors.store.valid, store_err_code_o: errors.store.code, store_err_addr_o: errors.store.addr,
          write_err_valid_o: errors.write.valid, write_err_code_o: errors.write.code, write_err_addr_o: errors.write.addr,
          ...startingWith(port, 'm_axi_aw'),
          ...startingWith(port, 'm_axi_w'),
          ...startingWith(port, 'm_axi_b'),
        },
      });

      m.comment('Compute side');
      m.instance('u_compute', compute, {
        parameters: valuesOf(compute),
        connect: {
          clk_i, rst_i,
          cmd_valid_i: queues.compute.valid, cmd_ready_o: queues.compute.ready, cmd_data_i: queues.compute.data,
          load_avail_i: tokens.loadToCompute.avail, load_pop_o: tokens.loadToCompute.pop,
          store_avail_i: tokens.storeToCompute.avail, store_pop_o: tokens.storeToCompute.pop,
          load_push_o: tokens.computeToLoad.push, store_push_o: tokens.computeToStore.push,
          act_wr_lanes_i: act.lanes, act_wr_words_i: act.words, act_wr_addr_i: act.addr, act_wr_data_i: act.data,
          weight_wr_en_i: weight.en, weight_wr_addr_i: weight.addr, weight_wr_data_i: weight.data,
          index_wr_en_i: index.en, index_wr_addr_i: index.addr, index_wr_data_i: index.data,
          sched_wr_en_i: sched.en, sched_wr_addr_i: sched.addr, sched_wr_data_i: sched.data,
          param_wr_en_i: param.en, param_wr_addr_i: param.addr, param_wr_data_i: param.data,
          table_wr_en_i: table.en, table_wr_addr_i: table.addr, table_wr_data_i: table.data,
          ...when(patterned, () => ({ pattern_wr_en_i: pattern.en, pattern_wr_addr_i: pattern.addr, pattern_wr_data_i: pattern.data })),
          out_rd_en_i: outRd.en, out_rd_half_i: outRd.half, out_rd_lane_i: outRd.lane, out_rd_addr_i: outRd.addr, out_rd_data_o: outRd.data,
          step_o: cls.step, pace_o: cls.pace, drain_busy_o: cls.drain, span_o: cls.span,
          wait_load_o: cls.waitLoad, wait_store_o: cls.waitStore, idle_o: idle.compute,
          err_valid_o: computeErr.valid, err_code_o: computeErr.code, err_addr_o: computeErr.addr,
        },
      });
    },
  });
};
