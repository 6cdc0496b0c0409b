/** Activations, as layers and as what other layers end with. A few have changed their meaning between versions of Keras. */
import { logSoftmax, scalarLike } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { LayerTranslation, LayerTranslator, LayerTranslators } from './translation.js';

type Activation = (t: LayerTranslation, X: GraphTensor) => GraphTensor;
const emitted = (operator: string): Activation => (t, X) => t.emit(operator, [X]);
const swish: Activation = (t, X) => t.emit('multiply', [X, t.emit('sigmoid', [X])]);

/** 0.2 x + 0.5, and x / 6 + 0.5 since Keras 3, between 0 and 1. */
const hardSigmoid: Activation = (t, X) => t.emit('hardSigmoid', [X], { alpha: t.version.startsWith('3.') ? 1 / 6 : 0.2, beta: 0.5 });

const activations: Readonly<Record<string, Activation>> = {
  linear: (_, X) => X,
  relu: emitted('relu'),
  relu6: (t, X) => t.emit('clip', [X], { min: 0, max: 6 }),
  sigmoid: emitted('sigmoid'),
  tanh: emitted('tanh'),
  elu: (t, X) => t.emit('elu', [X], { alpha: 1 }),
  selu: emitted('selu'),
  softplus: emitted('softplus'),
  softsign: emitted('softsign'),
  exponential: emitted('exp'),
  swish,
  silu: swish,
  hard_sigmoid: hardSigmoid,
  hard_swish: emitted('hardSwish'),
  hard_silu: emitted('hardSwish'),
  gelu: emitted('gelu'),
  leaky_relu: (t, X) => t.emit('leakyRelu', [X], { alpha: 0.2 }),
  mish: (t, X) => t.emit('multiply', [X, t.emit('tanh', [t.emit('softplus', [X])])]),
  softmax: (t, X) => t.emit('softmax', [X], { axis: -1 }),
  log_softmax: (t, X) => logSoftmax(t, X, X.shape.length - 1),
};

/** The function that an entry of the layer's configuration names. */
export const activationNamed = (t: LayerTranslation, attribute: string, fallback: string): ((X: GraphTensor) => GraphTensor) => {
  const name = t.functionName(attribute, fallback),
    known = Object.hasOwn(activations, name) ? activations[name]! : t.refuse(`has the activation ${name}, which Loopsmith does not know`);
  return (X) => known(t, X);
};
/** What the layer's own `activation` makes of X. */
export const activated = (t: LayerTranslation, X: GraphTensor): GraphTensor => activationNamed(t, 'activation', 'linear')(X);

/** x up to max_value where it is at least the threshold, below it negative_slope * (x - threshold). Source: Keras layer ReLU. */
const relu: LayerTranslator = (t) => {
  const X = t.input(0, 'x'),
    slope = t.config.number('negative_slope', 0),
    threshold = t.config.number('threshold', 0),
    most = t.config.has('max_value') ? t.config.number('max_value') : Infinity;
  if (threshold === 0) {
    const Y = slope === 0 ? t.emit('relu', [X]) : t.emit('leakyRelu', [X], { alpha: slope });
    return most === Infinity ? Y : slope === 0 ? t.emit('clip', [X], { min: 0, max: most }) : t.emit('min', [Y, scalarLike(t, Y, most)]);
  }
  const bound = scalarLike(t, X, threshold), below = t.emit('multiply', [t.emit('subtract', [X, bound]), scalarLike(t, X, slope)]);
  const Y = t.emit('where', [t.emit('less', [X, bound]), below, X]);
  return most === Infinity ? Y : t.emit('min', [Y, scalarLike(t, Y, most)]);
};

export const activationLayers: LayerTranslators = {
  Activation: (t) => activated(t, t.input(0, 'x')),
  ReLU: relu,
  /** Its slope has two names. */
  LeakyReLU: (t) => t.emit('leakyRelu', [t.input(0, 'x')], { alpha: t.config.number('alpha', t.config.number('negative_slope', 0.3)) }),
  ELU: (t) => t.emit('elu', [t.input(0, 'x')], { alpha: t.config.number('alpha', 1) }),
  ThresholdedReLU: (t) => {
    const X = t.input(0, 'x'), theta = scalarLike(t, X, t.config.number('theta', 1));
    return t.emit('where', [t.emit('greater', [X, theta]), X, scalarLike(t, X, 0)]);
  },
  PReLU: (t) => t.emit('prelu', [t.input(0, 'x'), t.weight(0, 'alpha')]),
  Softmax: (t) => t.emit('softmax', [t.input(0, 'x')], { axis: t.config.integer('axis', -1) }),
};
