/** Counts the arithmetic of a definition as written: the basis of every GFLOP/s. Says nothing of what a kernel will execute. */
import { compileTimeTensors, extentOf, type Definition, type Value } from './tensor.js';

/**
 * Every binary and unary operator and every step of a reduction counts 1 per point, so a multiply-add counts 2; loads,
 * casts, selects and comparisons count nothing. Padding counts as it is written, and compile-time stages do not count.
 */
export const flopsOf = (definition: Definition): number => {
  const known = compileTimeTensors(definition);
  return definition.stages.reduce((total, { name, axes, reduce, value }) => {
    if (known.has(name)) return total;
    const points = [...axes, ...(reduce?.axes ?? [])].reduce((product, axis) => product * extentOf(axis), 1);
    return total + points * (operationsOf(value) + (reduce ? 1 : 0));
  }, 0);
};

const operationsOf = (value: Value): number => {
  switch (value.kind) {
    case 'constant': case 'load': case 'index': return 0;
    case 'cast': return operationsOf(value.of);
    case 'unary': return 1 + operationsOf(value.of);
    case 'binary': return 1 + operationsOf(value.left) + operationsOf(value.right);
    case 'select': return operationsOf(value.then) + operationsOf(value.otherwise);
    case 'choose': return [value.left, value.right, value.then, value.otherwise].reduce((total, part) => total + operationsOf(part), 0);
    default: return value satisfies never;
  }
};
