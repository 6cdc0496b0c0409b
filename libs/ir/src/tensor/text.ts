/**
 * Text of a definition: what people read, goldens hold and task keys hash. `parse.ts` reads it back; `print` and `parse`
 * are inverse for every definition that `verifyDefinition` accepts. Shortens nothing and checks nothing.
 *
 *   tensor conv2d(X: f32[64,56,56], W: f32[64,64,3,3] compile)
 *     table T: f32[3] = 1, -0.5, inf
 *     P[c<64, y<58, x<58] = select y-1 >= 0 & -y+56 >= 0 & x-1 >= 0 & -x+56 >= 0 then X[c, y-1, x-1] else 0
 *     A[k<64, y<56, x<56] = sum[c<64, r<3, s<3] P[c, r+y, s+x] * W[k, c, r, s]
 *     Q: i8[k<64, y<56, x<56] = i8(max(A[k, y, x], 0))
 *
 * What is f32 is not marked: stages, constants. Elsewhere: `Q: i8[..]` a stage's dtype, `sum: f32[..]` an accumulator that
 * differs from the stage's, `3:i32` a constant, `index(x+1):i64` the value of an index, `i8(..)` a cast.
 */
import { dtypes, typeText, type DType } from '../dtype.js';
import { conditionText, indexText, type LoopVariable } from '../index/index-expression.js';
import { numberText } from '../text/tokens.js';
import { binaryOperators, unaryOperators, type BinaryOperator, type Operation } from './operation.js';
import { extentOf, type Definition, type Stage, type Value } from './tensor.js';

/** Operators written between their operands, by how tightly they bind; all others are written as functions. */
export const infixOperators: ReadonlyMap<string, { readonly operator: BinaryOperator; readonly strength: number }> = new Map([
  ['+', { operator: 'add', strength: 1 }], ['-', { operator: 'subtract', strength: 1 }],
  ['*', { operator: 'multiply', strength: 2 }], ['/', { operator: 'divide', strength: 2 }],
]);
/** The same by operator. */
const infixOf: ReadonlyMap<BinaryOperator, { readonly symbol: string; readonly strength: number }> = new Map(
  [...infixOperators].map(([symbol, { operator, strength }]) => [operator, { symbol, strength }]),
);

/** Words of the language: no input, table, stage or axis may have one as its name. */
export const reservedNames: ReadonlySet<string> = new Set([
  'tensor', 'table', 'compile', 'select', 'choose', 'then', 'else', 'always', 'index', 'inf', 'nan', 'sum', 'product',
  ...binaryOperators, ...unaryOperators, ...dtypes,
]);

export const printDefinition = (definition: Definition): string =>
  [
    `tensor ${definition.name}(${definition.inputs.map((input) => `${input.name}: ${typeText(input)}${input.when === 'compile' ? ' compile' : ''}`).join(', ')})`,
    ...definition.tables.map((table) => `  table ${table.name}: ${typeText(table)} = ${table.values.map(numberText).join(', ')}`),
    ...definition.stages.map((stage) => `  ${stageText(stage)}`),
  ].join('\n') + '\n';

export const stageText = ({ name, dtype, axes, reduce, value }: Stage): string => {
  const reduction = reduce ? `${reduce.operator}${mark(reduce.accumulate, dtype)}[${axesText(reduce.axes)}] ` : '';
  return `${name}${mark(dtype, 'f32')}[${axesText(axes)}] = ${reduction}${valueText(value)}`;
};

const axesText = (axes: readonly LoopVariable[]): string => axes.map((axis) => `${axis.name}<${extentOf(axis)}`).join(', ');
const mark = (dtype: DType, usual: DType): string => (dtype === usual ? '' : `: ${dtype}`);

/** The value with as few parentheses as its tree allows. `strength`: how tightly what surrounds it binds. */
export const valueText = (value: Value, strength = 0): string =>
  (value.kind === 'load' ? `${value.tensor}[${value.at.map(indexText).join(', ')}]` : operationText(value, strength, valueText));

/** An operation over parts of either form; infix operators group to the left. `strength`: as of `valueText`. */
export const operationText = <Part extends { readonly kind: string }>(operation: Operation<Part>, strength: number, text: (part: Part, strength?: number) => string): string => {
  switch (operation.kind) {
    case 'constant': return `${numberText(operation.value)}${operation.dtype === 'f32' ? '' : `:${operation.dtype}`}`;
    case 'index': return `index(${indexText(operation.of)}):${operation.dtype}`;
    case 'cast': return `${operation.dtype}(${text(operation.of)})`;
    case 'unary': {
      if (operation.operator !== 'negate') return `${operation.operator}(${text(operation.of)})`;
      // `-5` is the constant, so the negation of the constant 5 is `-(5)`; `--` would open a comment
      const inner = text(operation.of, 3);
      return `-${wrap(inner, operation.of.kind === 'constant' || inner.startsWith('-'))}`;
    }
    case 'binary': {
      const infix = infixOf.get(operation.operator);
      if (!infix) return `${operation.operator}(${text(operation.left)}, ${text(operation.right)})`;
      return wrap(`${text(operation.left, infix.strength)} ${infix.symbol} ${text(operation.right, infix.strength + 1)}`, infix.strength < strength);
    }
    case 'select':
      return wrap(`select ${conditionText(operation.when)} then ${text(operation.then)} else ${text(operation.otherwise)}`, strength > 0);
    case 'choose':
      return wrap(
        `choose ${text(operation.left, 1)} ${operation.compare} ${text(operation.right, 1)} then ${text(operation.then)} else ${text(operation.otherwise)}`,
        strength > 0,
      );
    default: return operation satisfies never;
  }
};

const wrap = (text: string, needed: boolean): string => (needed ? `(${text})` : text);
