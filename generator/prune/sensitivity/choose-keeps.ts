// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of K for every layer of a float network under a target: curves, allocation, and the loss of the whole as it is measured. */

import { foldNetwork } from '../../float/fold/fold-network.js';
import type { FloatNetwork } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import { pruneFloatSteps } from '../prune-float.js';
import { HeldOut, type MeasuredLoss } from './answers.js';
import { curveRule } from './candidates.js';
import { measureCurves } from './curves.js';
import { NoClassesError } from './errors.js';
import type { Losses } from './frontier.js';
import { keptOf, planOf, targetLayers, type KeepByLayer, type TargetLayers } from './layers.js';
import { cheapest, cyclesOf, fewestCycles, relayed, requireReachable, type Found, type TargetProgress, type TargetRequest } from './search.js';
import { splitInputs } from './split.js';
import type { TargetLayer, TargetResult } from './target.js';

export type { TargetProgress, TargetRequest } from './search.js';

/**
 * Chooses K. Calibration inputs are split: pruning looks at one part, losses are measured on the other. The same request gives the same result.
 * Throws FewInputsError, TargetUnreachableError, NoClassesError, UnknownOpError, DenseLayerError and the errors of pruning.
 */
export function* chooseKeeps(request: TargetRequest): Generator<TargetProgress, TargetResult> {
  const { group, method, target, named, seed = 1 } = request;
  // 1. What there is to choose, on what.
  const network = foldNetwork(request.network);
  const layers = targetLayers(network, named, group);
  const { fitted, heldOut } = splitInputs(request.inputs, seed);
  const hasClasses = network.outputs.length === 1 && outputSize(network) > 1;
  if (target.kind === 'loss' && !hasClasses) throw new NoClassesError(network.name, network.outputs.length === 1 ? 'an output of one value' : `${network.outputs.length} outputs`);
  requireReachable(request, layers);

  // 2. What each layer alone loses at each K.
  const curves = measureCurves(network, { group, rule: curveRule(method.name), layers: new Set(layers.free.map(({ name }) => name)), fitted, heldOut, seed });
  const { losses, inputs } = yield* relayed(curves, ({ layer, done, all }) => ({ phase: 'sensitivity of the layers', detail: layer, done, all }));

  // 3. K for every layer, and what the whole loses.
  const judge = hasClasses && (target.kind === 'loss' || request.measure !== false) ? new HeldOut(network, heldOut) : undefined;
  const measure = function* (keeps: KeepByLayer, phase: string): Generator<TargetProgress, MeasuredLoss | undefined> {
    if (judge === undefined) return undefined;
    const steps = pruneFloatSteps(network, planOf(keeps, named, group), method, fitted.map(({ data }) => data), { ...request.pruning, seed });
    return judge.lossOf((yield* relayed(steps, ({ layer, done, all }) => ({ phase, detail: layer, done, all }))).network);
  };
  const found = target.kind === 'loss' ? yield* fewestCycles(request, losses, measure) : yield* cheapest(request, layers, losses, measure);
  return resultOf(request, layers, losses, found, { seed, fitted: fitted.length, heldOut: heldOut.length, curves: inputs });
}

const outputSize = (network: FloatNetwork): number => floatTensorById(network, network.outputs[0] ?? 0).shape.at(-1) ?? 1;

function resultOf(request: TargetRequest, layers: TargetLayers, losses: Losses, { chosen, heldOut, measured }: Found, inputs: TargetResult['inputs']): TargetResult {
  const { target, method, group } = request;
  const rows = layers.order.map((layer): TargetLayer => {
    if ('reason' in layer) return { ...layer, curve: null };
    const { name } = layer;
    const keep = chosen.keeps.get(name) as number;
    const curve = Array.from({ length: group }, (_, i) => (i + 1 === group ? 0 : (losses.get(name)?.get(i + 1) as number)));
    return { name, keep: keep === group ? 'dense' : keep, kept: layer.kept(keep), all: layer.all, curve, reason: null };
  });
  const kept = keptOf(layers, chosen.keeps);
  const pruned = rows.flatMap(({ name, keep, reason }) => (reason === null && keep !== 'dense' ? ['--keep', `${name}=${keep}`] : []));
  return {
    target, method: method.name, group, layers: rows, kept, all: layers.all, sparsity: 1 - kept / layers.all, curveLoss: chosen.loss, exact: chosen.exact,
    cycles: target.kind === 'sparsity' ? null : cyclesOf(request).program(chosen.keeps),
    heldOut: heldOut ?? null, measured, inputs, curveRule: curveRule(method.name),
    options: [...(pruned.length === 0 ? ['--keep', String(group)] : pruned), '--method', method.name],
  };
}
