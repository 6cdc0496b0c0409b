/** What training leaves at the end of a network: losses, which at inference are an activation of their data or nothing. Labels are dropped before. */
import { product } from '@loopsmith/util';
import type { MxnetTranslator, MxnetTranslators } from '../translation.js';

/** Over axis 1 with multi_output, over the last one with preserve_shape, else over all but the batch. Source: MXNet operator SoftmaxOutput. */
const softmaxOutput: MxnetTranslator = (t) => {
  const X = t.input(0, 'data');
  if (t.attributes.flag('multi_output', false)) return t.emit('softmax', [X], { axis: 1 });
  if (t.attributes.flag('preserve_shape', false)) return t.emit('softmax', [X], { axis: -1 });
  if (X.shape.length <= 2) return t.emit('softmax', [X], { axis: -1 });
  const flat = t.emit('reshape', [X], { shape: [X.shape[0]!, product(X.shape.slice(1))] });
  return t.emit('reshape', [t.emit('softmax', [flat], { axis: 1 })], { shape: X.shape });
};
const passed: MxnetTranslator = (t) => t.input(0, 'data');
const dropout: MxnetTranslator = (t) => {
  const mode = t.attributes.text('mode', 'training');
  return mode === 'training' ? passed(t) : t.refuse(`drops elements at random at inference too (mode ${mode}), which Loopsmith does not import; export the model with mode training`);
};

/** Only the first input of these is read. */
export const losses: MxnetTranslators = {
  SoftmaxOutput: softmaxOutput, Softmax: softmaxOutput,
  LinearRegressionOutput: passed, MAERegressionOutput: passed, SVMOutput: passed, LogisticRegressionOutput: (t) => t.emit('sigmoid', [t.input(0, 'data')]),
  MakeLoss: passed, make_loss: passed, BlockGrad: passed, stop_gradient: passed, IdentityAttachKLSparseReg: passed, Dropout: dropout, identity: passed, _copy: passed,
  _identity_with_attr_like_rhs: passed, amp_cast: passed,
};
