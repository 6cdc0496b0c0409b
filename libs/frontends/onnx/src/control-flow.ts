/**
 * If, Loop and Scan written out into the graph around them: a branch whose condition is known, a body as often as it runs. Of
 * a condition that only run time knows both branches are computed, and one is chosen. How often a body runs must be known at import.
 */
import { stacked, type GraphBuilder, type Translation } from '@loopsmith/frontend-shared';
import type { OnnxGraph, OnnxNode } from '@loopsmith/onnx-file';
import { fromNumbers, type TensorData } from '@loopsmith/ir';

/** From names of a graph of the file to those of the graph being built. */
export type Scope = (name: string) => string;

/** What written out bodies may add to a model: nodes, and one for every time a body runs. */
const mostWrittenOut = 10_000;
/** Bodies inside one another: functions that call functions, branches in loops. Each takes some of the stack; real models stay below 30. */
const deepestBodies = 200;

export interface Writer {
  readonly builder: GraphBuilder;
  /** Of ONNX's own operators: Scan means something else in its first. */
  readonly opset: number;
  /** Names that something reads; what a body's nodes make is added before they are translated. */
  readonly used: Set<string>;
  /** So far, of all bodies; and how many are being written out, each inside the one before. */
  readonly written: { nodes: number; depth: number };
  /** Nodes of one graph, in its scope. */
  write(nodes: readonly OnnxNode[], scope: Scope, prefix: string): void;
}
/** `node` has its names in the scope already; `scope` is for what its graphs read from around it. */
type WriteOut = (writer: Writer, node: OnnxNode, scope: Scope) => void;

export const isControlFlow = (node: OnnxNode): boolean => node.domain === '' && Object.hasOwn(controlFlow, node.operator);
export const writeOut = (writer: Writer, node: OnnxNode, scope: Scope): void => controlFlow[node.operator]!(writer, node, scope);

/** The graphs that a node holds. */
export const graphsOf = (node: OnnxNode): readonly OnnxGraph[] => [...node.attributes.values()].flatMap((attribute) => (attribute.kind === 'graph' ? [attribute.value] : []));
/** What a node reads: its inputs, and what its graphs take from around them. */
export const readsOf = (node: OnnxNode): readonly string[] => [...node.inputs, ...graphsOf(node).flatMap((graph) => {
  const own = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  return [...graph.nodes.flatMap(readsOf), ...graph.outputs.map(({ name }) => name)].filter((name) => !own.has(name));
})];

/** Asks something of a node in its own name, and adds nothing. */
const asked = <T>({ builder, used }: Writer, node: OnnxNode, question: (t: Translation) => T): T => {
  const answers: T[] = [];
  builder.translate({ ...node, outputs: [] }, (t) => { answers.push(question(t)); return []; }, used);
  return answers[0]!;
};
export const refused = (writer: Writer, node: OnnxNode, words: string): never => asked(writer, node, (t) => t.refuse(words));

const graphOf = (writer: Writer, node: OnnxNode, attribute: string): OnnxGraph => {
  const found = node.attributes.get(attribute);
  return found?.kind === 'graph' ? found.value : refused(writer, node, `has no graph ${attribute}; export the model again`);
};

/** What names inside of a node begin with: outputs are unique in a model, names of nodes are not always. */
export const insideOf = (node: OnnxNode): string => `${node.outputs.find((name) => name !== '') ?? node.name}/`;

