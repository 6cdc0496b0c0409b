/** Operators of two or more operands, element by element with broadcasting. */
import { combined, scalarLike } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';
import { channelsLast } from './layout.js';

const binary = (operator: string): TfTranslator => (t) => t.emit(operator, [t.input(0, 'x'), t.input(1, 'y')]);

/** A vector that goes along the last axis of X. */
export const perLastAxis = (t: TfTranslation, X: GraphTensor, vector: GraphTensor): GraphTensor =>
  vector.shape.length === 1 && vector.shape[0] === X.shape.at(-1)
    ? vector
    : t.refuse(`has a bias of shape [${vector.shape.join(',')}] for an operand of shape [${X.shape.join(',')}]; one value per channel was expected`);

const biasAdd: TfTranslator = (t) => {
  const X = t.input(0, 'value'), bias = t.input(1, 'bias');
  if (channelsLast(t)) return t.emit('add', [X, perLastAxis(t, X, bias)]);
  return t.emit('add', [X, t.emit('reshape', [bias], { shape: [...bias.shape, ...X.shape.slice(2).map(() => 1)] })]);
};

/** 0 where the divisor is 0. */
const divideNoNan: TfTranslator = (t) => {
  const X = t.input(0, 'x'), Y = t.input(1, 'y'), zero = scalarLike(t, Y, 0), isZero = t.emit('equal', [Y, zero]);
  return t.emit('where', [isZero, scalarLike(t, X, 0), t.emit('divide', [X, t.emit('where', [isZero, scalarLike(t, Y, 1), Y])])]);
};

/** Floors where Loopsmith's integer division truncates: one less where the rest has not the divisor's sign. */
const floorDivide: TfTranslator = (t) => {
  const X = t.input(0, 'x'), Y = t.input(1, 'y');
  if (X.dtype.startsWith('f')) return t.emit('floor', [t.emit('divide', [X, Y])]);
  const above = t.emit('notEqual', [t.emit('modulo', [X, Y]), t.emit('remainder', [X, Y])]);
  return t.emit('subtract', [t.emit('divide', [X, Y]), t.emit('cast', [above], { to: X.dtype })]);
};

/** The first form takes a condition without broadcasting: a vector chooses whole rows. */
const select: TfTranslator = (t) => {
  const condition = t.input(0, 'condition'), X = t.input(1, 't'), Y = t.input(2, 'e'), rank = X.shape.length;
  const rows = condition.shape.length === 1 && rank > 1 ? t.emit('reshape', [condition], { shape: [...condition.shape, ...X.shape.slice(1).map(() => 1)] }) : condition;
  return t.emit('where', [rows, X, Y]);
};

export const arithmetic: TfTranslators = {
  Add: binary('add'),
  AddV2: binary('add'),
  Sub: binary('subtract'),
  Mul: binary('multiply'),
  RealDiv: binary('divide'),
  Div: binary('divide'),
  DivNoNan: divideNoNan,
  FloorDiv: floorDivide,
  TruncateDiv: binary('divide'),
  FloorMod: binary('modulo'),
  Mod: binary('remainder'),
  TruncateMod: binary('remainder'),
  Maximum: binary('max'),
  Minimum: binary('min'),
  Pow: binary('power'),
  SquaredDifference: (t) => {
    const D = t.emit('subtract', [t.input(0, 'x'), t.input(1, 'y')]);
    return t.emit('multiply', [D, D]);
  },
  AddN: (t) => combined(t, 'add'),
  AccumulateNV2: (t) => combined(t, 'add'),
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
  Equal: binary('equal'),
  NotEqual: binary('notEqual'),
  Less: binary('less'),
  LessEqual: binary('lessOrEqual'),
  Greater: binary('greater'),
  GreaterEqual: binary('greaterOrEqual'),
  LogicalAnd: binary('and'),
  LogicalOr: binary('or'),
  BitwiseAnd: binary('and'),
  BitwiseOr: binary('or'),
  BitwiseXor: binary('xor'),
  Select: select,
  SelectV2: (t) => t.emit('where', [t.input(0, 'condition'), t.input(1, 't'), t.input(2, 'e')]),
};
