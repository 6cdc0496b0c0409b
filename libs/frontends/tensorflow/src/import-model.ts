/** SourceModel to Graph: finds the ends, flattens, cuts, binds shapes, refuses what is unknown all at once, then translates in order. */
import type { ImportOptions } from '@loopsmith/contracts';
import { attributesOf, boundShapes, cutModel, givenValues, graphBuilder, knownPart, refuseImport, refuseUnread, widened, type CutModel } from '@loopsmith/frontend-shared';
import { isDType, type DType, type Graph, type TensorData } from '@loopsmith/ir';
import type { TfAttribute, TfShape } from '@loopsmith/tensorflow-file';
import { attempt, unwrap } from '@loopsmith/util';
import { attributeSource } from './attributes.js';
import { isIdle } from './idle-attributes.js';
import { flattener, type FlatNode, type Flattener } from './flatten.js';
import { baseOf } from './loops.js';
import { translators } from './operators/translators.js';
import type { SourceModel } from './source-model.js';
import type { TfTranslation } from './translation.js';
import { withVariables } from './variables.js';

/** An input or output: the caller's name for it, the flat tensor behind it, and what the model says of its type. */
interface End { readonly key: string; readonly tensor: string; readonly dtype: string; readonly shape: TfShape }
interface Ends { readonly inputs: readonly End[]; readonly outputs: readonly End[] }

/**
 * Refuses by throwing a Failure. Where a loop or a branch waits for a number that follows from shapes, what stands before it is
 * translated first, and the model is flattened anew with what that says.
 */
export const importModel = (model: SourceModel, options: ImportOptions): Graph => {
  let known: ReadonlyMap<string, number> = new Map();
  for (let round = 0; ; round++) {
    const source = openedSource(model, options, known), learned = round < mostRounds ? learnedFrom(source, options, known) : known;
    if (learned.size === known.size) return translated(source, knownPart(source.model, unknownIn, options), options);
    known = learned;
  }
};

/** Loops that wait for what loops before them make: no real model has so many. */
const mostRounds = 16;
const unknownIn = (node: FlatNode): readonly FlatNode[] => (translators.has(node.operator) ? [] : [node]);

interface Source {
  readonly model: CutModel<FlatNode>;
  readonly named: readonly FlatNode[];
  readonly ends: Ends;
  readonly given: ReadonlyMap<string, TensorData>;
  readonly flat: Flattener;
}

/** The model from its inputs to its outputs or the cuts, flat. */
const openedSource = (model: SourceModel, options: ImportOptions, known: ReadonlyMap<string, number>): Source => {
  const flat = flattener(model.graph, known), wanted = { inputs: options.inputs?.map(withoutZero), outputs: options.outputs?.map(withoutZero) };
  const { nodes: all, ends } = endsOf(model, flat, wanted.outputs);
  const { nodes: named, nameOf } = renamed(all, ends);
  const given = givenValues(ends.inputs.map(({ key, dtype }) => ({ name: key, dtype })), options.values);
  const cut = cutModel(
    { nodes: named, inputs: ends.inputs.map(({ key }) => key).filter((key) => !given.has(key)), outputs: ends.outputs.map(({ key }) => key) }, wanted, given,
  );
  // an input is what its node makes: from here on the node is gone
  const entries = new Set([...cut.inputs, ...given.keys(), ...ends.inputs.map(({ key }) => key)]);
  return {
    named,
    ends,
    given,
    flat,
    model: {
      ...cut,
      nodes: withVariables(
        cut.nodes.filter((node) => !node.outputs.some((output) => entries.has(output))),
        flat,
        nameOf,
        model.variables,
      ),
    },
  };
};

/**
 * `known`, and what the part before all unknown operators says of the numbers that were asked for. A part that lacks a shape is refused for that; one
 * refused otherwise says nothing: the whole is told why.
 */
const learnedFrom = (source: Source, options: ImportOptions, known: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const asked = [...source.flat.asked()];
  if (asked.length === 0 || source.model.nodes.every((node) => unknownIn(node).length === 0)) return known;
  const part = knownPart(source.model, unknownIn, { ...options, onUnsupported: () => undefined });
  const graph = attempt(() => translated(source, part, { ...options, shapes: Object.fromEntries(Object.entries(options.shapes).filter(([name]) => part.inputs.includes(name))) }));
  if (!graph.ok) return graph.failure.code === 'shape-needed' ? unwrap(graph) : known;
  return new Map([...known, ...asked.flatMap(([key, name]): readonly (readonly [string, number])[] => {
    const data = graph.value.tensors.get(name)?.data;
    return data?.shape.every((extent) => extent === 1) ? [[key, Number(data.values[0])]] : [];
  })]);
};

/** A flat model whose operators are all known, in order. */
const translated = ({ named, ends, given }: Source, { nodes, inputs: inputNames, outputs }: CutModel<FlatNode>, options: ImportOptions): Graph => {
  const builder = graphBuilder(new Set(outputs), new Set(named.flatMap((node) => [node.name, ...node.outputs])));
  const inputs = inputNames.map((name) => ends.inputs.find((end) => end.key === name) ?? cutEnd(name, named));
  const typed = inputs.map((input) => ({ name: input.key, dtype: dtypeOf(input), shape: input.shape })), shapes = boundShapes(typed, nodes, options);
  typed.forEach(({ name, dtype }, i) => builder.input(name, dtype, shapes[i]!));
  for (const [name, data] of given) builder.constant(name, data);

  const lists: TfTranslation['lists'] = new Map(), used = new Set([...outputs, ...nodes.flatMap((node) => node.inputs)]);
  for (const node of nodes) {
    builder.translate(node, (t) => {
      const attributes = attributesOf(attributeSource(node.attributes), t.refuse), made = translators.get(node.operator)!({ ...t, node, lists, attributes });
      refuseUnread(t, attributes, node.attributes.keys(), isIdle);
      return made;
    }, used);
  }
  return builder.finish(options.name, inputNames, outputs);
};