/** Constants of a body, once however often it runs. */
const declared = ({ builder }: Writer, graph: OnnxGraph, prefix: string, outer: Scope): Scope => {
  const own = new Map(graph.initializers.map((tensor) => [tensor.name, builder.fresh(`${prefix}${tensor.name}`)] as const));
  for (const tensor of graph.initializers) builder.constant(own.get(tensor.name)!, tensor);
  return (name) => own.get(name) ?? outer(name);
};
/** A graph on `inputs`, once. Its outputs by name. */
export const once = (writer: Writer, node: OnnxNode, graph: OnnxGraph, inputs: readonly string[], prefix: string, outer: Scope): readonly string[] => {
  writer.written.nodes += 1 + graph.nodes.length;
  if (writer.written.nodes > mostWrittenOut)
    return refused(
      writer,
      node,
      `writes out more than ${mostWrittenOut} nodes, together with what the model's other loops, branches and functions hold; let it run fewer times, or split the model`,
    );
  if (writer.written.depth >= deepestBodies)
    return refused(writer, node, `stands inside more than ${deepestBodies} loops, branches and functions, one in the other; no real model does, so it is refused before it exhausts the stack`);
  const own = new Map<string, string>();
  for (const output of new Set(graph.nodes.flatMap(({ outputs }) => outputs))) own.set(output, output === '' ? '' : writer.builder.fresh(`${prefix}${output}`));
  graph.inputs.forEach(({ name }, i) => own.set(name, inputs[i] ?? ''));
  const scope: Scope = (name) => own.get(name) ?? outer(name), outputs = graph.outputs.map(({ name }) => scope(name));
  for (const name of [...graph.nodes.flatMap(readsOf).map(scope), ...outputs]) writer.used.add(name);
  writer.written.depth++;
  writer.write(graph.nodes, scope, prefix);
  writer.written.depth--;
  return outputs;
};

/** The node's outputs from tensors that are there. */
export const answer = ({ builder, used }: Writer, node: OnnxNode, inputs: readonly string[], made: Parameters<GraphBuilder['translate']>[1]): void =>
  builder.translate({ ...node, inputs }, made, used);

const conditional: WriteOut = (writer, node, scope) => {
  const branches = ['then_branch', 'else_branch'].map((attribute) => graphOf(writer, node, attribute)) as [OnnxGraph, OnnxGraph];
  const taken = asked(writer, node, (t) => { const condition = t.input(0, 'cond'); return condition.data ? t.known(condition, 'condition')[0] : undefined; });
  const run = (graph: OnnxGraph, prefix: string): readonly string[] => once(writer, node, graph, [], prefix, declared(writer, graph, prefix, scope));
  if (taken !== undefined) {
    answer(writer, node, run(branches[taken === 0 ? 1 : 0], insideOf(node)), (t) => t.inputs());
    return;
  }
  const [yes, no] = [run(branches[0], `${insideOf(node)}then/`), run(branches[1], `${insideOf(node)}else/`)];
  answer(writer, node, [node.inputs[0]!, ...yes, ...no], (t) => {
    const [condition, ...values] = t.inputs(), flag = t.emit('reshape', [condition], { shape: [] });
    return yes.map((_, i) => {
      const a = values[i]!, b = values[yes.length + i] ?? t.refuse('has branches of different numbers of outputs');
      if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join())
        return t.refuse(
          `chooses at run time between ${a.dtype}[${a.shape.join(',')}] and ${b.dtype}[${b.shape.join(',')}]; Loopsmith needs one type and shape, or a condition that is known at import`,
        );
      return t.emit('where', [flag, a, b]);
    });
  });
};

/** A constant of one turn, by its name. */
const constant = ({ builder }: Writer, like: string, data: TensorData): string => {
  const name = builder.fresh(like);
  builder.constant(name, data);
  return name;
};

/**
 * One turn, for a loop with the output `y` whose body makes `t` of its state `s`:
 *
 *   y/0/number, y/0/condition, x ─▶ body: i, c, s ─▶ y/0/c', y/0/t ─▶ y/1/number, y/1/condition, y/0/t ─▶ body ..
 *
 * The new condition must be known, and says whether a turn follows; what a body makes beside its states is stacked behind the last.
 */
const loop: WriteOut = (writer, node, outer) => {
  const body = graphOf(writer, node, 'body'), [count, condition, ...first] = node.inputs;
  const known = (name: string, role: string): number => asked(writer, { ...node, inputs: [name] }, (t) => t.known(t.input(0, role), role)[0] ?? t.refuse(`has an empty ${role}`));
  const trips = count === undefined || count === '' ? Infinity : known(count, 'trip count');
  let goesOn = condition === undefined || condition === '' || known(condition, 'condition') !== 0;
  const scope = declared(writer, body, insideOf(node), outer), states = first.length, scanned: string[][] = body.outputs.slice(1 + states).map(() => []);
  let values: readonly string[] = first;
  for (let i = 0; i < trips && goesOn; i++) {
    const prefix = `${insideOf(node)}${i}/`,
      number = constant(writer, `${prefix}number`, fromNumbers('i64', [], [i])),
      always = constant(writer, `${prefix}condition`, fromNumbers('bool', [], [1]));
    const [next, ...results] = once(writer, node, body, [number, always, ...values], prefix, scope);
    goesOn = known(next ?? '', 'condition') !== 0;
    values = results.slice(0, states);
    results.slice(states).forEach((name, k) => scanned[k]?.push(name));
  }
  answer(writer, node, [...values, ...scanned.flat()], (t) => {
    const all = t.inputs();
    return [...all.slice(0, states), ...scanned.map((names, k) => {
      if (names.length === 0) return t.refuse(`never runs, and the shape of its output ${states + k} is only known from a run; take the output out of the model`);
      const parts = all.slice(states + k * names.length, states + (k + 1) * names.length);
      return stacked(t, parts, 0);
    })];
  });
};

