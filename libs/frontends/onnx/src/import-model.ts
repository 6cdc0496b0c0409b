/** OnnxModel to Graph: cuts, binds shapes, refuses what is unknown all at once, then translates node by node in the file's order. Functions of the model are written out. */
import type { ImportOptions } from '@loopsmith/contracts';
import { attributesOf, boundShapes, cutModel, givenValues, graphBuilder, knownPart, refuseImport, refuseUnread, widened } from '@loopsmith/frontend-shared';
import { elementTypeName, type OnnxFunction, type OnnxModel, type OnnxNode, type OnnxValue } from '@loopsmith/onnx-file';
import { isDType, type DType, type Graph } from '@loopsmith/ir';
import { attributeSource, isIdle } from './attributes.js';
import { isControlFlow, readsOf, writeOut, type Scope, type Writer } from './control-flow.js';
import { everyNode, functionsOf, operatorOf, writeCall } from './functions.js';
import { translators } from './operators/translators.js';

/** Operators may change their meaning in any later one. */
const newestOpset = 27;

/** Refuses by throwing a Failure. */
export const importModel = (model: OnnxModel, options: ImportOptions): Graph => {
  const { graph } = model, version = model.opsets.get('') ?? 1;
  if (version < 1 || version > newestOpset)
    refuseImport('model-invalid', `the model asks for operator set ${version}; Loopsmith knows 1 to ${newestOpset}: export it for one of those`);
  const functions = functionsOf(model), calls: OnnxFunction[] = [];
  const values = givenValues(graph.inputs.map(({ name, elementType }) => ({ name, dtype: elementTypeName(elementType) })), options.values);
  // files of IR 3 and older list initializers among the inputs too; they are constants all the same
  const constants = new Set([...graph.initializers.map((tensor) => tensor.name), ...values.keys()]);
  const declared = graph.inputs.filter((input) => !constants.has(input.name));
  const unknownIn = (node: OnnxNode): readonly { readonly name: string; readonly operator: string }[] =>
    everyNode([node], functions)
      .filter((one) => !isControlFlow(one))
      .map((one) => ({ name: one.name, operator: operatorOf(one) }))
      .filter(({ operator }) => !translators.has(operator));
  const { nodes: kept, inputs: inputNames, outputs } = knownPart(cutModel({
    nodes: graph.nodes.map((node) => ({ ...node, inputs: readsOf(node), node })), inputs: declared.map((input) => input.name), outputs: graph.outputs.map((output) => output.name),
  }, options, constants), ({ node }) => unknownIn(node), options);
  const nodes = kept.map(({ node }) => node);

  const builder = graphBuilder(new Set(outputs), [...declared, ...graph.initializers].map(({ name }) => name).concat(graph.nodes.flatMap((node) => node.outputs)));
  const inputs = inputNames.map((name) => declared.find((input) => input.name === name) ?? cutInput(name));
  const typed = inputs.map((input) => ({ name: input.name, dtype: dtypeOfInput(input), shape: input.shape })), shapes = boundShapes(typed, nodes, options);
  typed.forEach(({ name, dtype }, i) => builder.input(name, dtype, shapes[i]!));
  for (const tensor of graph.initializers) if (!values.has(tensor.name)) builder.constant(tensor.name, tensor);
  for (const [name, data] of values) builder.constant(name, data);

  const used = new Set([...outputs, ...nodes.flatMap(readsOf)]);
  const write = (part: readonly OnnxNode[], scope: Scope, prefix: string): void => {
    for (const given of part) {
      const node = prefix === '' ? given : { ...given, name: `${prefix}${given.name}`, inputs: given.inputs.map(scope), outputs: given.outputs.map(scope) };
      const called = functions.get(operatorOf(node));
      if (called) { writeCall(writer, node, called, calls); continue; }
      if (isControlFlow(node)) { writeOut(writer, node, scope); continue; }
      const translator = translators.get(operatorOf(node))!, opset = model.opsets.get(node.domain) ?? 1;
      builder.translate(node, (t) => {
        const attributes = attributesOf(attributeSource(node), t.refuse), made = translator({ ...t, node, opset, attributes });
        refuseUnread(t, attributes, node.attributes.keys(), isIdle);
        return made;
      }, used);
    }
  };
  const writer: Writer = { builder, opset: version, used, written: { nodes: 0, depth: 0 }, write };
  write(nodes, (name) => name, '');
  return builder.finish(options.name, inputNames, outputs);
};

/** A tensor in the middle of the model: its type is what networks compute in, its shape has to be given. */
const cutInput = (name: string): OnnxValue => ({ name, elementType: 1, shape: null });

const dtypeOfInput = (input: OnnxValue): DType => {
  const name = elementTypeName(input.elementType);
  if (!isDType(name))
    return refuseImport(
      'model-input',
      `input ${input.name} is ${input.elementType === 0 ? 'no tensor' : `a tensor of ${name}`}; tensors of numbers or bool were expected`,
    );
  return widened(name);
};
