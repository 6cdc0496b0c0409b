/**
 * Which elements come first in order: by all pairs of a row, one after the other, or from the numbers that a threshold is looked for with. Which of them is
 * cheapest is the front ends' to say; none depends on what the elements are.
 */
import { build, constant, identityOf, indirect, isFloat, subtract, type Input, type Stage, type Value } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import { definitionOf, operator, shapeText, type Reading } from './operator.js';

const whole = (value: number): Value => build.literal(value, 'i32');

/** X[b, n, a] and I[n] = 0, 1, 2, .. of i32, and how many of n are wanted; K is X with infinity for NaN. */
const rankedOf = (reading: Reading) => {
  const X = reading.input(0, 'X'), I = reading.input(1, 'I'), k = reading.number('k'), largest = reading.flag('largest', true);
  const [b, n, a] = X.shape as [number, number, number];
  if (X.shape.length !== 3 || I.dtype !== 'i32' || I.shape.join() !== String(n))
    return reading.refuse(`reads X of shape [${X.shape.join(',')}] and I of ${I.dtype}[${I.shape.join(',')}]; expected [b,n,a] and i32[n]`);
  if (!Number.isInteger(k) || k < 1 || k > n) return reading.refuse(`takes ${k} of ${n} elements; expected 1 to ${n}`);
  const [at, axes] = axesOver([b, n, a], ['b', 'i', 'a']), given = build.load(X, ...at);
  const stage = isFloat(X.dtype) ? build.stage('K', X.dtype, axes, build.choose(given, '!=', given, build.literal(Infinity, X.dtype), given)) : undefined;
  const K: Stage | Input = stage ?? X;
  return { X, I, K, stage, b, n, a, k, largest, at, axes };
};

/**
 * Y[b, r, a] = the place i of the element of X[b, .., a] that comes r-th, the largest (smallest) first and of equal ones the first; NaN counts as
 * infinity. Inputs: X[b, n, a]; I[n] of i32: 0, 1, 2, .. Y is [b, k, a] of i32. Attributes: k; largest (true). Source: ONNX operator TopK.
 * An element's rank is how many are ahead of it, the r-th the one of rank r. Refused: other shapes, and a k that is not from 1 to n.
 */
export const topPlaces = operator((reading) => {
  const { X, I, K, stage, b, n, a, k, largest, at: [row, place, column], axes } = rankedOf(reading);
  const [[other], others] = axesOver([n], ['j']);
  const one = build.load(K, row!, place!, column!), another = build.load(K, row!, other!, column!);
  const earlier = build.choose(build.load(I, other!), '<', build.load(I, place!), whole(1), whole(0));
  const ahead = build.choose(another, largest ? '>' : '<', one, whole(1), build.choose(another, '==', one, earlier, whole(0)));
  const R = build.stage('R', 'i32', axes, ahead, build.over('sum', others, 'i32'));
  const [[outer, rank, inner], results] = axesOver([b, k, a], ['b', 'r', 'a']), [[from], all] = axesOver([n], ['i']);
  const hit = build.choose(build.load(R, outer!, from!, inner!), '==', build.load(I, rank!), build.load(I, from!), whole(0));
  const Y = build.stage('Y', 'i32', results, hit, build.over('max', all, 'i32'));
  return { definition: definitionOf('topPlaces', [X, I], [stage, R, Y]), label: `top_places ${k} of ${shapeText(X.shape)}` };
});

/**
 * As topPlaces, one place after the other: the extremum of what comes after the one before, then the first place that holds it. Takes k passes of two over a
 * row where all pairs are n. Refused: as by topPlaces, and more than 16 elements, for each is two stages.
 */
export const topInTurn = operator((reading) => {
  const { X, I, K, stage, b, n, a, k, largest, at, axes: [outer, along, inner] } = rankedOf(reading);
  if (k > 16) return reading.refuse(`takes ${k} elements one after the other; expected 1 to 16`);
  const [row, place, column] = at, axes = [outer!, inner!];
  const extremum = largest ? 'max' : 'min', value = build.load(K, ...at), here = build.load(I, place!);
  const none = build.literal(identityOf(extremum, X.dtype), X.dtype);
  const stages: Stage[] = [];
  for (let r = 0; r < k; r++) {
    const [last, lastAt] = stages.slice(-2).map((before) => build.load(before, row!, column!)) as [Value?, Value?];
    const later = (then: Value, otherwise: Value): Value => build.choose(here, '>', lastAt!, then, otherwise);
    const after = last ? build.choose(value, largest ? '<' : '>', last, value, build.choose(value, '==', last, later(value, none), none)) : value;
    const M = build.stage(`M${r}`, X.dtype, axes, after, build.over(extremum, [along!], X.dtype)), best = build.load(M, row!, column!);
    const open = last ? build.choose(best, '!=', last, here, later(here, whole(n))) : here;
    stages.push(M, build.stage(`P${r}`, 'i32', axes, build.choose(value, '==', best, open, whole(n)), build.over('min', [along!], 'i32')));
  }
  const [[to, rank, side], results] = axesOver([b, k, a], ['b', 'r', 'a']);
  const found = stages.filter(({ name }) => name.startsWith('P')).map((P) => build.load(P, to!, side!));
  const chosen = found.slice(0, -1).reduceRight((rest, P, r) => build.select([subtract(constant(r), rank!)], P, rest), found.at(-1)!);
  return { definition: definitionOf('topInTurn', [X, I], [stage, ...stages, build.stage('Y', 'i32', results, chosen)]), label: `top_in_turn ${k} of ${shapeText(X.shape)}` };
});