const scan: WriteOut = (writer, node, outer) => {
  if (writer.opset < 9)
    return refused(
      writer,
      node,
      'is of operator set 8, where it went over a batch too; Loopsmith reads Scan as of operator set 9: export the model for that or a later one',
    );
  const body = graphOf(writer, node, 'body');
  const integers = (name: string): readonly number[] => { const attribute = node.attributes.get(name); return attribute?.kind === 'ints' ? attribute.value.map(Number) : []; };
  const given = node.attributes.get('num_scan_inputs'),
    sequences = given?.kind === 'int' ? Number(given.value) : refused(writer, node, 'has no attribute num_scan_inputs; ONNX asks for an integer');
  const states = node.inputs.length - sequences;
  if (states < 0 || body.inputs.length !== node.inputs.length)
    return refused(writer, node, `has ${node.inputs.length} inputs, ${sequences} of them sequences, and a body of ${body.inputs.length}`);
  const axes = integers('scan_input_axes'),
    directions = integers('scan_input_directions'),
    outputAxes = integers('scan_output_axes'),
    outputDirections = integers('scan_output_directions');
  const axisOf = (rank: number, axis: number): number => (axis < 0 ? axis + rank : axis);
  const counts = node.inputs.slice(states).map((name, k) => asked(writer, { ...node, inputs: [name] }, (t) => {
    const { shape } = t.input(0, 'sequence');
    return shape[axisOf(shape.length, axes[k] ?? 0)] ?? t.refuse(`goes along axis ${axes[k]} of a tensor of shape [${shape.join(',')}]`);
  }));
  const steps = counts[0] ?? 0;
  if (counts.some((count) => count !== steps) || steps === 0)
    return refused(writer, node, `goes along sequences of [${counts.join(',')}] elements; as many of each, and at least one, were expected`);
  const scope = declared(writer, body, insideOf(node), outer), scanned: string[][] = body.outputs.slice(states).map(() => []);
  let values: readonly string[] = node.inputs.slice(0, states);
  for (let i = 0; i < steps; i++) {
    const prefix = `${insideOf(node)}${i}/`;
    const slices = node.inputs.slice(states).map((name, k) => {
      const slice = writer.builder.fresh(`${prefix}slice ${k}`);
      writer.used.add(slice);
      writer.builder.translate({ ...node, inputs: [name], outputs: [slice] }, (t) => {
        const X = t.input(0, 'sequence'), axis = axisOf(X.shape.length, axes[k] ?? 0), at = directions[k] === 1 ? steps - 1 - i : i;
        // an index that is a constant of the call, not of its formula: all steps are one task
        return t.emit('gather', [X, t.constant(fromNumbers('i64', [], [at]))], { axis });
      }, writer.used);
      return slice;
    });
    const results = once(writer, node, body, [...values, ...slices], prefix, scope);
    values = results.slice(0, states);
    results.slice(states).forEach((name, k) => scanned[k]?.push(name));
  }
  answer(writer, node, [...values, ...scanned.flat()], (t) => {
    const all = t.inputs();
    return [...all.slice(0, states), ...scanned.map((_, k) => {
      const parts = all.slice(states + k * steps, states + (k + 1) * steps);
      return stacked(t, outputDirections[k] === 1 ? parts.toReversed() : parts, outputAxes[k] ?? 0);
    })];
  });
};

export const controlFlow: Readonly<Record<string, WriteOut>> = { If: conditional, Loop: loop, Scan: scan };
