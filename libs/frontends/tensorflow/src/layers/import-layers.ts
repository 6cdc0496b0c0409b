/** A tfjs layers model to Graph: reads Keras's topology, cuts, binds shapes, refuses layers that are unknown all at once, then translates call by call. */
import type { ImportOptions } from '@loopsmith/contracts';
import { boundShapes, cutModel, givenValues, graphBuilder, knownPart, refuseImport } from '@loopsmith/frontend-shared';
import type { DType, Graph } from '@loopsmith/ir';
import type { JsonRecord, TfTensor } from '@loopsmith/tensorflow-file';
import { readLayers } from './layer-model.js';
import { layerTranslators } from './translators.js';
import { translatedLayer } from './translation.js';
import { weightFinder } from './weights.js';

interface LayersModel { readonly topology: JsonRecord; readonly version: string; readonly weights: ReadonlyMap<string, TfTensor> }

/** Refuses by throwing a Failure. */
export const importLayers = ({ topology, version, weights }: LayersModel, what: string, options: ImportOptions): Graph => {
  const model = readLayers(topology, what), given = givenValues(model.inputs.map(({ name }) => ({ name })), options.values);
  const { nodes, inputs, outputs } = knownPart(
    cutModel(
      { nodes: model.calls, inputs: model.inputs.map(({ name }) => name).filter((name) => !given.has(name)), outputs: model.outputs },
      options,
      given,
    ),
    (layer) => (layerTranslators.has(layer.operator) ? [] : [layer]),
    options,
  );

  const builder = graphBuilder(new Set(outputs), new Set(nodes.map(({ name }) => name)));
  const declared = inputs
    .map((name) => model.inputs.find((input) => input.name === name) ?? { name, shape: null, dtype: 'float32' })
    .map(({ name, shape, dtype }) => ({ name, shape, dtype: dtypeOf(name, dtype) }));
  const shapes = boundShapes(declared, nodes, options);
  declared.forEach(({ name, dtype }, i) => builder.input(name, dtype, shapes[i]!));
  for (const [name, data] of given) builder.constant(name, data);

  const find = weightFinder(weights), used = new Set([...outputs, ...nodes.flatMap((node) => node.inputs)]);
  for (const call of nodes) builder.translate(call, (t) => translatedLayer(t, call, version, find, layerTranslators.get(call.operator)!), used);
  return builder.finish(options.name, inputs, outputs);
};

/** As tfjs names types. */
const dtypes: Readonly<Record<string, DType>> = { float32: 'f32', float16: 'f32', int32: 'i32', bool: 'bool' };
const dtypeOf = (name: string, dtype: string): DType =>
  Object.hasOwn(dtypes, dtype)
    ? dtypes[dtype]!
    : refuseImport('model-input', `input ${name} is a tensor of ${dtype}; tensors of numbers or bool were expected`);
