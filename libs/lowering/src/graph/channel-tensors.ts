/**
 * Which tensors have channels on their second axis: axis 1 is what convolutions and pools over one to three axes of space keep whole while
 * they move over the last ones. Found by what calls compute, not by their names; [batch, heads, rows, columns] of an attention and
 * [batch, rows, features] are none. Decides no layout.
 */
import { compileTimeTensors, loadsOf, outputOf, sameIndex, variable, variablesOf, type Call, type Definition, type Index, type Network, type Stage } from '@loopsmith/ir';

/** Tensors that a spatial call reads or makes, and those that elementwise calls make of them or into them, axis by axis. */
export const channelTensors = (network: Network): ReadonlySet<string> => {
  const found = new Set<string>();
  /** Per elementwise call, the tensors that share their axes. */
  const alike: (readonly string[])[] = [];
  for (const call of network.calls) {
    const tensors = tensorsLike(network, call);
    if (isSpatial(call.definition)) for (const name of tensors) found.add(name);
    else alike.push(inStep(call).filter((name) => tensors.includes(name)));
  }
  for (let grows = true; grows;) {
    grows = false;
    for (const names of alike)
      if (names.some((name) => found.has(name))) for (const name of names) if (!found.has(name)) { found.add(name); grows = true; }
  }
  return found;
};

/** Whether a definition slides a window over the axes behind the second, sums channels against weights, or reduces whole planes. */
export const isSpatial = (definition: Definition): boolean => definition.stages.some((stage) => {
  const { windows, channels, planes, weighted } = sumOf(definition, stage);
  return windows || planes || (channels && weighted);
});

/** Whether a definition slides a window over each channel by itself: pools, depthwise convolutions. */
export const slidesPerChannel = (definition: Definition): boolean => definition.stages.some((stage) => {
  const { windows, mixes } = sumOf(definition, stage);
  return windows && !mixes;
});

/** What the sum of a stage is over, `mixes`: over channels, of a group or all; nothing where it has none, or no space. */
const sumOf = (definition: Definition, stage: Stage) => {
  const [, , ...space] = stage.axes, reduced = new Set(stage.reduce?.axes.map(({ name }) => name));
  let windows = false, channels = false, planes = false, weighted = false, mixes = false;
  if (!stage.reduce || space.length === 0) return { windows, channels, planes, weighted, mixes };
  for (const { tensor, at } of loadsOf(stage.value)) {
    if (definition.inputs.some(({ name, when }) => name === tensor && when === 'compile')) { weighted = true; continue; }
    if (at.length !== stage.axes.length) continue;
    const over = at.map((index) => {
      const names = [...variablesOf(index)];
      return { reduces: names.some((name) => reduced.has(name)), moves: names.some((name) => !reduced.has(name)) };
    });
    if (over[1]!.reduces) mixes = true;
    if (over.slice(2).some(({ reduces, moves }) => reduces && moves)) windows = true;
    if (over[1]!.reduces && space.every((axis, i) => sameIndex(at[i + 2]!, variable(axis)) || (space.length === 2 && over[i + 2]!.moves))) channels = true;
    // over one axis, and over three, it may as well be the norm of a row or of a group
    if (space.length === 2 && !over[1]!.reduces && over.slice(2).every(({ reduces }) => reduces)) planes = true;
  }
  return { windows, channels, planes, weighted, mixes };
};

/** Tensors that a call reads or makes as many axes of as its output has, at least three. */
const tensorsLike = (network: Network, call: Call): readonly string[] => {
  const rank = outputOf(call.definition).axes.length;
  return [...call.inputs, call.output].filter((name) => { const tensor = network.tensors.get(name)!; return !tensor.data && tensor.shape.length === rank && rank > 2; });
};

/** The output of an elementwise call and those operands that it reads at its own first two axes, up to where parts begin. */
const inStep = (call: Call): readonly string[] => {
  const output = outputOf(call.definition), names = new Set([call.output]);
  // what is known when the library is built, such as the places of a gather, is no step of a run
  const known = compileTimeTensors(call.definition);
  if (call.definition.stages.some((stage) => stage !== output && !known.has(stage.name))) return [];
  for (const { tensor, at } of loadsOf(output.value)) {
    const i = call.definition.inputs.findIndex(({ name }) => name === tensor);
    if (i >= 0 && at.length === output.axes.length && at.length > 2 && movesWith(at[1]!, output, 1)) names.add(call.inputs[i]!);
  }
  return [...names];
};

/** Whether an index is the stage's axis and a constant. */
const movesWith = (index: Index, stage: Stage, axis: number): boolean => sameIndex({ ...index, constant: 0 }, variable(stage.axes[axis]!));
