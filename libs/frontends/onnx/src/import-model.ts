/** OnnxModel to Graph: binds shapes, refuses what is unknown all at once, then translates node by node in the file's order. */
import type { ImportOptions } from '@loopsmith/contracts';
import { elementTypeName, type OnnxModel, type OnnxNode, type OnnxValue } from '@loopsmith/onnx-file';
import { isDType, type DType, type Graph, type TensorData } from '@loopsmith/ir';
import { graphBuilder, refuseImport } from './graph-builder.js';
import { widened } from './half-floats.js';
import { translators } from './operators/translators.js';

/** Refuses by throwing a Failure. */
export const importModel = (model: OnnxModel, options: ImportOptions): Graph => {
  const { graph } = model;
  const opset = model.opsets.get('') ?? 1;
  refuseUnknownOperators(graph.nodes);

  const outputs = graph.outputs.map((output) => output.name);
  const builder = graphBuilder(new Set(outputs));
  const values = givenValues(graph.inputs, options.values ?? {});
  const constants = new Set([...graph.initializers.map((tensor) => tensor.name), ...values.keys()]);
  // files of IR 3 and older list initializers among the inputs too; they are constants all the same
  const inputs = graph.inputs.filter((input) => !constants.has(input.name));
  const shapes = boundShapes(inputs, options.shapes);
  inputs.forEach((input, i) => builder.input(input.name, dtypeOfInput(input), shapes[i]!));
  for (const { name, dtype, shape, values: elements } of graph.initializers) if (!values.has(name)) builder.constant(name, { dtype, shape, values: elements });
  for (const [name, data] of values) builder.constant(name, data);

  const used = new Set([...outputs, ...graph.nodes.flatMap((node) => node.inputs)]);
  for (const node of graph.nodes) builder.translate(node, opset, translators.get(node.operator)!, used);
  return builder.finish(options.name, inputs.map((input) => input.name), outputs);
};

/** `Crop (nodes a, b and 4 more)`, for every operator that is not imported, so that a user sees the whole distance at once. */
const refuseUnknownOperators = (nodes: readonly OnnxNode[]): void => {
  const unknown = new Map<string, string[]>();
  for (const { domain, operator, name } of nodes) {
    if (domain === '' && translators.has(operator)) continue;
    const key = domain === '' ? operator : `${domain}.${operator}`;
    unknown.set(key, [...(unknown.get(key) ?? []), name]);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([operator, names]) =>
    `${operator} (${names.length === 1 ? 'node' : 'nodes'} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''})`);
  refuseImport('onnx-unknown-operator', `the model uses ${unknown.size === 1 ? 'an operator' : `${unknown.size} operators`} that Loopsmith does not import: ${list.join(', ')}; export the model without ${unknown.size === 1 ? 'it' : 'them'}`);
};

const dtypeOfInput = (input: OnnxValue): DType => {
  const name = elementTypeName(input.elementType);
  if (!isDType(name)) return refuseImport('onnx-input', `input ${input.name} is ${input.elementType === 0 ? 'no tensor' : `a tensor of ${name}`}; tensors of numbers or bool were expected`);
  return widened(name);
};

const givenValues = (inputs: readonly OnnxValue[], given: NonNullable<ImportOptions['values']>): ReadonlyMap<string, TensorData> => new Map(Object.entries(given).map(([name, data]) => {
  const input = inputs.find((one) => one.name === name)
    ?? refuseImport('onnx-input', `a value was given for the input ${name}, which the model does not have; its inputs are ${inputs.map((one) => one.name).join(', ')}`);
  const declared = elementTypeName(input.elementType);
  if (declared !== data.dtype) refuseImport('onnx-input', `the value given for the input ${name} is ${data.dtype}; the model declares ${declared}`);
  return [name, data];
}));

/** The shape of every input. A symbol that one input's binding gives a size has that size in all inputs. */
const boundShapes = (inputs: readonly OnnxValue[], given: ImportOptions['shapes']): readonly (readonly number[])[] => {
  const names = inputs.map((input) => input.name);
  for (const name of Object.keys(given)) if (!names.includes(name)) refuseImport('onnx-shape', `--shape names the input ${name}, which the model does not have; its inputs are ${names.join(', ')}`);
  const symbols = new Map<string, number>();
  for (const input of inputs) {
    const shape = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    if (!shape) continue;
    const declared = input.shape;
    const fits = !declared || (declared.length === shape.length && declared.every((dim, axis) => typeof dim !== 'number' || dim === shape[axis]));
    if (!fits) refuseImport('onnx-shape', `--shape ${input.name}=${shape.join(',')} does not fit the input ${input.name} of shape [${shapeText(declared)}]: only open dimensions can be given, and their number is fixed`);
    declared?.forEach((dim, axis) => {
      if (typeof dim !== 'string') return;
      const before = symbols.get(dim);
      if (before !== undefined && before !== shape[axis]) refuseImport('onnx-shape', `--shape gives the dimension ${dim} the sizes ${before} and ${shape[axis]!}; the model uses one symbol, so it must be one size`);
      symbols.set(dim, shape[axis]!);
    });
  }
  return inputs.map((input) => {
    if (Object.hasOwn(given, input.name)) return given[input.name]!;
    if (!input.shape) return refuseImport('onnx-shape', `input ${input.name} has no shape in the model; give one with --shape ${input.name}=..., its sizes separated by commas`);
    return input.shape.map((dim, axis) => {
      const size = typeof dim === 'string' ? symbols.get(dim) : dim;
      return size ?? refuseImport('onnx-shape', `input ${input.name} has an open dimension ${dim ?? '?'} (axis ${axis}) in its shape [${shapeText(input.shape)}]; give it a size with --shape ${input.name}=${exampleOf(input.shape)}`);
    });
  });
};

const shapeText = (shape: OnnxValue['shape']): string => (shape ?? []).map((dim) => dim ?? '?').join(',');
/** The declared shape with 1 for every open dimension: most often a batch. */
const exampleOf = (shape: OnnxValue['shape']): string => (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1)).join(',');
