/**
 * Recurrent layers written out over their steps. The products with the inputs of all steps are one dense layer; a step is one
 * dense layer over the state and what follows it, some four calls. Steps read their part of the products by an index that is a
 * constant of the call, not of its formula, so that all steps are one task, tuned and compiled once. Refused: a sequence
 * longer than `mostSteps`, since the graph grows with it.
 */
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { joined, reshaped } from './rearrange.js';
import { scalarLike, zeros } from './filled.js';
import { taken } from './selection.js';
import type { Translation } from './translation.js';

const mostSteps = 2048;

type Activation = (X: GraphTensor) => GraphTensor;

/** One direction. h is the state's width, n the batch; gates lie one behind the other in W, R and biases: h of each. */
export interface RecurrentLayer {
  /** [steps, n, c]. */
  readonly X: GraphTensor;
  /** [gates * h, c] and [gates * h, h]. */
  readonly W: GraphTensor;
  readonly R: GraphTensor;
  /** [gates * h] each, of the products with W and R. */
  readonly inputBias?: GraphTensor | undefined;
  readonly stateBias?: GraphTensor | undefined;
  /** [n, h]; zeros when absent. */
  readonly state?: GraphTensor | undefined;
  /** Steps per element of the batch, [n]; all when absent. What follows the last step leaves the state alone and answers 0. */
  readonly lengths?: GraphTensor | undefined;
  readonly reverse: boolean;
}
/** H of every step in the order of the sequence, [n, h] each, and the states after the last one. */
export interface RecurrentAnswer { readonly all: readonly GraphTensor[]; readonly last: readonly GraphTensor[] }

const elementwise = (t: Translation, operator: string) => (left: GraphTensor, right: GraphTensor): GraphTensor => t.emit(operator, [left, right]);

/** `step` makes the states after one step from those before it; `from` is the step's product with W. */
const steps = (
  t: Translation,
  layer: RecurrentLayer,
  biasOfAll: GraphTensor | undefined,
  first: readonly GraphTensor[],
  step: (from: GraphTensor, states: readonly GraphTensor[]) => readonly GraphTensor[],
): RecurrentAnswer => {
  const [count, n, c] = layer.X.shape as [number, number, number];
  if (count > mostSteps)
    return t.refuse(
      `runs ${count} steps; Loopsmith writes out at most ${mostSteps}: shorten the sequence, or cut it into several runs that hand on their states`,
    );
  const products = reshaped(t, t.emit('dense', [reshaped(t, layer.X, [count * n, c]), layer.W, biasOfAll], { transposeB: true }), [
    count,
    n,
    layer.W.shape[0]!,
  ]);
  const all: GraphTensor[] = [];
  let states = first;
  for (let i = 0; i < count; i++) {
    const at = layer.reverse ? count - 1 - i : i,
      next = step(t.emit('gather', [products, t.constant(fromNumbers('i64', [], [at]))], { axis: 0 }), states);
    const runs = layer.lengths && runsAt(t, layer.lengths, at);
    if (!runs) {
      states = next;
      all[at] = next[0]!;
      continue;
    }
    all[at] = t.emit('where', [runs, next[0]!, scalarLike(t, next[0]!, 0)]);
    states = next.map((state, k) => t.emit('where', [runs, state, states[k]!]));
  }
  return { all, last: states };
};

/** Whether each element of the batch has this step, [n, 1]; undefined where all are known to. */
const runsAt = (t: Translation, lengths: GraphTensor, at: number): GraphTensor | undefined => {
  const runs = t.emit('greater', [lengths, scalarLike(t, lengths, at)]);
  return runs.data && t.known(runs, 'sequence_lens').every((value) => value !== 0) ? undefined : t.emit('reshape', [runs], { shape: [...runs.shape, 1] });
};

const stateOf = (t: Translation, { X, R, state }: RecurrentLayer): GraphTensor => state ?? zeros(t, X.dtype, [X.shape[1]!, R.shape[1]!]);
const sum = (t: Translation, left: GraphTensor | undefined, right: GraphTensor | undefined): GraphTensor | undefined =>
  left && right ? t.emit('add', [left, right]) : (left ?? right);
const gate = (t: Translation, X: GraphTensor, h: number, k: number): GraphTensor => taken(t, X, 1, k * h, (k + 1) * h);

