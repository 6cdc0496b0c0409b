/**
 * Sums with the axes of what reads them: where an epilogue adds or drops axes of one point (`[197, 768]` read as `[1, 197, 768]`), the
 * sum before it gets the same ones, so that both are of one shape to a space. The elements stay what they are, and no longer axis moves.
 */
import { constant, loopVariable, outputOf, rewriteValue, sameIndex, substitute, variable, type Definition, type Load, type Stage, type Value } from '@loopsmith/ir';
import { isLong, loadsFrom, takeName } from './edit.js';

export const alignAxes = (definition: Definition): Definition => {
  const output = outputOf(definition);
  return definition.stages.reduce((aligned, stage) => (stage.reduce && stage !== output ? aligning(aligned, stage) : aligned), definition);
};

const aligning = (definition: Definition, sum: Stage): Definition => {
  const output = outputOf(definition);
  if (sum.axes.length === output.axes.length && sum.axes.every((axis, i) => isLong(axis) === isLong(output.axes[i]!))) return definition;
  const reading = new Set([sum.name]), readers = definition.stages.filter((stage) => loadsFrom(stage, reading).length > 0);
  const long = sum.axes.filter(isLong), longOut = output.axes.filter(isLong);
  const inOrder = ({ at }: Load): boolean =>
    long.length === longOut.length && long.every((axis, i) => axis.last === longOut[i]!.last && sameIndex(at[sum.axes.indexOf(axis)]!, variable(longOut[i]!)));
  if (readers.length !== 1 || readers[0] !== output || !loadsFrom(output, reading).every(inOrder)) return definition;

  const taken = new Set([...sum.axes, ...sum.reduce!.axes].map(({ name }) => name));
  const axes = output.axes.map((axis) => {
    if (isLong(axis)) return long[longOut.indexOf(axis)]!;
    return loopVariable(takeName(taken, axis.name), 1);
  });
  const gone = new Set(sum.axes.filter((axis) => !isLong(axis)).map(({ name }) => name)), at = output.axes.map((axis) => (isLong(axis) ? variable(axis) : constant(0)));
  const within = (value: Value): Value => rewriteValue(value, { index: (index) => substitute(index, (name) => (gone.has(name) ? constant(0) : undefined)) });
  const reread = (value: Value): Value => rewriteValue(value, { load: (load) => (load.tensor === sum.name ? { ...load, at } : undefined) });
  return {
    ...definition,
    stages: definition.stages.map((stage) => {
      if (stage === sum) return { ...stage, axes, value: within(stage.value) };
      return stage === output ? { ...stage, value: reread(stage.value) } : stage;
    }),
  };
};
