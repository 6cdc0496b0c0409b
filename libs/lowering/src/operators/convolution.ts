/** Convolutions, and nothing that is one only by algebra (dense layers, transposed convolutions). Layout-free: NCHW is the order of the logical axes. */
import { add, build, floorDivide, scale } from '@loopsmith/ir';
import { axesOver, spatialNames, windowNames } from './axes.js';
import { accumulatorOf, castTo, definitionOf, operator, sumOfProducts } from './operator.js';
import { batchChannelsSpace, paddedStage, windowIndex, windowOf, windowText } from './window.js';

/**
 * Convolution (cross-correlation, as networks mean it) over `rank` spatial axes.
 *
 * Inputs: X[n, c, y, x]; W[k, c/groups, r, s]; bias[k], optional. Output Y[n, k, y', x'].
 * Attributes: strides, dilations (one per spatial axis, 1), pads (begins then ends: [t, l, b, r], 0), groups (1).
 * Y[n,k,y,x] = bias[k] + sum over c, r, s of P[n, g + c, y*stride + r*dilation, ..] * W[k,c,r,s], with P = X and zeros around
 * it and g the first channel of k's group. Source: ONNX operator Conv.
 * Refused: ranks that disagree, channels that the groups do not divide, weights of another number of channels.
 */
export const convolution = (rank: 1 | 2 | 3) => operator((reading) => {
  const X = reading.input(0, 'X'), W = reading.input(1, 'W'), bias = reading.optional(2, 'bias');
  const { n, c, space } = batchChannelsSpace(reading, X);
  if (space.length !== rank || W.shape.length !== rank + 2)
    return reading.refuse(`reads X of shape [${X.shape.join(',')}] and W of shape [${W.shape.join(',')}]; expected both of rank ${rank + 2}`);
  const groups = reading.number('groups', 1);
  const [k, perGroup, ...kernel] = W.shape as [number, number, ...number[]];
  if (c % groups !== 0 || k % groups !== 0) return reading.refuse(`has ${groups} groups, which do not divide ${c} input channels and ${k} output channels`);
  if (perGroup !== c / groups) return reading.refuse(`has weights for ${perGroup} input channels per group; X has ${c} channels in ${groups} groups of ${c / groups}`);
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== k)) return reading.refuse(`has a bias of shape [${bias.shape.join(',')}]; expected [${k}]`);
  const window = windowOf(reading, space, kernel);

  const P = paddedStage(X, window, 0);
  const sumType = accumulatorOf(X.dtype);
  const [at, axes] = axesOver([n, k, ...window.output], ['n', 'k', ...spatialNames(rank)]);
  const [within, reduced] = axesOver([perGroup, ...kernel], ['c', ...windowNames(rank)]);
  const batch = at[0]!, channel = at[1]!, point = at.slice(2);
  const group = groups === 1 ? within[0]! : add(scale(floorDivide(channel, k / groups), perGroup), within[0]!);
  const A = sumOfProducts(sumType, axes, reduced, build.load(P ?? X, batch, group, ...windowIndex(window, point, within.slice(1))), build.load(W, channel, ...within));
  const total = build.load(A, ...at);
  const Y = build.stage('Y', X.dtype, axes, castTo(X.dtype, bias ? build.binary('add', total, castTo(sumType, build.load(bias, channel))) : total));
  return {
    definition: definitionOf(`conv${rank}d`, [X, W, bias], [P, A, Y]),
    label: `conv${rank}d ${windowText(window, ` ${c}→${k}${groups === 1 ? '' : ` g${groups}`}`)}`,
  };
});