/**
 * Y[b, 0, a] (i32) = how many of the cuts C[b, .., a], each above the last, are reached by at least k elements of X[b, .., a]: not below it. Inputs: X[b, n, a];
 * C[b, m, a] of the same type, where b and a may be one for all. Attribute: k. Refused: other shapes.
 */
export const reached = operator((reading) => {
  const X = reading.input(0, 'X'), C = reading.input(1, 'C'), k = reading.number('k');
  const [b, n, a] = X.shape as [number, number, number], [rows, m, columns] = C.shape as [number, number, number];
  if (X.shape.length !== 3 || C.shape.length !== 3 || C.dtype !== X.dtype || ![1, b].includes(rows) || ![1, a].includes(columns))
    return reading.refuse(`reads X of shape [${X.shape.join(',')}] and C of ${C.dtype}[${C.shape.join(',')}]; expected [b,n,a] and ${X.dtype}[b,m,a]`);
  const [[row, cut, column], axes] = axesOver([b, m, a], ['b', 'c', 'a']), [[place], along] = axesOver([n], ['i']);
  const at = [rows === 1 ? constant(0) : row!, cut!, columns === 1 ? constant(0) : column!];
  const isReached = build.choose(build.load(X, row!, place!, column!), '>=', build.load(C, ...at), whole(1), whole(0));
  const S = build.stage('S', 'i32', axes, isReached, build.over('sum', along, 'i32'));
  const [[outer, , inner], results] = axesOver([b, 1, a], ['b', 'o', 'a']), [[each], cuts] = axesOver([m], ['c']);
  const Y = build.stage('Y', 'i32', results, build.choose(build.load(S, outer!, each!, inner!), '>=', whole(k), whole(1), whole(0)), build.over('sum', cuts, 'i32'));
  return { definition: definitionOf('reached', [X, C], [S, Y]), label: `reached ${m} cuts by ${k} of ${shapeText(X.shape)}` };
});

/**
 * Y[b, r, a] (i32) = the first place where X[b, .., a], which falls nowhere along n, is above R[r]; the last place where it is nowhere. Inputs: X[b, n, a] and
 * R[r] of i32. By halves: each step is a stage, for the next is read where it says. Refused: other types and shapes.
 */
export const firstAbove = operator((reading) => {
  const X = reading.input(0, 'X'), R = reading.input(1, 'R'), [b, n, a] = X.shape as [number, number, number], [k] = R.shape as [number];
  if (X.shape.length !== 3 || R.shape.length !== 1 || X.dtype !== 'i32' || R.dtype !== 'i32')
    return reading.refuse(`reads X of ${X.dtype}[${X.shape.join(',')}] and R of ${R.dtype}[${R.shape.join(',')}]; expected i32[b,n,a] and i32[r]`);
  const [at, axes] = axesOver([b, k, a], ['b', 'r', 'a']), [row, rank, column] = at;
  const stages: Stage[] = [];
  // J is the last place of the first half of what is left, which begins behind what is known to be no answer
  let left = n, half = left >> 1, asked: Value = whole(half - 1);
  for (; left > 1; left -= half, half = left >> 1) {
    const J = build.stage(`J${stages.length}`, 'i32', axes, asked);
    stages.push(J);
    const place = build.load(J, ...at), next = left - half, step = (next >> 1) - 1, moved = (by: number): Value => build.binary('add', place, whole(by));
    const isAbove = [build.load(X, row!, indirect(J.name, at, 0, n - 1), column!), build.load(R, rank!)] as const;
    // what is left after the last step is the answer itself
    asked = build.choose(isAbove[0], '>', isAbove[1], moved(1 - half + (next > 1 ? step : 0)), moved(1 + (next > 1 ? step : 0)));
  }
  const Y = build.stage('Y', 'i32', axes, n > 1 ? asked : whole(0));
  return { definition: definitionOf('firstAbove', [X, R], [...stages, Y]), label: `first_above ${k} of ${shapeText(X.shape)}` };
});
