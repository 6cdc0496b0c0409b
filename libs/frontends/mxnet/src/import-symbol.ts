/**
 * Symbol and parameters to Graph: leaves training behind, names what nodes make as MXNet does, binds shapes, refuses what is
 * unknown all at once, then translates node by node.
 */
import type { DeclaredShape, ImportOptions } from '@loopsmith/contracts';
import { boundShapes, cutModel, givenValues, graphBuilder, knownPart, refuseImport, refuseUnread, widened, type SourceNode } from '@loopsmith/frontend-shared';
import type { DType, Graph } from '@loopsmith/ir';
import { inputNamesOf, mxnetDType, type MxnetEntry, type MxnetNode, type MxnetSymbol } from '@loopsmith/mxnet-file';
import { mxnetAttributes } from './attributes.js';
import type { Parameters } from './find-params.js';
import { isIdle } from './idle-attributes.js';
import { losses } from './operators/loss.js';
import { translators } from './operators/translators.js';

/** A node whose tensors go by names; variables are no nodes any more. */
interface NamedNode extends SourceNode { readonly attributes: ReadonlyMap<string, string> }

/** Refuses by throwing a Failure. */
export const importSymbol = (symbol: MxnetSymbol, { file, arrays }: Parameters, options: ImportOptions): Graph => {
  const named = namedNodes(symbol);
  const variables = new Map(symbol.nodes.flatMap((node) => (node.operator === 'null' ? [[node.name, node] as const] : [])));
  const values = givenValues([...variables.keys()].filter((name) => !arrays.has(name)).map((name) => ({ name })), options.values);
  const constants = { has: (name: string) => arrays.has(name) || values.has(name) };
  const read = new Set([...named.outputs, ...named.nodes.flatMap((node) => node.inputs)]);
  const { nodes, inputs, outputs } = knownPart(
    cutModel(
      { nodes: named.nodes, outputs: named.outputs, inputs: [...variables.keys()].filter((name) => read.has(name) && !constants.has(name)) },
      options,
      constants,
    ),
    (node) => (translators.has(node.operator) ? [] : [node]),
    options,
  );
  refuseMissingParameters(nodes, new Set(inputs), file);

  const builder = graphBuilder(new Set(outputs));
  const declared = inputs.map((name) => ({ name, dtype: declaredDType(variables.get(name)), shape: declaredShape(variables.get(name)) }));
  const shapes = boundShapes(declared, nodes, options);
  declared.forEach(({ name, dtype }, i) => builder.input(name, dtype, shapes[i]!));
  const reads = new Set([...outputs, ...nodes.flatMap((node) => node.inputs)]);
  for (const name of variables.keys()) {
    const data = values.get(name) ?? arrays.get(name);
    if (data && reads.has(name)) builder.constant(name, data);
  }
  for (const node of nodes) {
    builder.translate(node, (t) => {
      const attributes = mxnetAttributes(node.attributes, t.refuse), made = translators.get(node.operator)!({ ...t, attributes });
      refuseUnread(t, attributes, node.attributes.keys(), isIdle);
      return made;
    }, reads);
  }
  return builder.finish(options.name, inputs, outputs);
};

/** Of all nodes: each that is read may say that thousands stand before it. */
const mostOutputs = 2 ** 20;

/** Outputs are called as MXNet lists them: NODE_output, or NODE_output0, NODE_output1, .. where more than one is used. */
const namedNodes = (symbol: MxnetSymbol): { readonly nodes: readonly NamedNode[]; readonly outputs: readonly string[] } => {
  const entries = [...symbol.heads, ...symbol.nodes.flatMap((node) => node.inputs)];
  const used = symbol.nodes.map(() => 1);
  for (const { node, output } of entries) used[node] = Math.max(used[node]!, output + 1);
  const all = used.reduce((sum, count) => sum + count, 0);
  if (all > mostOutputs)
    return refuseImport('model-invalid', `the symbol reads its nodes as if they had ${all} outputs; at most ${mostOutputs} are taken, so export it again`);
  const taken = new Set(symbol.nodes.flatMap((node) => (node.operator === 'null' ? [node.name] : [])));
  const names = symbol.nodes.map((node, place) => {
    if (node.operator === 'null') return [node.name];
    const base = `${node.name}_output`;
    return Array.from({ length: used[place]! }, (_, i) => {
      const wanted = used[place] === 1 ? base : `${base}${i}`, name = taken.has(wanted) ? `${wanted}#${place}` : wanted;
      taken.add(name);
      return name;
    });
  });
  const nameOf = ({ node, output }: MxnetEntry): string =>
    names[node]![output] ??
    refuseImport('model-invalid', `output ${output} of the variable ${symbol.nodes[node]!.name} is read, which has one; export the model again`);
  return {
    nodes: symbol.nodes.flatMap((node, place) => (node.operator === 'null' ? [] : [{
      name: node.name, operator: node.operator, attributes: node.attributes, outputs: names[place]!,
      // at inference a loss reads no label
      inputs: node.inputs.slice(0, Object.hasOwn(losses, node.operator) ? 1 : undefined).map(nameOf),
    }])),
    outputs: symbol.heads.map(nameOf),
  };
};

/** A weight that the file of parameters does not hold would look like one more input of the model. */
const refuseMissingParameters = (nodes: readonly NamedNode[], inputs: ReadonlySet<string>, file: string): void => {
  const missing = new Set(nodes.flatMap((node) => (inputNamesOf(node) ? node.inputs.slice(1).filter((name) => inputs.has(name)) : [])));
  if (missing.size === 0) return;
  const [first, second, third] = missing;
  refuseImport(
    'model-invalid',
    `${file} lacks ${missing.size === 1 ? 'the parameter' : `${missing.size} parameters:`} ${[first, second, third].filter((name) => name !== undefined).join(', ')}${missing.size > 3 ? ', ..' : ''}; put the file beside the symbol that was saved with it`,
  );
};

/** Sizes that the symbol leaves open are 0 before MXNet 2 and -1 since. */
const declaredShape = (variable: MxnetNode | undefined): DeclaredShape => {
  const shape = variable?.attributes.has('__shape__')
    ? mxnetAttributes(variable.attributes, () =>
        refuseImport('model-invalid', `the variable ${variable.name} has a __shape__ that is none; export the model again`),
      ).integers('__shape__')
    : [];
  return shape.length === 0 ? null : shape.map((extent) => (extent > 0 ? extent : null));
};
const declaredDType = (variable: MxnetNode | undefined): DType => widened(mxnetDType(Number(variable?.attributes.get('__dtype__') ?? 0)) ?? 'f32');
