/**
 * Joins the rows of calls that treat y and x alike: a 1x1 convolution with stride 1 or an elementwise formula over
 * [n, c, y, x] computes the same over [n, c, 1, y*x], where 49, 196 or 1225 pixels tile better than rows of 7, 14 or 35,
 * and planes of equal area share a task. Only where the memory of every run-time tensor has its rows one after another.
 */
import {
  callLayout, extentOf, joinedRows, loadsOf, loopVariable, outputOf, rewriteValue, sameIndex, shapeOf, substitute, tensorsOf, variable, variablesOf, visitValues, zero,
  type Call, type Definition, type Index, type Load, type LoopVariable, type Network, type Stage,
} from '@loopsmith/ir';

export const joinRows = (network: Network): Network => ({
  ...network,
  calls: network.calls.map((call) => {
    const definition = withJoinedRows(call.definition);
    return definition && canBeSeenSo(network, call, definition) ? { ...call, definition } : call;
  }),
});

const canBeSeenSo = (network: Network, call: Call, definition: Definition): boolean =>
  [
    ...definition.inputs.flatMap((input, i) => (input.when === 'run' ? [{ name: call.inputs[i]!, shape: input.shape }] : [])),
    { name: call.output, shape: shapeOf(outputOf(definition)) },
  ].every(({ name, shape }) => callLayout(network.tensors.get(name)!, shape) !== undefined);

/** The definition over joined rows, or undefined where y and x are not alike everywhere. */
const withJoinedRows = (definition: Definition): Definition | undefined => {
  const output = outputOf(definition), height = shapeOf(output).at(-2), width = shapeOf(output).at(-1);
  if (shapeOf(output).length !== 4 || height === 1 || definition.tables.length > 0) return undefined;
  const tensors = tensorsOf(definition);
  /** Tensors that are read or made row by row; the others do not depend on y and x at all. */
  const joined = new Set<string>();
  const stages: Stage[] = [];
  for (const stage of definition.stages) {
    const y = stage.axes.at(-2), x = stage.axes.at(-1);
    if (!y || !x || extentOf(y) !== height || extentOf(x) !== width) return undefined;
    const alike = loadsOf(stage.value).every(({ tensor, at }) => {
      const shape = shapeOf(tensors.get(tensor)!);
      const whole = at.length >= 2 && sameIndex(at.at(-2)!, variable(y)) && sameIndex(at.at(-1)!, variable(x)) && shape.at(-2) === height && shape.at(-1) === width;
      const touches = (index: Index): boolean => { const names = variablesOf(index); return names.has(y.name) || names.has(x.name); };
      if (!whole || at.slice(0, -2).some(touches)) return !at.some(touches);
      joined.add(tensor);
      return true;
    });
    if (!alike || guardsTouch(stage, [y, x])) return undefined;
    joined.add(stage.name);
    stages.push(rewritten(stage, y, x, joined));
  }
  // a tensor read both whole and at fixed places would have to be seen in two shapes
  const isWhole = ({ axes }: Stage, { at }: Load): boolean => sameIndex(at.at(-2)!, variable(axes.at(-2)!)) && sameIndex(at.at(-1)!, variable(axes.at(-1)!));
  if (definition.stages.some((stage) => loadsOf(stage.value).some((load) => joined.has(load.tensor) && !isWhole(stage, load)))) return undefined;
  return { ...definition, stages, inputs: definition.inputs.map((input) => (joined.has(input.name) ? { ...input, shape: joinedRows(input.shape) } : input)) };
};

/** Whether y or x decides anything by itself: in a select's guard or as a number. */
const guardsTouch = (stage: Stage, axes: readonly LoopVariable[]): boolean => {
  const names = new Set(axes.map((axis) => axis.name));
  let found = false;
  const look = (index: Index): void => { found ||= [...variablesOf(index)].some((name) => names.has(name)); };
  visitValues(stage.value, (part) => {
    if (part.kind === 'select') part.when.forEach(look);
    else if (part.kind === 'index') look(part.of);
  });
  return found;
};

/** The stage over y = 0 and x of y*x points: every [.., y, x] of a joined tensor becomes [.., 0, x], also where x had one value and was written 0. */
const rewritten = (stage: Stage, y: LoopVariable, x: LoopVariable, joined: ReadonlySet<string>): Stage => {
  const row = loopVariable(y.name, 1), all = loopVariable(x.name, extentOf(y) * extentOf(x));
  const index = (at: Index): Index => substitute(at, (name) => (name === y.name ? variable(row) : name === x.name ? variable(all) : undefined));
  const value = rewriteValue(stage.value, {
    index, load: (load) => (joined.has(load.tensor) ? { ...load, at: [...load.at.slice(0, -2).map(index), zero, variable(all)] } : undefined),
  });
  return { ...stage, axes: [...stage.axes.slice(0, -2), row, all], value };
};
