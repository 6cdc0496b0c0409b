/**
 * One channel that is summed from blocks of others is computed in every lane of a vector, and copied out of one: a register tile
 * has its lanes along channels, and lanes along pixels would gather their data from as many blocks, which takes ten times as long as
 * lanes that nobody needs. Changes nothing where the data is no block of channels.
 */
import { build, constant, loopVariable, outputOf, plainLayout, rewriteValue, shapeOf, tensorsOf, variable, type Call, type Definition, type Load, type Network, type Stage, type Value } from '@loopsmith/ir';
import { product } from '@loopsmith/util';
import { axesOver } from '../operators/axes.js';
import { isSpatial } from './channel-tensors.js';
import { freshName, takeName } from './edit.js';

/** `lanes` is the channel block of the target; 1 has no lanes to fill. */
export const widenOneChannel = (network: Network, lanes: number): Network => {
  if (lanes === 1) return network;
  const tensors = new Map(network.tensors), names = new Set(network.calls.map((call) => call.name));
  /** Whether a tensor will be stored in blocks of channels. */
  const isBlocked = (name: string): boolean => {
    const { data, shape } = tensors.get(name)!;
    return !data && !network.inputs.includes(name) && shape.length > 2 && shape[1]! > 1;
  };
  const calls = network.calls.flatMap((call): readonly Call[] => {
    const shape = shapeOf(outputOf(call.definition)), made = tensors.get(call.output)!;
    if (shape[1] !== 1 || product(shape.slice(2)) === 1 || !isSpatial(call.definition) || !call.inputs.some(isBlocked)) return [call];
    const definition = widened(call.definition, lanes);
    if (!definition) return [call];
    const wide = shapeOf(outputOf(definition)), name = freshName(tensors, `${call.output}.wide`), sliceName = takeName(names, `${call.name}.one`);
    tensors.set(name, { ...made, name, shape: wide, layout: plainLayout(wide) });
    const X = build.input('X', made.dtype, wide), [at, axes] = axesOver(shape), Y = build.stage('Y', made.dtype, axes, build.load(X, ...at));
    return [
      { ...call, definition, output: name, label: `${call.label} in ${lanes} lanes` },
      { name: sliceName, label: `slice ${wide.join('x')} to ${shape.join('x')}`, definition: { name: 'slice', inputs: [X], tables: [], stages: [Y] }, inputs: [name], output: call.output, inPlace: null },
    ];
  });
  return { ...network, calls, tensors };
};

/** With `lanes` equal channels from the sum on, their weights side by side; undefined where something between the sum and the output has other axes. */
const widened = (definition: Definition, lanes: number): Definition | undefined => {
  const from = definition.stages.findIndex((stage) => stage.reduce !== null), sum = definition.stages[from]!;
  const wide = new Map<string, Stage>(), weights = new Map<string, Stage>();
  const names = new Set(tensorsOf(definition).keys());
  /** A weight once per lane, along its first axis. */
  const repeated = ({ tensor, dtype }: Load): Stage => {
    const input = definition.inputs.find(({ name }) => name === tensor)!, [at, axes] = axesOver([lanes, ...input.shape.slice(1)]);
    const stage = weights.get(tensor) ?? build.stage(takeName(names, `${tensor}w`), dtype, axes, build.load(input, constant(0), ...at.slice(1)));
    weights.set(tensor, stage);
    return stage;
  };
  for (const stage of definition.stages.slice(from)) {
    if (stage.axes.length !== sum.axes.length || (stage.reduce !== null && stage !== sum)) return undefined;
    const channel = loopVariable(stage.axes[1]!.name, lanes);
    const isWeight = ({ tensor }: Load): boolean => stage === sum && definition.inputs.some(({ name, when, shape }) => name === tensor && when === 'compile' && shape[0] === 1);
    const load = (read: Load): Value | undefined => {
      if (isWeight(read)) return build.load(repeated(read), variable(channel), ...read.at.slice(1));
      return wide.has(read.tensor) ? { ...read, at: read.at.map((index, i) => (i === 1 ? variable(channel) : index)) } : undefined;
    };
    wide.set(stage.name, { ...stage, axes: stage.axes.map((axis, i) => (i === 1 ? channel : axis)), value: rewriteValue(stage.value, { load }) });
  }
  return { ...definition, stages: [...weights.values(), ...definition.stages.map((stage) => wide.get(stage.name) ?? stage)] };
};
