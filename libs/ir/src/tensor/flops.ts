/** Counts the arithmetic of a definition as written: the basis of every GFLOP/s. Says nothing of what a kernel will execute. */
import { compileTimeTensors, extentOf, visitValues, type Definition, type Value } from './tensor.js';

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
  let operations = 0;
  visitValues(value, ({ kind }) => { if (kind === 'unary' || kind === 'binary') operations++; });
  return operations;
};
