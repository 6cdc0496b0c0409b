/**
 * Operations: what values of definitions and expressions of programs have in common, whatever they are made of. Constants and indices
 * as numbers, operators, the parts of an operation, the same with other parts. Other leaves (loads, registers) belong to each form.
 */
import type { DType } from '../dtype.js';
import type { Guard, Index } from '../index/index-expression.js';

export const binaryOperators = [
  'add', 'subtract', 'multiply', 'divide', 'max', 'min', 'power', 'modulo', 'remainder', 'atan2',
  'and', 'or', 'xor', 'shiftLeft', 'shiftRight',
] as const;
/** `modulo` takes the divisor's sign (Python), `remainder` the dividend's (C). Integer `divide` truncates. */
export type BinaryOperator = (typeof binaryOperators)[number];
export const unaryOperators = [
  'negate', 'absolute', 'exp', 'log', 'sqrt', 'tanh', 'erf', 'floor', 'ceil', 'round', 'truncate', 'not',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh',
] as const;
/** `round` is half to even; `not` is logical on bool and bitwise on integers. */
export type UnaryOperator = (typeof unaryOperators)[number];
export const comparisons = ['<', '<=', '==', '!=', '>', '>='] as const;
export type Comparison = (typeof comparisons)[number];

export interface Constant { readonly kind: 'constant'; readonly dtype: DType; readonly value: number }
/** The value of an index: ArgMax, Range, OneHot need it. */
export interface IndexValue { readonly kind: 'index'; readonly dtype: 'i32' | 'i64'; readonly of: Index }
export interface Binary<Part> { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Part; readonly right: Part }
export interface Unary<Part> { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly of: Part }
export interface Cast<Part> { readonly kind: 'cast'; readonly dtype: DType; readonly of: Part }
/** Chosen by indices alone, so that range analysis can decide it. `then` is evaluated only where the guard holds, `otherwise` only where it fails. */
export interface Select<Part> { readonly kind: 'select'; readonly when: Guard; readonly then: Part; readonly otherwise: Part }
/** Chosen by values; NaN compares false, except under `!=`. */
export interface Choose<Part> { readonly kind: 'choose'; readonly compare: Comparison; readonly left: Part; readonly right: Part; readonly then: Part; readonly otherwise: Part }
export type Operation<Part> = Constant | IndexValue | Binary<Part> | Unary<Part> | Cast<Part> | Select<Part> | Choose<Part>;

/** The direct parts, in the order of the text. */
export const partsOfOperation = <Part>(operation: Operation<Part>): readonly Part[] => {
  switch (operation.kind) {
    case 'constant': case 'index': return [];
    case 'binary': return [operation.left, operation.right];
    case 'unary': case 'cast': return [operation.of];
    case 'select': return [operation.then, operation.otherwise];
    case 'choose': return [operation.left, operation.right, operation.then, operation.otherwise];
    default: return operation satisfies never;
  }
};

/** The operation over other parts and other indices. */
export const mapOperation = <From, To>(operation: Operation<From>, ofPart: (part: From) => To, ofIndex: (index: Index) => Index = (index) => index): Operation<To> => {
  switch (operation.kind) {
    case 'constant': return operation;
    case 'index': return { ...operation, of: ofIndex(operation.of) };
    case 'binary': return { ...operation, left: ofPart(operation.left), right: ofPart(operation.right) };
    case 'unary': case 'cast': return { ...operation, of: ofPart(operation.of) };
    case 'select': return { ...operation, when: operation.when.map(ofIndex), then: ofPart(operation.then), otherwise: ofPart(operation.otherwise) };
    case 'choose': return { ...operation, left: ofPart(operation.left), right: ofPart(operation.right), then: ofPart(operation.then), otherwise: ofPart(operation.otherwise) };
    default: return operation satisfies never;
  }
};
