// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of one candidate for every layer: the least sum of losses within a budget, exactly. */

/** One of the candidates of a layer. */
export interface Choice {
  /** Of the budget: kept weights, or cycles. At least 0. */
  readonly cost: number;
  readonly loss: number;
}

export interface Allocation {
  /** For every layer, which of its candidates. */
  readonly picks: readonly number[];
  readonly cost: number;
  readonly loss: number;
  /** No other choice within the budget loses less. False: there were more partial choices than are kept. */
  readonly exact: boolean;
}

/** Partial choices that are kept at most; beyond, those with the least bound. */
const MOST_STATES = 200_000;
const STEPS = 100;
/** Losses that differ by less, of their size, are equal. */
const TOLERANCE = 1e-12;

interface State {
  readonly cost: number;
  readonly loss: number;
  readonly pick: number;
  readonly before: State | undefined;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const totals = (layers: readonly (readonly Choice[])[], picks: readonly number[]): Choice => {
  const chosen = layers.map((choices, l) => choices[picks[l] as number] as Choice);
  return { cost: sum(chosen.map(({ cost }) => cost)), loss: sum(chosen.map(({ loss }) => loss)) };
};

/** The candidate with the least loss + price x cost; the cheaper one at a tie. */
function bestAt(choices: readonly Choice[], price: number): number {
  let best = 0;
  choices.forEach(({ cost, loss }, i) => {
    const { cost: bestCost, loss: bestLoss } = choices[best] as Choice;
    const [value, bestValue] = [loss + price * cost, bestLoss + price * bestCost];
    if (value < bestValue || (value === bestValue && cost < bestCost)) best = i;
  });
  return best;
}

/** A choice within the budget from which no change of one layer gains, and the price of cost at which the bound on all choices is tightest. */
function incumbent(layers: readonly (readonly Choice[])[], budget: number): { readonly picks: number[]; readonly price: number } {
  const at = (price: number): number[] => layers.map((choices) => bestAt(choices, price));
  let [low, high] = [0, 1];
  for (let i = 0; i < STEPS && totals(layers, at(high)).cost > budget; i++) high *= 4;
  for (let i = 0; i < STEPS; i++) {
    const middle = (low + high) / 2;
    if (totals(layers, at(middle)).cost > budget) low = middle;
    else high = middle;
  }
  let picks = at(high);
  if (totals(layers, picks).cost > budget) picks = layers.map((choices) => bestAt(choices.map(({ cost }) => ({ cost, loss: cost })), 0));
  for (;;) {
    const slack = budget - totals(layers, picks).cost;
    let [layer, pick, gain] = [-1, -1, 0];
    layers.forEach((choices, l) => {
      const now = choices[picks[l] as number] as Choice;
      choices.forEach(({ cost, loss }, i) => {
        if (cost - now.cost <= slack && now.loss - loss > gain) [layer, pick, gain] = [l, i, now.loss - loss];
      });
    });
    if (layer < 0) return { picks, price: high };
    picks[layer] = pick;
  }
}

/**
 * min sum of losses, one candidate a layer, with a sum of costs of at most `budget`; undefined: there is none. Dynamic programming over layers: a partial
 * choice goes where another is as good in cost and loss, where its cheapest end exceeds the budget, and where the Lagrangian bound of its ends exceeds a
 * choice that is known. The same lists give the same choice; of equal losses the cheaper one.
 */
export function allocate(layers: readonly (readonly Choice[])[], budget: number): Allocation | undefined {
  const cheapest = layers.map((choices) => least(choices.map(({ cost }) => cost)));
  if (sum(cheapest) > budget) return undefined;
  const { picks: known, price } = incumbent(layers, budget);
  const limit = totals(layers, known).loss;
  const slack = TOLERANCE * Math.max(1, Math.abs(limit));
  /** What the layers from each on cost and lose at least. */
  const [costLeft, boundLeft] = [[0], [0]];
  for (let l = layers.length - 1; l >= 0; l--) {
    costLeft.unshift((costLeft[0] as number) + (cheapest[l] as number));
    boundLeft.unshift((boundLeft[0] as number) + least((layers[l] as readonly Choice[]).map(({ cost, loss }) => loss + price * cost)));
  }

  let exact = true;
  let states: State[] = [{ cost: 0, loss: 0, pick: -1, before: undefined }];
  layers.forEach((choices, l) => {
    const bound = ({ cost, loss }: Choice): number => loss + price * cost + (boundLeft[l + 1] as number) - price * budget;
    const grown = states.flatMap((before) => choices.map(({ cost, loss }, pick): State => ({ cost: before.cost + cost, loss: before.loss + loss, pick, before })))
      .filter((state) => state.cost + (costLeft[l + 1] as number) <= budget && bound(state) <= limit + slack)
      .sort((a, b) => a.cost - b.cost || a.loss - b.loss);
    let lowest = Infinity;
    states = grown.filter(({ loss }) => {
      if (loss >= lowest) return false;
      lowest = loss;
      return true;
    });
    if (states.length <= MOST_STATES) return;
    exact = false;
    states = states.map((state) => [bound(state), state] as const).sort(([a], [b]) => a - b).slice(0, MOST_STATES).map(([, state]) => state);
  });
  const best = states.reduce<State | undefined>((found, state) => (found === undefined || state.loss < found.loss ? state : found), undefined);
  // Rounding may close every way but the known one.
  if (best === undefined) return { picks: known, ...totals(layers, known), exact };
  const picks: number[] = [];
  for (let state: State | undefined = best; state?.before !== undefined; state = state.before) picks.unshift(state.pick);
  return { picks, ...totals(layers, picks), exact };
}
