/**
 * Loops: the program that emitters print. Built once from a finished Plan, first structured (loops with unrolled and
 * vectorized marks, scalar expressions), then expanded (registers, vector values, numbered addresses). Both are this one
 * type; the members marked "expanded" appear only after `expand`. Knows no device and prints no C.
 */
import type { DType } from '../dtype.js';
import type { Guard, Index, LoopVariable } from '../index/index-expression.js';
import type { LoopKind } from '../schedule/plan.js';
import type { Scope } from '../schedule/step.js';
import { partsOfOperation, type Binary, type BinaryOperator, type Cast, type Choose, type Constant, type IndexValue, type Select, type Unary } from '../tensor/operation.js';

export interface Program {
  /** In order; a team barrier (CPU) or a launch (GPU) between them. */
  readonly kernels: readonly Kernel[];
  /** Global buffers in the order in which a caller hands them over: inputs, output, temporaries. This order is the kernel ABI. */
  readonly buffers: readonly Buffer[];
}
export interface Kernel { readonly name: string; readonly body: readonly Statement[]; readonly launch: Launch | null }
/** Blocks of a launch and threads of a block, in x, y and z, and the memory that the threads of a block share. */
export interface Launch { readonly blocks: readonly [number, number, number]; readonly threads: readonly [number, number, number]; readonly sharedBytes: number }
/** The most that a launch may have of each, and a block of threads; no shared bytes: none, or none that are faster than global memory. */
export interface LaunchLimits extends Launch { readonly threadsPerBlock: number }

export interface Buffer {
  readonly name: string;
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  readonly scope: Scope;
  readonly role: 'input' | 'compile' | 'output' | 'temporary';
  /** Elements past the end that may be read (never used, never written). */
  readonly slack: number;
}

export type Statement =
  | { readonly kind: 'for'; readonly variable: LoopVariable; readonly as: LoopKind; readonly body: readonly Statement[] }
  | { readonly kind: 'if'; readonly when: Guard; readonly body: readonly Statement[] }
  /** Lives to the end of the enclosing body. */
  | { readonly kind: 'declare'; readonly buffer: Buffer }
  | { readonly kind: 'store'; readonly buffer: Buffer; readonly at: Index; readonly value: Expression }
  /** All threads of a block wait for each other; numbered for messages. CPUs have none: a team meets between kernels. */
  | { readonly kind: 'barrier'; readonly id: number }
  /** Expanded: names a value once; never assigned again. */
  | { readonly kind: 'let'; readonly name: string; readonly value: Expression }
  /** Expanded: declares (first time in its body) or assigns a register. */
  | { readonly kind: 'set'; readonly name: string; readonly value: Expression }
  /** Expanded: `name` is the address buffer + at; loads and stores through it carry constant offsets. */
  | { readonly kind: 'address'; readonly name: string; readonly buffer: Buffer; readonly at: Index }
  /** Expanded: stores lanes(value) neighbouring elements, or the `first` of them alone. `base` is an address name or null for the buffer itself. */
  | { readonly kind: 'write'; readonly buffer: Buffer; readonly base: string | null; readonly at: Index; readonly first?: number; readonly value: Expression };

/** A statement without a body. */
export type SimpleStatement = Exclude<Statement, { readonly kind: 'for' | 'if' }>;

/** lanes 1 is a scalar. */
export interface Type { readonly dtype: DType; readonly lanes: number }

export type Expression =
  | Constant | IndexValue | Binary<Expression> | Unary<Expression> | Cast<Expression> | Select<Expression> | Choose<Expression>
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly at: Index }
  /** Expanded: a named value (`let`, `set`). */
  | { readonly kind: 'register'; readonly name: string; readonly type: Type }
  /** Expanded: `type.lanes` neighbouring elements (1 = scalar); where `first` is given only so many, and zeros in the other lanes. */
  | { readonly kind: 'read'; readonly type: Type; readonly buffer: Buffer; readonly base: string | null; readonly at: Index; readonly first?: number }
  /** Expanded: the same scalar in every lane. */
  | { readonly kind: 'broadcast'; readonly of: Expression; readonly lanes: number }
  /** Expanded: one lane of a vector, as a scalar; where a guard cuts a vector, and where a vector is stored apart. */
  | { readonly kind: 'lane'; readonly of: Expression; readonly lane: number }
  /** Expanded: all lanes of a vector combined into a scalar, lane i with lane i + half of them, until one is left. */
  | { readonly kind: 'across'; readonly operator: AcrossOperator; readonly of: Expression }
  /** Expanded: lane i reads at + i*step. */
  | { readonly kind: 'gather'; readonly type: Type; readonly buffer: Buffer; readonly base: string | null; readonly at: Index; readonly step: number }
  /** Expanded: one scalar expression per lane, for what has no vector form. */
  | { readonly kind: 'assemble'; readonly dtype: DType; readonly lanes: readonly Expression[] };

/** What lanes may be combined by in any order: what reductions combine by. */
export type AcrossOperator = 'add' | 'multiply' | 'max' | 'min';
export const isAcrossOperator = (operator: BinaryOperator): operator is AcrossOperator =>
  operator === 'add' || operator === 'multiply' || operator === 'max' || operator === 'min';

export const typeOf = (expression: Expression): Type => {
  switch (expression.kind) {
    case 'constant': case 'index': return { dtype: expression.dtype, lanes: 1 };
    case 'load': return { dtype: expression.buffer.dtype, lanes: 1 };
    case 'binary': return typeOf(expression.left);
    case 'unary': return typeOf(expression.of);
    case 'cast': return { dtype: expression.dtype, lanes: typeOf(expression.of).lanes };
    case 'select': case 'choose': return typeOf(expression.then);
    case 'register': case 'read': case 'gather': return expression.type;
    case 'broadcast': return { dtype: typeOf(expression.of).dtype, lanes: expression.lanes };
    case 'lane': case 'across': return { dtype: typeOf(expression.of).dtype, lanes: 1 };
    case 'assemble': return { dtype: expression.dtype, lanes: expression.lanes.length };
    default: return expression satisfies never;
  }
};

/** Every statement of a body, each before what is inside of it. */
export const visitStatements = (body: readonly Statement[], visit: (statement: Statement) => void): void => {
  for (const statement of body) {
    visit(statement);
    if (statement.kind === 'for' || statement.kind === 'if') visitStatements(statement.body, visit);
  }
};

/** The value that a statement computes, when it computes one. */
export const valueOf = (statement: Statement): Expression | undefined => ('value' in statement ? statement.value : undefined);

/** The direct parts of an expression that are expressions. */
export const partsOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'load': case 'register': case 'read': case 'gather': return [];
    case 'broadcast': case 'lane': case 'across': return [expression.of];
    case 'assemble': return expression.lanes;
    default: return partsOfOperation(expression);
  }
};

/** The expression and everything below it, outermost first. */
export const visitExpressions = (expression: Expression, visit: (part: Expression) => void): void => {
  visit(expression);
  for (const part of partsOf(expression)) visitExpressions(part, visit);
};
