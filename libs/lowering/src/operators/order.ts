/** Which elements come first in order. Every pair of a row is compared, which no step depends on another for: front ends cut long rows into short ones. */
import { build, isFloat, type Value } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import { definitionOf, operator, shapeText } from './operator.js';

/**
 * Y[b, r, a] = the place i of the element of X[b, .., a] that comes r-th, the largest (smallest) first and of equal ones the first; NaN counts as
 * infinity. Inputs: X[b, n, a]; I[n] of i32: 0, 1, 2, .. Y is [b, k, a] of i32. Attributes: k; largest (true). Source: ONNX operator TopK.
 * An element's rank is how many are ahead of it, the r-th the one of rank r. Refused: other shapes, and a k that is not from 1 to n.
 */
export const topPlaces = operator((reading) => {
  const X = reading.input(0, 'X'), I = reading.input(1, 'I'), k = reading.number('k'), largest = reading.flag('largest', true);
  const [b, n, a] = X.shape as [number, number, number];
  if (X.shape.length !== 3 || I.dtype !== 'i32' || I.shape.join() !== String(n))
    return reading.refuse(`reads X of shape [${X.shape.join(',')}] and I of ${I.dtype}[${I.shape.join(',')}]; expected [b,n,a] and i32[n]`);
  if (!Number.isInteger(k) || k < 1 || k > n) return reading.refuse(`takes ${k} of ${n} elements; expected 1 to ${n}`);
  const number = (value: number): Value => build.literal(value, 'i32');
  const [[row, place, column], axes] = axesOver([b, n, a], ['b', 'i', 'a']), [[other], others] = axesOver([n], ['j']);
  const given = build.load(X, row!, place!, column!);
  const K = isFloat(X.dtype) ? build.stage('K', X.dtype, axes, build.choose(given, '!=', given, build.literal(Infinity, X.dtype), given)) : undefined;
  const one = build.load(K ?? X, row!, place!, column!), another = build.load(K ?? X, row!, other!, column!);
  const earlier = build.choose(build.load(I, other!), '<', build.load(I, place!), number(1), number(0));
  const ahead = build.choose(another, largest ? '>' : '<', one, number(1), build.choose(another, '==', one, earlier, number(0)));
  const R = build.stage('R', 'i32', axes, ahead, build.over('sum', others, 'i32'));
  const [[outer, rank, inner], results] = axesOver([b, k, a], ['b', 'r', 'a']), [[from], all] = axesOver([n], ['i']);
  const hit = build.choose(build.load(R, outer!, from!, inner!), '==', build.load(I, rank!), build.load(I, from!), number(0));
  const Y = build.stage('Y', 'i32', results, hit, build.over('max', all, 'i32'));
  return { definition: definitionOf('topPlaces', [X, I], [K, R, Y]), label: `top_places ${k} of ${shapeText(X.shape)}` };
});
