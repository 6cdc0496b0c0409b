/**
 * Buffers of scope `register` as named registers: `A[32*x + 16*kj + kl]` becomes `A_3`, the vector that holds elements 48
 * to 63. How wide a buffer's registers are follows from the vectorized loops that touch it. Emits no memory access.
 */
import { coefficientOf, extentOf, indexText, isConstant, visitExpressions, type Buffer, type Expression, type Guard, type Index, type Kernel, type LoopVariable, type Statement } from '@loopsmith/ir';
import { refuse } from '@loopsmith/util';

export interface Registers {
  /** Lanes of each register of the buffer: 1, or the one width that all vectorized accesses agree on. */
  width(buffer: Buffer): number;
  /** The register that holds elements number*width to number*width + width - 1. */
  named(buffer: Buffer, number: number): Extract<Expression, { kind: 'register' }>;
  /** The scalar at an element: a register, or one lane of it. */
  element(buffer: Buffer, at: number): Expression;
  /** Elements at, at + step, ..: one register where they are exactly one, else assembled. */
  vector(buffer: Buffer, at: number, step: number, lanes: number): Expression;
  /** The element number, or a refusal: a register has no address. */
  position(buffer: Buffer, at: Index): number;
}

/** One lane of a value that may be known apart. */
export const laneOf = (value: Expression, lane: number): Expression => {
  switch (value.kind) {
    case 'broadcast': return value.of;
    case 'assemble': return value.lanes[lane]!;
    default: return { kind: 'lane', of: value, lane };
  }
};

export const createRegisters = (kernel: Kernel): Registers => {
  const widths = registerWidths(kernel);
  const width = (buffer: Buffer): number => widths.get(buffer.name) ?? 1;
  const named: Registers['named'] = (buffer, number) =>
    ({ kind: 'register', name: `${buffer.name}_${number}`, type: { dtype: buffer.dtype, lanes: width(buffer) } });
  const element: Registers['element'] = (buffer, at) => {
    const wide = width(buffer);
    return wide === 1 ? named(buffer, at) : { kind: 'lane', of: named(buffer, Math.floor(at / wide)), lane: at % wide };
  };
  return {
    width,
    named,
    element,
    vector: (buffer, at, step, lanes) =>
      step === 1 && lanes === width(buffer) && at % lanes === 0
        ? named(buffer, at / lanes)
        : { kind: 'assemble', dtype: buffer.dtype, lanes: Array.from({ length: lanes }, (_, i) => element(buffer, at + i * step)) },
    position: (buffer, at) =>
      isConstant(at)
        ? at.constant
        : refuse({
            code: 'register-unnamed',
            stage: 'lower',
            message: `${buffer.name} lives in registers but is indexed by ${indexText(at)}, which loops at run time decide; unroll or vectorize those loops, or place ${buffer.name} in scratch`,
          }),
  };
};

const registerWidths = (kernel: Kernel): ReadonlyMap<string, number> => {
  const widths = new Map<string, number>();
  const note = (buffer: Buffer, at: Index, vector: LoopVariable | null): void => {
    if (buffer.scope !== 'register' || vector === null || coefficientOf(at, vector.name) !== 1) return;
    const lanes = extentOf(vector), known = widths.get(buffer.name);
    widths.set(buffer.name, buffer.size % lanes !== 0 || (known !== undefined && known !== lanes) ? 1 : lanes);
  };
  const walk = (statement: Statement, vector: LoopVariable | null): void => {
    switch (statement.kind) {
      case 'for': {
        const inner = statement.as === 'vectorized' && extentOf(statement.variable) > 1 ? statement.variable : vector;
        statement.body.forEach((s) => walk(s, inner));
        return;
      }
      case 'if': statement.body.forEach((s) => walk(s, vector)); return;
      case 'store':
        note(statement.buffer, statement.at, vector);
        visitLoads(statement.value, (buffer, at) => note(buffer, at, vector));
        return;
      default: return;
    }
  };
  kernel.body.forEach((s) => walk(s, null));
  return widths;
};

/** Every load of a structured expression. */
export const visitLoads = (value: Expression, visit: (buffer: Buffer, at: Index) => void): void =>
  visitExpressions(value, (part) => { if (part.kind === 'load') visit(part.buffer, part.at); });
/** The guard of every select of a structured expression. */
export const visitSelects = (value: Expression, visit: (when: Guard) => void): void =>
  visitExpressions(value, (part) => { if (part.kind === 'select') visit(part.when); });
