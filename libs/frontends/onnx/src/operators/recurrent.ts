/** Recurrent layers as ONNX has them: directions, layouts, activations by name. What a step computes is in frontends/shared. */
import { gatedRecurrence, joined, longShortTermMemory, sequenceOf, simpleRecurrence, taken, type RecurrentAnswer, type RecurrentLayer } from '@loopsmith/frontend-shared';
import type { Attribute, GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

type Activation = (X: GraphTensor) => GraphTensor;

/** By ONNX's name: Loopsmith's operator, its parameters with their defaults. Source: ONNX operator LSTM, attribute activations. */
const activations: Readonly<Record<string, readonly [operator: string, parameters: Readonly<Record<string, number>>]>> = {
  relu: ['relu', {}],
  tanh: ['tanh', {}],
  sigmoid: ['sigmoid', {}],
  softsign: ['softsign', {}],
  softplus: ['softplus', {}],
  leakyrelu: ['leakyRelu', { alpha: Math.fround(0.01) }],
  thresholdedrelu: ['thresholdedRelu', { alpha: 1 }],
  elu: ['elu', { alpha: 1 }],
  hardsigmoid: ['hardSigmoid', { alpha: Math.fround(0.2), beta: 0.5 }],
};

/** The activations of a direction in order, each behind the clip; alphas and betas go to those that have them, in order. */
const activationsOf = (t: OnnxTranslation, direction: number, names: readonly string[]): readonly Activation[] => {
  const given = t.attributes.texts('activations', []), alphas = [...t.attributes.numbers('activation_alpha', [])], betas = [...t.attributes.numbers('activation_beta', [])];
  const clip = t.attributes.number('clip', 0), all = given.length > 0 ? given : [...names, ...names];
  const made = all.map((name): Activation => {
    const [operator, defaults] = activations[name.toLowerCase()] ?? t.refuse(`has the activation ${JSON.stringify(name)}; Loopsmith knows ${Object.keys(activations).join(', ')}`);
    const parameters: Record<string, Attribute> = {};
    if (defaults['alpha'] !== undefined) parameters['alpha'] = alphas.shift() ?? defaults['alpha'];
    if (defaults['beta'] !== undefined) parameters['beta'] = betas.shift() ?? defaults['beta'];
    return (X) => t.emit(operator, [clip > 0 ? t.emit('clip', [X], { min: -clip, max: clip }) : X], parameters);
  });
  const own = made.slice(direction * names.length, (direction + 1) * names.length);
  return own.length === names.length ? own : t.refuse(`has ${given.length} activations; ${names.length} a direction were expected`);
};

const directionsOf = (t: OnnxTranslation): readonly ('forward' | 'reverse')[] => {
  const direction = t.attributes.oneOf('direction', ['forward', 'reverse', 'bidirectional'], 'forward');
  return direction === 'bidirectional' ? ['forward', 'reverse'] : [direction];
};

/** Part `k` of a parameter [directions, ..], without that axis. */
const ofDirection = (t: OnnxTranslation, tensor: GraphTensor, k: number): GraphTensor => t.emit('reshape', [taken(t, tensor, 0, k, k + 1)], { shape: tensor.shape.slice(1) });

/** Every direction's answer as Y, Y_h and, with cells, Y_c. `layout` 1 has the batch first. */
const layer = (
  t: OnnxTranslation,
  gates: number,
  of: (layer: RecurrentLayer, direction: number, state: (position: number) => GraphTensor | undefined) => RecurrentAnswer,
): readonly GraphTensor[] => {
  const batchFirst = t.attributes.integer('layout', 0) === 1,
    swap = (X: GraphTensor, permutation: readonly number[]): GraphTensor => t.emit('transpose', [X], { permutation });
  const given = t.input(0, 'X'),
    W = t.input(1, 'W'),
    R = t.input(2, 'R'),
    names = directionsOf(t);
  if (
    given.shape.length !== 3 ||
    W.shape.length !== 3 ||
    R.shape.length !== 3 ||
    W.shape[0] !== names.length ||
    R.shape[0] !== names.length ||
    R.shape[1] !== gates * R.shape[2]! ||
    W.shape[1] !== R.shape[1]
  )
    return t.refuse(
      `reads X of shape [${given.shape.join(',')}], W of [${W.shape.join(',')}] and R of [${R.shape.join(',')}]; expected [steps,n,c], [${names.length},${gates}h,c] and [${names.length},${gates}h,h]`,
    );
  const X = batchFirst ? swap(given, [1, 0, 2]) : given,
    rows = R.shape[1];
  const answers = names.map((name, k) => {
    const biases = t.optional(3),
      bias = biases && ofDirection(t, biases, k);
    const state = (position: number): GraphTensor | undefined => {
      const tensor = t.optional(position);
      return tensor && ofDirection(t, batchFirst ? swap(tensor, [1, 0, 2]) : tensor, k);
    };
    return of(
      {
        X,
        W: ofDirection(t, W, k),
        R: ofDirection(t, R, k),
        inputBias: bias && taken(t, bias, 0, 0, rows),
        stateBias: bias && taken(t, bias, 0, rows, 2 * rows),
        state: state(5),
        lengths: t.optional(4),
        reverse: name === 'reverse',
      },
      k,
      state,
    );
  });
  const all = joined(
    t,
    answers.map(({ all: steps }) => sequenceOf(t, steps)),
    1,
  );
  const last = (i: number): GraphTensor => {
    const tensor = joined(
      t,
      answers.map((answer) => t.emit('reshape', [answer.last[i]!], { shape: [1, ...answer.last[i]!.shape] })),
      0,
    );
    return batchFirst ? swap(tensor, [1, 0, 2]) : tensor;
  };
  return [batchFirst ? swap(all, [2, 0, 1, 3]) : all, ...answers[0]!.last.map((_, i) => last(i))];
};

export const recurrences: OnnxTranslators = {
  RNN: (t) => layer(t, 1, (one, direction) => {
    const [f] = activationsOf(t, direction, ['Tanh']);
    return simpleRecurrence(t, one, f!);
  }),
  GRU: (t) => layer(t, 3, (one, direction) => {
    const [f, g] = activationsOf(t, direction, ['Sigmoid', 'Tanh']);
    return gatedRecurrence(t, one, { f: f!, g: g!, resetAfter: t.attributes.flag('linear_before_reset', false) });
  }),
  LSTM: (t) => layer(t, 4, (one, direction, state) => {
    const [f, g, h] = activationsOf(t, direction, ['Sigmoid', 'Tanh', 'Tanh']), peepholes = t.optional(7);
    return longShortTermMemory(t, one, {
      f: f!,
      g: g!,
      h: h!,
      cell: state(6),
      peepholes: peepholes && ofDirection(t, peepholes, direction),
      coupled: t.attributes.flag('input_forget', false),
    });
  }),
};
