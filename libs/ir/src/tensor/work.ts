/** Counts the work of a definition as written: its arithmetic, the basis of every GFLOP/s, and its bytes. Says nothing of what a kernel will execute. */
import { bytesOf } from '../dtype.js';
import { layoutSize, plainLayout, type Layout } from './layout.js';
import { allAxes, compileTimeTensors, outputOf, pointsOf, shapeOf, visitValues, type Definition, type Value } from './tensor.js';

/**
 * Every binary and unary operator and every step of a reduction counts 1 per point, so a multiply-add counts 2; loads,
 * casts, selects and comparisons count nothing. Padding counts as it is written, and compile-time stages do not count.
 */
export const flopsOf = (definition: Definition): number => {
  const known = compileTimeTensors(definition);
  return definition.stages.reduce((total, stage) =>
    (known.has(stage.name) ? total : total + pointsOf(allAxes(stage)) * (operationsOf(stage.value) + (stage.reduce ? 1 : 0))), 0);
};

const operationsOf = (value: Value): number => {
  let operations = 0;
  visitValues(value, ({ kind }) => { if (kind === 'unary' || kind === 'binary') operations++; });
  return operations;
};

/** Bytes that it reads and writes at least: each input and the output once, as they are stored. What has no layout among `layouts`, which go by name, is row-major. */
export const bytesMoved = (definition: Definition, layouts: Readonly<Record<string, Layout>>): number =>
  [...definition.inputs, outputOf(definition)].reduce((sum, tensor) => sum + layoutSize(layouts[tensor.name] ?? plainLayout(shapeOf(tensor))) * bytesOf[tensor.dtype], 0);
