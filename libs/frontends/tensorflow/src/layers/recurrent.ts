/**
 * Keras's recurrent layers and the wrapper that runs one both ways. What a step computes is in frontends/shared; here are Keras's
 * orders of gates, its states and its outputs. Refused: states that stay from one call to the next.
 */
import { gatedRecurrence, joined, longShortTermMemory, reshaped, scalarLike, simpleRecurrence, taken, type RecurrentAnswer, type RecurrentLayer } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { isRecord, type JsonRecord } from '@loopsmith/tensorflow-file';
import { activationNamed } from './activation.js';
import type { LayerTranslation, LayerTranslator, LayerTranslators } from './translation.js';

/** `order`: where Keras has each of the gates, in the order of frontends/shared. Source: Keras layers SimpleRNN, GRU (z, r, h) and LSTM (i, f, c, o). */
interface Cell { readonly order: readonly number[]; run(t: LayerTranslation, layer: RecurrentLayer, states: readonly GraphTensor[]): RecurrentAnswer }
const cells: Readonly<Record<string, Cell>> = {
  SimpleRNN: { order: [0], run: (t, layer) => simpleRecurrence(t, layer, activationNamed(t, 'activation', 'tanh')) },
  GRU: {
    order: [0, 1, 2],
    run: (t, layer) =>
      gatedRecurrence(t, layer, {
        f: activationNamed(t, 'recurrent_activation', 'sigmoid'),
        g: activationNamed(t, 'activation', 'tanh'),
        resetAfter: t.config.flag('reset_after', false),
      }),
  },
  LSTM: {
    order: [0, 3, 1, 2],
    run: (t, layer, [, cell]) => {
      const own = activationNamed(t, 'activation', 'tanh');
      return longShortTermMemory(t, layer, { f: activationNamed(t, 'recurrent_activation', 'sigmoid'), g: own, h: own, cell, coupled: false });
    },
  },
};

/** The gates of X along axis 0, each of h rows, in another order. */
const ordered = (t: LayerTranslation, X: GraphTensor, h: number, order: readonly number[]): GraphTensor =>
  (order.every((place, i) => place === i) ? X : joined(t, order.map((place) => taken(t, X, 0, place * h, (place + 1) * h)), 0));

/** A layer on X of shape [n, steps, c], in one direction. */
const recurrence = (t: LayerTranslation, kind: string, X: GraphTensor, states: readonly GraphTensor[], reverse: boolean): RecurrentAnswer => {
  if (t.config.flag('stateful', false))
    return t.refuse(
      'keeps its state from one call to the next (stateful), which a compiled network does not; build the model with stateful=False and hand the states on as inputs',
    );
  if (t.config.flag('time_major', false)) return t.refuse('has the steps before the batch (time_major); convert the model without it');
  if (X.shape.length !== 3) return t.refuse(`reads a tensor of shape [${X.shape.join(',')}]; [batch,steps,features] was expected`);
  const { order, run } = cells[kind]!,
    h = t.config.integer('units'),
    turned = (W: GraphTensor): GraphTensor => ordered(t, t.emit('transpose', [W], { permutation: [1, 0] }), h, order);
  const W = turned(t.weight(0, 'kernel')), R = turned(t.weight(1, 'recurrent_kernel')), bias = t.config.flag('use_bias', true) ? t.weight(2, 'bias') : undefined;
  // a GRU that resets after the product has two biases, one of each product
  const [inputBias, stateBias] = bias === undefined ? [] : bias.shape.length === 1 ? [bias] : [0, 1].map((k) => reshaped(t, taken(t, bias, 0, k, k + 1), [bias.shape[1]!]));
  const layer: RecurrentLayer = {
    X: t.emit('transpose', [X], { permutation: [1, 0, 2] }),
    W,
    R,
    inputBias: inputBias && ordered(t, inputBias, h, order),
    stateBias: stateBias && ordered(t, stateBias, h, order),
    state: states[0],
    reverse,
  };
  return run(t, layer, states);
};

/** H of every step as [n, steps, h], or of the last one. */
const answerOf = (t: LayerTranslation, { all, last }: RecurrentAnswer, backwards: boolean): GraphTensor => {
  if (!t.config.flag('return_sequences', false)) return last[0]!;
  const steps = all.map((H) => reshaped(t, H, [H.shape[0]!, 1, H.shape[1]!]));
  return joined(t, backwards ? steps.toReversed() : steps, 1);
};

/** The output, then the states, which the model may read. */
const alone = (kind: string): LayerTranslator => (t) => {
  const [X, ...states] = t.inputs(), backwards = t.config.flag('go_backwards', false), answer = recurrence(t, kind, X ?? t.input(0, 'x'), states, backwards);
  return [answerOf(t, answer, backwards), ...answer.last];
};

const merges: Readonly<Record<string, (t: LayerTranslation, forward: GraphTensor, backward: GraphTensor) => GraphTensor>> = {
  concat: (t, forward, backward) => t.emit('concat', [forward, backward], { axis: forward.shape.length - 1 }),
  sum: (t, forward, backward) => t.emit('add', [forward, backward]), mul: (t, forward, backward) => t.emit('multiply', [forward, backward]),
  ave: (t, forward, backward) => t.emit('multiply', [t.emit('add', [forward, backward]), scalarLike(t, forward, 0.5)]),
};

/** One layer along the sequence and one against it, whose steps are put back in order. */
const bidirectional: LayerTranslator = (t) => {
  const inside = (attribute: string): { readonly kind: string; readonly name: string; readonly config: JsonRecord } => {
    const one = t.given(attribute), kind = isRecord(one) ? one['class_name'] : undefined, config = isRecord(one) ? one['config'] : undefined;
    if (typeof kind !== 'string' || !Object.hasOwn(cells, kind) || !isRecord(config) || typeof config['name'] !== 'string')
      return t.refuse(`runs ${typeof kind === 'string' ? `a ${kind}` : 'no layer'} both ways; Loopsmith knows ${Object.keys(cells).join(', ')}`);
    return { kind, name: config['name'], config };
  };
  const forward = inside('layer'), backward = t.config.has('backward_layer') ? inside('backward_layer') : forward, [X, ...states] = t.inputs(), half = states.length / 2;
  const backwards = forward.config['go_backwards'] === true, weights = forward.config['use_bias'] === false ? 2 : 3;
  const [ahead, back] = ([[forward, 'forward', backwards, 0], [backward, 'backward', !backwards, 1]] as const).map(([{ kind, name, config }, way, reverse, k]) => {
    const own = t.inside(name.startsWith(`${way}_`) ? name : `${way}_${name}`, config, k * weights),
      answer = recurrence(own, kind, X ?? t.input(0, 'x'), states.slice(k * half, (k + 1) * half), reverse);
    return { made: answerOf(own, answer, backwards), last: answer.last };
  }) as [{ made: GraphTensor; last: readonly GraphTensor[] }, { made: GraphTensor; last: readonly GraphTensor[] }];
  const mode = t.given('merge_mode') === null ? null : t.functionName('merge_mode', 'concat');
  const made =
    mode === null
      ? [ahead.made, back.made]
      : [
          (Object.hasOwn(merges, mode)
            ? merges[mode]!
            : t.refuse(`merges its directions by ${mode}; Loopsmith knows ${Object.keys(merges).join(', ')}`))(t, ahead.made, back.made),
        ];
  return [...made, ...ahead.last, ...back.last];
};

export const recurrentLayers: LayerTranslators = { ...Object.fromEntries(Object.keys(cells).map((kind) => [kind, alone(kind)])), Bidirectional: bidirectional };
