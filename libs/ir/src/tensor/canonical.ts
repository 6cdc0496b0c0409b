/**
 * Canonical form: a definition with names by position, so that what differs in names alone has one text. That text, with
 * the layouts of the run-time tensors, is the workload that task keys hash. Does not reorder stages, simplify values or
 * notice that two definitions compute the same in different ways.
 */
import { substitute, variable, type Index, type LoopVariable } from '../index/index-expression.js';
import { impliedSize, layoutText, type Layout } from './layout.js';
import { allAxes, outputOf, rewriteValue, shapeOf, type Definition, type Stage } from './tensor.js';
import { printDefinition } from './text.js';

/** Inputs i0.., tables t0.., stages s0.. (the output is the last), axes a0.. in every stage with the reduction's after its own; named `task`. */
export const canonicalDefinition = (definition: Definition): Definition => {
  const names = new Map([
    ...definition.inputs.map((input, i) => [input.name, `i${i}`] as const),
    ...definition.tables.map((table, i) => [table.name, `t${i}`] as const),
    ...definition.stages.map((stage, i) => [stage.name, `s${i}`] as const),
  ]);
  const renamed = (name: string): string => names.get(name) ?? unknown(definition, name);
  return {
    name: 'task',
    inputs: definition.inputs.map((input) => ({ ...input, name: renamed(input.name) })),
    tables: definition.tables.map((table) => ({ ...table, name: renamed(table.name) })),
    stages: definition.stages.map((stage) => canonicalStage(stage, renamed)),
  };
};

/**
 * The text that says what is computed on what: the canonical print, then a line per run-time input and for the output with
 * its layout. `layouts` by the definition's own names; a tensor without one is plain and has no line. Where a slice of a
 * larger buffer begins is not part of it (see `withoutSlice`).
 */
export const workloadText = (definition: Definition, layouts: Readonly<Record<string, Layout>>): string => {
  const canonical = canonicalDefinition(definition);
  const output = outputOf(definition);
  const line = (name: string, canonicalName: string, shape: readonly number[]): readonly string[] => {
    const layout = layouts[name];
    return layout ? [`  ${canonicalName} ${layoutText(withoutSlice(layout, shape), shape.map((_, axis) => `a${axis}`), shape)}\n`] : [];
  };
  return [
    printDefinition(canonical),
    ...definition.inputs.flatMap((input, i) => (input.when === 'run' ? line(input.name, canonical.inputs[i]!.name, input.shape) : [])),
    ...line(output.name, outputOf(canonical).name, shapeOf(output)),
  ].join('');
};

/**
 * The layout of a slice as seen from its own first element. An offset that moves every element by the same number of
 * places becomes part of the base pointer. The stored sizes of the outer dimensions, down to the first that holds more
 * than one element, become what the tensor itself needs, for no stride depends on them.
 */
export const withoutSlice = (layout: Layout, shape: readonly number[]): Layout => {
  const moves = (axis: number): boolean => layout.every((dim) => dim.axis !== axis || dim.offset % (dim.divide * (dim.modulo ?? 1)) === 0);
  let outer = true;
  return layout.map((dim) => {
    if (!moves(dim.axis)) { outer = false; return dim; }
    const own = { ...dim, offset: 0 }, size = impliedSize(own, shape);
    const based = outer ? { ...own, size } : own;
    outer &&= size === 1;
    return based;
  });
};

const canonicalStage = (stage: Stage, renamed: (name: string) => string): Stage => {
  const axes = new Map<string, LoopVariable>();
  for (const axis of allAxes(stage)) axes.set(axis.name, { ...axis, name: `a${axes.size}` });
  const axis = (name: string): LoopVariable => axes.get(name) ?? unknown(stage, name);
  const index = (of: Index): Index => substitute(of, (name) => variable(axis(name)));
  return {
    ...stage, name: renamed(stage.name), axes: stage.axes.map(({ name }) => axis(name)), value: rewriteValue(stage.value, { index, tensor: renamed }),
    reduce: stage.reduce && { ...stage.reduce, axes: stage.reduce.axes.map(({ name }) => axis(name)) },
  };
};

const unknown = (where: { readonly name: string }, name: string): never => {
  throw new Error(`${where.name} uses "${name}", which it does not have; verify definitions before they get a canonical form`);
};
