/**
 * Lifts the guard out of a reduced value: `sum += select(g, x, 0) * w` adds nothing where g fails, so it is `if g: sum += x * w`.
 * That is how padding costs nothing for inner pixels. Never touches the initial value, and leaves a select whose other
 * factor could be infinite or NaN only where its own zero would have hidden it (the product with 0 is taken as 0). A product with
 * an entry of a table keeps its select: its terms are written out, and a branch for each would end what they share.
 */
import { decideGuard, identityOf, type Guard, type ReductionOperator, type Value } from '@loopsmith/ir';

export interface Lifted { readonly guard: Guard; readonly value: Value }

/** What is left of `value` when the iterations in which it is the identity of `operator` are skipped. */
export const liftGuards = (value: Value, operator: ReductionOperator, tables: ReadonlySet<string> = new Set()): Lifted => {
  if (value.kind === 'select' && value.otherwise.kind === 'constant' && value.otherwise.value === identityOf(operator, value.otherwise.dtype)) {
    const decided = decideGuard(value.when);
    const inner = liftGuards(value.then, operator, tables);
    return decided === 'always' ? inner : { guard: [...value.when, ...inner.guard], value: inner.value };
  }
  // zero annihilates a product, so a factor that is zero outside its guard makes the whole term the identity of a sum
  if (operator === 'sum' && value.kind === 'binary' && value.operator === 'multiply' && !isEntry(value.left, tables) && !isEntry(value.right, tables)) {
    const left = liftGuards(value.left, 'sum', tables), right = liftGuards(value.right, 'sum', tables);
    if (left.guard.length === 0 && right.guard.length === 0) return { guard: [], value };
    return { guard: [...left.guard, ...right.guard], value: { ...value, left: left.value, right: right.value } };
  }
  return { guard: [], value };
};

const isEntry = (value: Value, tables: ReadonlySet<string>): boolean => value.kind === 'load' && tables.has(value.tensor);