/** H = f(x W + h R). */
export const simpleRecurrence = (t: Translation, layer: RecurrentLayer, f: Activation): RecurrentAnswer =>
  steps(t, layer, sum(t, layer.inputBias, layer.stateBias), [stateOf(t, layer)], (from, [H]) => [f(t.emit('add', [t.emit('dense', [H, layer.R], { transposeB: true }), from]))]);

/** Gates z, r, h: H' = (1 - z) g(..) + z H. `resetAfter`: the reset gate comes after the product with R, which then keeps its bias. Source: ONNX operator GRU. */
export const gatedRecurrence = (
  t: Translation,
  layer: RecurrentLayer,
  { f, g, resetAfter }: { readonly f: Activation; readonly g: Activation; readonly resetAfter: boolean },
): RecurrentAnswer => {
  const h = layer.R.shape[1]!,
    add = elementwise(t, 'add'),
    times = elementwise(t, 'multiply');
  const rows = (first: number, end: number): GraphTensor => taken(t, layer.R, 0, first * h, end * h);
  const split = (bias: GraphTensor | undefined, first: number, end: number): GraphTensor | undefined => bias && taken(t, bias, 0, first * h, end * h);
  const bias = resetAfter ? layer.inputBias : sum(t, layer.inputBias, layer.stateBias),
    gatesBias = resetAfter ? split(layer.stateBias, 0, 2) : undefined;
  const gatesOfState = rows(0, 2),
    candidateOfState = rows(2, 3);
  return steps(t, layer, bias, [stateOf(t, layer)], (from, states) => {
    const H = states[0]!,
      gates = t.emit('dense', [H, gatesOfState, gatesBias], { transposeB: true });
    const z = f(add(gate(t, from, h, 0), gate(t, gates, h, 0))),
      r = f(add(gate(t, from, h, 1), gate(t, gates, h, 1)));
    const ofState = resetAfter
      ? times(r, t.emit('dense', [H, candidateOfState, split(layer.stateBias, 2, 3)], { transposeB: true }))
      : t.emit('dense', [times(r, H), candidateOfState], { transposeB: true });
    const candidate = g(add(gate(t, from, h, 2), ofState));
    // (1 - z) c + z H = c + z (H - c)
    return [add(candidate, times(z, t.emit('subtract', [H, candidate])))];
  });
};

interface LongShortTerm {
  readonly f: Activation;
  readonly g: Activation;
  readonly h: Activation;
  /** [n, h]; zeros when absent. */
  readonly cell?: GraphTensor | undefined;
  /** [3 * h]: of the input, output and forget gates. */
  readonly peepholes?: GraphTensor | undefined;
  /** The forget gate is 1 - the input gate. */
  readonly coupled: boolean;
}
/** Gates i, o, f, c: C' = f C + i c and H = o h(C'). `last` is H and C. Source: ONNX operator LSTM. */
export const longShortTermMemory = (t: Translation, layer: RecurrentLayer, { f, g, h: out, cell, peepholes, coupled }: LongShortTerm): RecurrentAnswer => {
  const h = layer.R.shape[1]!, add = elementwise(t, 'add'), times = elementwise(t, 'multiply');
  const peep = (k: number, X: GraphTensor, C: GraphTensor): GraphTensor => (peepholes ? add(X, times(C, taken(t, peepholes, 0, k * h, (k + 1) * h))) : X);
  return steps(t, layer, sum(t, layer.inputBias, layer.stateBias), [stateOf(t, layer), stateOf(t, { ...layer, state: cell })], (from, states) => {
    const [H, C] = states as [GraphTensor, GraphTensor];
    const all = add(t.emit('dense', [H, layer.R], { transposeB: true }), from);
    const input = f(peep(0, gate(t, all, h, 0), C)), forget = coupled ? t.emit('subtract', [scalarLike(t, input, 1), input]) : f(peep(2, gate(t, all, h, 2), C));
    const next = add(times(forget, C), times(input, g(gate(t, all, h, 3))));
    return [times(f(peep(1, gate(t, all, h, 1), next)), out(next)), next];
  });
};

/** Tensors of one step each, [n, h], as [steps, 1, n, h]: joined first, so that each step can write its part of the whole. */
export const sequenceOf = (t: Translation, all: readonly GraphTensor[]): GraphTensor => reshaped(t, joined(t, all, 0), [all.length, 1, ...all[0]!.shape]);
