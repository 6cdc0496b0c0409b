/**
 * Operators that are not imported: refused all at once, so that a user sees the whole distance, or, for who only looks at a
 * model, told, while the part that needs none of them is imported.
 */
import type { ImportOptions } from '@loopsmith/contracts';
import { listUnder, refuse, type Failure } from '@loopsmith/util';
import type { CutModel } from './cut.js';
import type { SourceNode } from './translation.js';

/** Of every format: their results are as many as the data make them, which no tensor of a compiled network is. */
const sizedByData: ReadonlySet<string> = new Set([
  'NonMaxSuppression', 'NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'CombinedNonMaxSuppression',
  'Unique', 'UniqueV2', 'Where',
]);

/**
 * The model, if every operator is known. `unknownIn` lists a node if it is unknown, or the unknown ones inside it; operators are
 * as messages show them, with their domain where the format has one. Where `options.onUnsupported` is given it is told and the rest comes back: the
 * nodes that depend on no unknown one,
 * the inputs that these read, and as outputs those of the model that they make and what the others read of them.
 */
export const knownPart = <N extends SourceNode>(
  model: CutModel<N>,
  unknownIn: (node: N) => readonly { readonly name: string; readonly operator: string }[],
  options: ImportOptions,
): CutModel<N> => {
  const unknown = new Map<string, string[]>();
  for (const { operator, name } of model.nodes.flatMap(unknownIn)) listUnder(unknown, operator, name);
  if (unknown.size === 0) return model;
  const list = [...unknown].map(
    ([operator, names]) =>
      `${operator} (${names.length === 1 ? 'node' : 'nodes'} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''})`,
  );
  const sized = [...unknown.keys()].filter((operator) => sizedByData.has(operator)),
    cut =
      sized.length === 0 ? '' : `, or cut it in front of ${sized.join(' and ')} with --outputs: how many results there are is only known at run time`;
  const behind = atTheBeginning(model, (node) => unknownIn(node).length > 0);
  const failure: Failure = {
    code: 'unknown-operator',
    stage: 'import',
    message: `the model uses ${unknown.size === 1 ? 'an operator' : `${unknown.size} operators`} that Loopsmith does not import: ${list.join(', ')}; export the model without ${unknown.size === 1 ? 'it' : 'them'}${cut}${behind.length === 0 ? '' : `, or begin behind ${unknown.size === 1 ? 'it' : 'them'} with --inputs ${behind.join(',')}`}`,
  };
  if (!options.onUnsupported) return refuse(failure);
  options.onUnsupported(
    [...unknown].map(([operator, nodes]) => ({ operator, nodes })),
    failure,
  );

  const lost = withReaders(model.nodes, unknownIn),
    kept = model.nodes.filter((node) => !lost.has(node)),
    read = new Set(model.nodes.flatMap((node) => (lost.has(node) ? node.inputs : [])));
  const made = new Set(kept.flatMap((node) => node.outputs));
  const outputs = new Set([...model.outputs, ...read].filter((name) => name !== '' && made.has(name)));
  const needed = new Set([...outputs, ...kept.flatMap((node) => node.inputs)]);
  return { nodes: kept, inputs: model.inputs.filter((name) => needed.has(name)), outputs: [...outputs] };
};

/** The unknown nodes and all that wait for one, wherever they stand: a loop's nodes stand before those that they wait for. */
const withReaders = <N extends SourceNode>(nodes: readonly N[], unknownIn: (node: N) => readonly unknown[]): ReadonlySet<N> => {
  const readers = new Map<string, N[]>(), lost = new Set(nodes.filter((node) => unknownIn(node).length > 0));
  for (const node of nodes) for (const name of node.inputs) listUnder(readers, name, node);
  // a set is walked to its end while it grows
  for (const { outputs } of lost)
    for (const name of outputs) if (name !== '') for (const reader of readers.get(name) ?? []) lost.add(reader);
  return lost;
};

/**
 * What the known nodes read of the unknown ones, where those make nothing else than an input of another kind of the model's inputs, as sound is made a
 * spectrogram. Empty where they stand further on: without what is in front of them a model is another one.
 */
const atTheBeginning = <N extends SourceNode>({ nodes, inputs }: CutModel<N>, isUnknown: (node: N) => boolean): readonly string[] => {
  const given = new Set([...inputs, '', ...nodes.filter((node) => isUnknown(node) || node.inputs.length === 0).flatMap((node) => node.outputs)]);
  const unknown = nodes.filter(isUnknown);
  if (!unknown.every((node) => node.inputs.every((name) => given.has(name)))) return [];
  const made = new Set(unknown.flatMap((node) => node.outputs));
  return [...new Set(nodes.filter((node) => !isUnknown(node)).flatMap((node) => node.inputs.filter((name) => made.has(name))))];
};