/** `Mfcc:0` is the same tensor as `Mfcc`. */
const withoutZero = (name: string): string => name.replace(/:0$/, '');

/** Operators that run for their effect and make nothing that a network would hand out. */
const effects: ReadonlySet<string> = new Set(['NoOp', 'Assert', 'Const', 'SaveV2', 'RestoreV2', 'Assign', 'AssignVariableOp', 'MergeV2Checkpoints']);

/** The ends as the signature has them; without one, placeholders and what nobody reads. Outputs that were asked for by name are reached too. */
const endsOf = ({ graph, signature }: SourceModel, flat: Flattener, wanted: readonly string[] | undefined): { readonly nodes: readonly FlatNode[]; readonly ends: Ends } => {
  const own = (name: string): boolean => flat.has(baseOf(name));
  const asked = (wanted ?? []).filter((name) => own(name) && !signature?.outputs.some(({ key }) => key === name));
  const outputNames = signature ? signature.outputs.map(({ key, tensor }) => ({ key, tensor })) : unreadNodes(graph.nodes).map((key) => ({ key, tensor: key }));
  // without a signature, names that are asked for are all that is meant
  const roots = signature || asked.length === 0 ? outputNames : [];
  const outputs = roots.map(({ key, tensor }) => ({ key, place: flat.resolve(tensor) }));
  const declared = signature?.inputs.map(({ key, tensor, dtype, shape }): End => ({ key, tensor: flat.nameOf(flat.resolve(tensor)), dtype, shape }));
  const nodes = flat.flatten([...outputs.map(({ place }) => place), ...asked.map((name) => flat.resolve(name))], new Set(declared?.map(({ tensor }) => tensor)));
  const end = (key: string, tensor: string): End => ({ key, tensor, dtype: 'nothing', shape: null });
  return {
    nodes,
    ends: {
      inputs: declared ?? nodes.filter(({ operator }) => operator === 'Placeholder').map(({ name, attributes }) => ({ key: name, tensor: name, ...placeholderType(attributes) })),
      outputs: [...outputs.map(({ key, place }) => end(key, flat.nameOf(place))), ...(signature ? [] : asked.map((name) => end(name, flat.nameOf(flat.resolve(name)))))],
    },
  };
};

const unreadNodes = (nodes: SourceModel['graph']['nodes']): readonly string[] => {
  const read = new Set(nodes.flatMap((node) => node.inputs.map(baseOf)));
  return nodes.filter(({ name, operator }) => !read.has(name) && !effects.has(operator)).map(({ name }) => name);
};

const placeholderType = (attributes: ReadonlyMap<string, TfAttribute>): Pick<End, 'dtype' | 'shape'> => {
  const dtype = attributes.get('dtype'), shape = attributes.get('shape');
  return { dtype: dtype?.kind === 'type' ? dtype.value : 'f32', shape: shape?.kind === 'shape' ? shape.value : null };
};

/** Ends under the caller's names: an input's tensor is called so; an output is a copy of its tensor, which a graph pass removes. What else has such a name gets another. */
const renamed = (nodes: readonly FlatNode[], { inputs, outputs }: Ends): { readonly nodes: readonly FlatNode[]; readonly nameOf: (tensor: string) => string } => {
  const keys = new Set([...inputs, ...outputs].map(({ key }) => key)), byTensor = new Map(inputs.map(({ tensor, key }) => [tensor, key]));
  const same = new Set(outputs.filter(({ key, tensor }) => key === tensor && !byTensor.has(tensor)).map(({ key }) => key));
  const moved = movedNames([...keys].filter((key) => !same.has(key)), new Set([...keys, ...nodes.flatMap((node) => [node.name, ...node.outputs])]));
  const nameOf = (tensor: string): string => byTensor.get(tensor) ?? moved.get(tensor) ?? tensor;
  return {
    nameOf,
    nodes: [
      ...nodes.map((node) => ({
        ...node,
        name: moved.get(node.name) ?? node.name,
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map((output) => (output === '' ? '' : nameOf(output))),
      })),
      ...outputs
        .filter(({ key }) => !same.has(key))
        .map(({ key, tensor }): FlatNode => ({ name: key, operator: 'Identity', attributes: new Map(), inputs: [nameOf(tensor)], outputs: [key] })),
    ],
  };
};

/** For each name another one that is not taken. */
const movedNames = (names: readonly string[], taken: Set<string>): ReadonlyMap<string, string> => new Map(names.map((name) => {
  let other = `${name}/inner`;
  while (taken.has(other)) other += "'";
  taken.add(other);
  return [name, other];
}));

/** A tensor in the middle of the model: its type is that of its node, its shape has to be given. */
const cutEnd = (name: string, nodes: readonly FlatNode[]): End => {
  const attributes = nodes.find((node) => node.outputs.includes(name))?.attributes, type = attributes?.get('dtype') ?? attributes?.get('T');
  return { key: name, tensor: name, dtype: type?.kind === 'type' ? type.value : 'f32', shape: null };
};

const dtypeOf = ({ key, dtype }: End): DType =>
  isDType(dtype)
    ? widened(dtype)
    : refuseImport(
        'model-input',
        `input ${key} is a tensor of ${dtype}; tensors of numbers or bool were expected, so cut the model behind it with --inputs`,
      );
