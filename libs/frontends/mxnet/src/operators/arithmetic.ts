/** Operators of two operands: tensors of one shape, tensors that broadcast, a tensor and a number. Comparisons give 0 and 1 in the operands' type. */
import { combined, scalarLike } from '@loopsmith/frontend-shared';
import { isFloat, type GraphTensor } from '@loopsmith/ir';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

type Pair = (t: MxnetTranslation, A: GraphTensor, B: GraphTensor) => GraphTensor;

const plain = (operator: string): Pair => (t, A, B) => t.emit(operator, [A, B]);
const compared = (operator: string): Pair => (t, A, B) => t.emit('cast', [t.emit(operator, [A, B])], { to: A.dtype });
const truth = (t: MxnetTranslation, X: GraphTensor): GraphTensor => t.emit('notEqual', [X, scalarLike(t, X, 0)]);
const logical = (operator: string): Pair => (t, A, B) => t.emit('cast', [t.emit(operator, [truth(t, A), truth(t, B)])], { to: A.dtype });
const hypotenuse: Pair = (t, A, B) => t.emit('sqrt', [t.emit('add', [t.emit('multiply', [A, A]), t.emit('multiply', [B, B])])]);
const swapped = (pair: Pair): Pair => (t, A, B) => pair(t, B, A);

const ofTensors = (pair: Pair): MxnetTranslator => (t) => pair(t, t.input(0, 'lhs'), t.input(1, 'rhs'));
/** A number that is no integer (is_int, since 1.7) makes doubles of integers; before, it lost what is behind the point. */
const withNumber = (pair: Pair): MxnetTranslator => (t) => {
  const given = t.input(0, 'data'), X = t.attributes.flag('is_int', true) || isFloat(given.dtype) ? given : t.emit('cast', [given], { to: 'f64' });
  return pair(t, X, scalarLike(t, X, t.attributes.number('scalar', 0)));
};

const add = plain('add'),
  subtract = plain('subtract'),
  multiply = plain('multiply'),
  divide = plain('divide'),
  power = plain('power'),
  modulo = plain('modulo'),
  max = plain('max'),
  min = plain('min');
/** Under the names that MXNet gave over the years: first those of tensors, then those of a tensor and a number. */
const pairs: readonly (readonly [Pair, tensors: readonly string[], number: readonly string[]])[] = [
  [add, ['elemwise_add', 'broadcast_add', 'broadcast_plus', '_plus', '_Plus', '_add', '_grad_add'], ['_plus_scalar', '_PlusScalar']],
  [subtract, ['elemwise_sub', 'broadcast_sub', 'broadcast_minus', '_minus', '_Minus', '_sub'], ['_minus_scalar', '_MinusScalar']],
  [multiply, ['elemwise_mul', 'broadcast_mul', '_mul', '_Mul'], ['_mul_scalar', '_MulScalar']],
  [divide, ['elemwise_div', 'broadcast_div', '_div', '_Div'], ['_div_scalar', '_DivScalar']],
  [modulo, ['broadcast_mod', '_mod', '_Mod'], ['_mod_scalar', '_ModScalar']],
  [power, ['broadcast_power', '_power', '_Power'], ['_power_scalar', '_PowerScalar']],
  [max, ['broadcast_maximum', '_maximum', '_Maximum'], ['_maximum_scalar', '_MaximumScalar']],
  [min, ['broadcast_minimum', '_minimum', '_Minimum'], ['_minimum_scalar', '_MinimumScalar']],
  [hypotenuse, ['broadcast_hypot', '_hypot', '_Hypot'], ['_hypot_scalar', '_HypotScalar']],
  [swapped(subtract), [], ['_rminus_scalar', '_RMinusScalar']], [swapped(divide), [], ['_rdiv_scalar', '_RDivScalar']],
  [swapped(modulo), [], ['_rmod_scalar', '_RModScalar']], [swapped(power), [], ['_rpower_scalar', '_RPowerScalar']],
  [compared('equal'), ['broadcast_equal', '_equal', '_Equal'], ['_equal_scalar', '_EqualScalar']],
  [compared('notEqual'), ['broadcast_not_equal', '_not_equal', '_Not_Equal'], ['_not_equal_scalar', '_NotEqualScalar']],
  [compared('greater'), ['broadcast_greater', '_greater', '_Greater'], ['_greater_scalar', '_GreaterScalar']],
  [compared('greaterOrEqual'), ['broadcast_greater_equal', '_greater_equal', '_Greater_Equal'], ['_greater_equal_scalar', '_GreaterEqualScalar']],
  [compared('less'), ['broadcast_lesser', '_lesser', '_Lesser'], ['_lesser_scalar', '_LesserScalar']],
  [compared('lessOrEqual'), ['broadcast_lesser_equal', '_lesser_equal', '_Lesser_Equal'], ['_lesser_equal_scalar', '_LesserEqualScalar']],
  [logical('and'), ['broadcast_logical_and', '_logical_and'], ['_logical_and_scalar']],
  [logical('or'), ['broadcast_logical_or', '_logical_or'], ['_logical_or_scalar']],
  [logical('xor'), ['broadcast_logical_xor', '_logical_xor'], ['_logical_xor_scalar']],
];

const total: MxnetTranslator = (t) => combined(t, 'add');

export const arithmetic: MxnetTranslators = {
  ...Object.fromEntries(pairs.flatMap(([pair, tensors, numbers]) => {
    const two = ofTensors(pair), one = withNumber(pair);
    return [...tensors.map((name) => [name, two] as const), ...numbers.map((name) => [name, one] as const)];
  })),
  add_n: total, ElementWiseSum: total, _sum: total,
  logical_not: (t) => { const X = t.input(0, 'data'); return t.emit('cast', [t.emit('equal', [X, scalarLike(t, X, 0)])], { to: X.dtype }); },
  where: (t) => {
    const condition = t.input(0, 'condition'), X = t.input(1, 'x');
    // a vector chooses whole rows
    const wide = condition.shape.length === 1 && X.shape.length > 1 ? t.emit('reshape', [condition], { shape: [...condition.shape, ...X.shape.slice(1).map(() => 1)] }) : condition;
    return t.emit('where', [truth(t, wide), X, t.input(2, 'y')]);
  },
};
