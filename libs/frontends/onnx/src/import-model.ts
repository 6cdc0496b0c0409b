/** OnnxModel to Graph: cuts, binds shapes, refuses what is unknown all at once, then translates node by node in the file's order. */
import type { ImportOptions } from '@loopsmith/contracts';
import { attributesOf, boundShapes, cutModel, graphBuilder, knownPart, refuseImport, widened } from '@loopsmith/frontend-shared';
import { elementTypeName, type OnnxModel, type OnnxNode, type OnnxValue } from '@loopsmith/onnx-file';
import { isDType, type DType, type Graph, type TensorData } from '@loopsmith/ir';
import { attributeSource } from './attributes.js';
import { translators } from './operators/translators.js';

/** Refuses by throwing a Failure. */
export const importModel = (model: OnnxModel, options: ImportOptions): Graph => {
  const { graph } = model;
  const opset = model.opsets.get('') ?? 1;
  const values = givenValues(graph.inputs, options.values ?? {});
  // files of IR 3 and older list initializers among the inputs too; they are constants all the same
  const constants = new Set([...graph.initializers.map((tensor) => tensor.name), ...values.keys()]);
  const declared = graph.inputs.filter((input) => !constants.has(input.name));
  const shownOf = ({ domain, operator }: OnnxNode): string => (domain === '' ? operator : `${domain}.${operator}`);
  const { nodes, inputs: inputNames, outputs } = knownPart(cutModel({
    nodes: graph.nodes, inputs: declared.map((input) => input.name), outputs: graph.outputs.map((output) => output.name),
  }, options, constants), (node) => translators.has(shownOf(node)), options, shownOf);

  const builder = graphBuilder(new Set(outputs));
  const inputs = inputNames.map((name) => declared.find((input) => input.name === name) ?? cutInput(name));
  const shapes = boundShapes(inputs, options.shapes);
  inputs.forEach((input, i) => builder.input(input.name, dtypeOfInput(input), shapes[i]!));
  for (const { name, dtype, shape, values: elements } of graph.initializers) if (!values.has(name)) builder.constant(name, { dtype, shape, values: elements });
  for (const [name, data] of values) builder.constant(name, data);

  const used = new Set([...outputs, ...nodes.flatMap((node) => node.inputs)]);
  for (const node of nodes) {
    const translator = translators.get(node.operator)!;
    builder.translate(node, (t) => translator({ ...t, node, opset, attributes: attributesOf(attributeSource(node), t.refuse) }), used);
  }
  return builder.finish(options.name, inputNames, outputs);
};

/** A tensor in the middle of the model: its type is what networks compute in, its shape has to be given. */
const cutInput = (name: string): OnnxValue => ({ name, elementType: 1, shape: null });

const dtypeOfInput = (input: OnnxValue): DType => {
  const name = elementTypeName(input.elementType);
  if (!isDType(name)) return refuseImport('model-input', `input ${input.name} is ${input.elementType === 0 ? 'no tensor' : `a tensor of ${name}`}; tensors of numbers or bool were expected`);
  return widened(name);
};

const givenValues = (inputs: readonly OnnxValue[], given: NonNullable<ImportOptions['values']>): ReadonlyMap<string, TensorData> => new Map(Object.entries(given).map(([name, data]) => {
  const input = inputs.find((one) => one.name === name)
    ?? refuseImport('model-input', `a value was given for the input ${name}, which the model does not have; its inputs are ${inputs.map((one) => one.name).join(', ')}`);
  const declared = elementTypeName(input.elementType);
  if (declared !== data.dtype) refuseImport('model-input', `the value given for the input ${name} is ${data.dtype}; the model declares ${declared}`);
  return [name, data];
}));
