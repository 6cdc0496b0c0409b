/**
 * A graph with functions to a flat list of nodes in the order in which they can run: calls are replaced by what the function
 * holds, branches whose condition is a constant by the branch that is taken, loops whose number of turns is known by their
 * turns, one behind the other. What decides at run time stays a node and is refused later by name.
 */
import { refuseImport, type SourceNode } from '@loopsmith/frontend-shared';
import type { TfAttribute, TfFunction, TfGraph, TfNode } from '@loopsmith/tensorflow-file';
import { framedLoop, whileOperators, type Loop } from './loops.js';
import { outputPosition } from './output-names.js';
import { isStatic, staticValue } from './static-value.js';

/** Inputs and outputs are flat tensor names: `scope/node`, or `scope/node:1` for an output other than the first. */
export interface FlatNode extends SourceNode { readonly attributes: ReadonlyMap<string, TfAttribute> }

/** A name as a frame writes it. */
interface Named { readonly frame: Frame; readonly name: string }
/** The main graph, one call of a function, or one turn of a loop. */
interface Frame {
  readonly prefix: string;
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** What calls it; null for the main graph. */
  readonly call: { readonly inputs: readonly Named[]; readonly body: TfFunction } | null;
  readonly depth: number;
}
/** An output of a node that is no call. */
export interface Place { readonly frame: Frame; readonly node: TfNode; readonly position: number }

export interface Flattener {
  /** The output that a name of the main graph stands for, as `node`, `node:1`. */
  resolve(name: string): Place;
  /** What an input of a node of a frame stands for. */
  input(place: Place, position: number): Place;
  /** Tensors whose number a branch or a loop asked for, and of which only the shapes of the model's inputs can tell. */
  asked(): ReadonlySet<string>;
  /** Whether the main graph has a node of this name. */
  has(node: string): boolean;
  /** Every node that runs when a node of the main graph does: what it waits for, and the whole of every function that is called. */
  effectsOf(node: string): readonly Place[];
  /** Every node that the places need; what is behind a tensor of `stops` is left out. A circle is left in and refused by its operators. */
  flatten(roots: readonly Place[], stops: ReadonlySet<string>): readonly FlatNode[];
}

/** Bounds that no real model comes near: a hostile one could call itself, or double with every call. */
const deepestCalls = 64, mostCalls = 100_000, mostSteps = 100_000, mostTurns = 1000, mostNodes = 500_000, deepestSum = 1000;
const calls: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall', 'SymbolicGradient']);
const branches: ReadonlySet<string> = new Set(['If', 'StatelessIf']);

const byName = (nodes: readonly TfNode[], where: string): ReadonlyMap<string, TfNode> => {
  const map = new Map<string, TfNode>();
  for (const node of nodes) {
    if (map.has(node.name)) refuseImport('model-invalid', `${where} has two nodes called ${node.name}; names of nodes are unique in a graph`);
    map.set(node.name, node);
  }
  return map;
};

export const tensorName = ({ frame, node, position }: Place): string => `${frame.prefix}${node.name}${position === 0 ? '' : `:${position}`}`;

/** `known`: numbers by tensor that the graph alone does not say. */
export const flattener = ({ nodes, functions }: TfGraph, known: ReadonlyMap<string, number> = new Map()): Flattener => {
  const main: Frame = { prefix: '', nodes: byName(nodes, 'the graph'), call: null, depth: 0 };
  const frames = new Map<string, Frame>();
  const bodies = new Map<TfFunction, ReadonlyMap<string, TfNode>>();

  const functionOf = (frame: Frame, node: TfNode, attribute: string): TfFunction => {
    const value = node.attributes.get(attribute), name = value?.kind === 'function' ? value.value : '';
    return functions.get(name) ?? refuseImport('model-invalid', `${node.operator} "${frame.prefix}${node.name}" calls the function ${JSON.stringify(name)}, which the model does not have`);
  };
  /** The function that a node calls with its inputs, or undefined. */
  const calledBy = (frame: Frame, node: TfNode): { readonly body: TfFunction; readonly inputs: readonly string[] } | undefined => {
    const inputs = dataInputs(node);
    if (calls.has(node.operator)) return { body: functionOf(frame, node, 'f'), inputs };
    if (branches.has(node.operator)) {
      const taken = valueOf(resolveIn(frame, inputs[0] ?? ''));
      return taken === undefined ? undefined : { body: functionOf(frame, node, taken !== 0 ? 'then_branch' : 'else_branch'), inputs: inputs.slice(1) };
    }
    const named = functions.get(node.operator);
    return named && { body: named, inputs };
  };

  /** `nodes`: where they are not the function's own. */
  const frameOf = (prefix: string, body: TfFunction, inputs: readonly Named[], depth: number, nodes?: Frame['nodes']): Frame => {
    const known = frames.get(prefix);
    if (known) return known;
    if (frames.size >= mostCalls) return refuseImport('model-invalid', `the model makes more than ${mostCalls} calls of functions; written out it would not end`);
    if (depth > deepestCalls) return refuseImport('model-invalid', `function ${body.name} is called more than ${deepestCalls} calls deep; a function that calls itself cannot be written out`);
    if (!nodes && !bodies.has(body)) bodies.set(body, byName(body.nodes, `function ${body.name}`));
    const made: Frame = { prefix, nodes: nodes ?? bodies.get(body)!, call: { inputs, body }, depth };
    frames.set(prefix, made);
    return made;
  };
  const enter = (frame: Frame, node: TfNode, { body, inputs }: { readonly body: TfFunction; readonly inputs: readonly string[] }): Frame =>
    frameOf(`${frame.prefix}${node.name}/`, body, inputs.map((name) => ({ frame, name })), frame.depth + 1);

  /** The number that a place is known to hold without any input of the model, or undefined. */
  const valueOf = (place: Place, depth = 0): number | undefined => {
    const key = tensorName(place);
    if (values.has(key) || depth > deepestSum) return values.get(key);
    // asked for again meanwhile, it stands in a circle
    values.set(key, undefined);
    const inputs = dataInputs(place.node), value = known.get(key) ?? staticValue(place.node, (position) => (inputs[position] === undefined ? undefined : valueOf(resolveIn(place.frame, inputs[position]), depth + 1)));
    values.set(key, value);
    if (value === undefined && !isStatic(place.node.operator)) asked.add(key);
    return value;
  };
  const values = new Map<string, number | undefined>(), asked = new Set<string>();

  /** The loop that a node is, or is left by; `output` is which of its values an Exit hands out. */
  const loopAt = (frame: Frame, node: TfNode): { readonly loop: Loop; readonly output?: number; readonly name: string; readonly nodes?: Frame['nodes'] } | undefined => {
    if (whileOperators.has(node.operator)) return { loop: { condition: functionOf(frame, node, 'cond'), body: functionOf(frame, node, 'body'), inputs: dataInputs(node) }, name: node.name };
    const framed = node.operator === 'Exit' ? framedLoop(frame.nodes, node) : undefined;
    return framed && { ...framed, name: framed.loop.body.name, nodes: frame.nodes };
  };

  /** A loop's values behind its last turn; undefined where only a run can tell how many turns there are. */
  const afterLoop = (frame: Frame, { loop, name, nodes }: NonNullable<ReturnType<typeof loopAt>>): readonly Named[] | undefined => {
    const key = `${frame.prefix}${name}`;
    if (loops.has(key)) return loops.get(key);
    // a loop that waits for what it makes is never entered
    loops.set(key, undefined);
    let turn: readonly Named[] = loop.inputs.map((input) => ({ frame, name: input }));
    for (let count = 0; ; count++) {
      const result = (made: Frame, body: TfFunction, position: number): Named => {
        const returned = body.returns.get(body.outputs[position] ?? '') ?? refuseImport('model-invalid', `function ${body.name} has no output ${position}, which the loop "${key}" asks for`), argument = body.inputs.indexOf(returned);
        // what goes through unchanged is read where it came from
        return turn[argument] ?? { frame: made, name: returned };
      };
      const test = result(frameOf(`${key}/test${count}/`, loop.condition, turn, frame.depth + 1, nodes), loop.condition, 0), goesOn = valueOf(resolveIn(test.frame, test.name));
      if (goesOn === undefined) return undefined;
      if (goesOn === 0) break;
      if (count >= mostTurns) return refuseImport('node-refused', `the loop "${key}" runs more than ${mostTurns} turns; Loopsmith writes at most so many out, so export the model without it`);
      const body = frameOf(`${key}/turn${count}/`, loop.body, turn, frame.depth + 1, nodes);
      turn = loop.body.outputs.map((_, position) => result(body, loop.body, position));
    }
    loops.set(key, turn);
    return turn;
  };
  const loops = new Map<string, readonly Named[] | undefined>();

  /** Follows names through arguments, calls and branches to a node that computes; `name` is as the frame writes it. */
  const resolveIn = (start: Frame, written: string): Place => {
    if (questions >= deepestCalls) return refuseImport('model-invalid', `whether ${start.prefix}${written} is computed depends on more than ${deepestCalls} conditions in a row; such a model cannot be written out`);
    questions++;
    try {
      return followed(start, written);
    } finally {
      questions--;
    }
  };
  /** Conditions that are being asked for one inside the other. */
  let questions = 0;

  const followed = (start: Frame, written: string): Place => {
    let frame = start, name = written;
    for (let steps = 0; ; steps++) {
      if (steps > mostSteps) return refuseImport('model-invalid', `${start.prefix}${written} stands for itself in a circle of ${mostSteps} names and more`);
      if (frame.call) {
        // the first output of a node goes by two names, and may be a value of a loop
        const { body, inputs } = frame.call, argument = body.inputs.indexOf(name.replace(/:0$/, ''));
        if (argument >= 0) {
          ({ frame, name } = inputs[argument] ?? refuseImport('model-invalid', `function ${body.name} is called without its argument ${name}`));
          continue;
        }
      }
      const [, nodeName = name, first, second] = /^([^:]*)(?::([^:]*))?(?::(\d+))?$/.exec(name) ?? [];
      const node = frame.nodes.get(nodeName) ?? refuseImport('model-invalid', `the model reads ${frame.prefix}${name}, which no node makes`);
      const position = first === undefined ? 0 : second === undefined ? Number(first) : outputPosition(node, first, Number(second), functions);
      if (!Number.isInteger(position)) return refuseImport('model-invalid', `the model reads ${frame.prefix}${name}, which is no output of ${node.operator}`);
      const called = calledBy(frame, node);
      if (called) {
        const inner = enter(frame, node, called), output = called.body.outputs[position], returned = output === undefined ? undefined : called.body.returns.get(output);
        name = returned ?? refuseImport('model-invalid', `the model reads output ${position} of ${node.operator} "${frame.prefix}${node.name}", and function ${called.body.name} has ${called.body.outputs.length}`);
        frame = inner;
        continue;
      }
      const looped = loopAt(frame, node), last = looped && afterLoop(frame, looped);
      if (last) {
        ({ frame, name } = last[looped.output ?? position] ?? refuseImport('model-invalid', `the model reads output ${position} of ${node.operator} "${frame.prefix}${node.name}", which has ${last.length} values`));
        continue;
      }
      if (node.operator === 'Switch' || node.operator === 'Merge') {
        const taken = throughSwitch(frame, node, position);
        if (taken) { ({ frame, name } = taken); continue; }
      }
      return { frame, node, position };
    }
  };

  /** Old branches: a Switch hands its data to one of two outputs, a Merge takes what arrives. With a constant predicate both are copies. */
  const throughSwitch = (frame: Frame, node: TfNode, position: number): { readonly frame: Frame; readonly name: string } | undefined => {
    if (node.operator === 'Switch') return valueOf(resolveIn(frame, node.inputs[1] ?? '')) === undefined ? undefined : { frame, name: node.inputs[0] ?? '' };
    if (position !== 0) return undefined;
    const alive = node.inputs.filter((input) => !input.startsWith('^')).map((input) => ({ input, alive: arrives(frame, input) }));
    const [only] = alive.filter((one) => one.alive === true);
    return only && alive.every((one) => one === only || one.alive === false) ? { frame, name: only.input } : undefined;
  };

  /** Whether a value arrives at a name: not behind the side of a Switch that is not taken. undefined: nobody knows before run time. */
  const arrives = (frame: Frame, start: string): boolean | undefined => {
    const rest = [start], seen = new Set<string>();
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (seen.has(name) || frame.call) continue;
      seen.add(name);
      const [nodeName = '', output] = name.replace(/^\^/, '').split(':'), node = frame.nodes.get(nodeName);
      if (!node || node.operator === 'NextIteration') return undefined;
      if (node.operator === 'Switch') {
        const flag = valueOf(resolveIn(frame, node.inputs[1] ?? ''));
        if (flag === undefined) return undefined;
        if ((flag !== 0) !== (output === '1')) return false;
      }
      rest.push(...(node.operator === 'Switch' ? node.inputs.slice(0, 1) : node.operator === 'Merge' ? [] : node.inputs));
    }
    return true;
  };

  const effectsOf = (name: string): readonly Place[] => {
    const first = main.nodes.get(name), found: Place[] = [], rest: (readonly [Frame, TfNode])[] = first ? [[main, first]] : [], seen = new Set<string>();
    for (let next = rest.pop(); next; next = rest.pop()) {
      const [frame, node] = next, key = `${frame.prefix}${node.name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const called = calledBy(frame, node);
      if (called) {
        const inner = enter(frame, node, called);
        for (const each of inner.nodes.values()) rest.push([inner, each]);
        continue;
      }
      found.push({ frame, node, position: 0 });
      if (frame.call) continue;
      for (const input of node.inputs) {
        const before = frame.nodes.get(input.replace(/^\^/, '').replace(/:\d+$/, ''));
        if (before) rest.push([frame, before]);
      }
    }
    return found;
  };

  const flatten = (roots: readonly Place[], stops: ReadonlySet<string>): readonly FlatNode[] => {
    const order: FlatNode[] = [], states = new Map<string, 'open' | 'done'>(), outputs = new Map<string, Map<number, string>>();
    const use = (place: Place): void => {
      const key = `${place.frame.prefix}${place.node.name}`, used = outputs.get(key) ?? new Map<number, string>();
      outputs.set(key, used.set(place.position, tensorName(place)));
    };
    const stack: { readonly place: Place; readonly inputs: readonly Place[]; next: number }[] = [];
    const visit = (place: Place): void => {
      use(place);
      const key = `${place.frame.prefix}${place.node.name}`;
      if (states.has(key)) return;
      states.set(key, 'open');
      if (states.size > mostNodes) refuseImport('model-invalid', `written out, the model has more than ${mostNodes} nodes; Loopsmith takes at most so many`);
      stack.push({ place, inputs: stops.has(tensorName(place)) ? [] : dataInputs(place.node).map((input) => resolveIn(place.frame, input)), next: 0 });
    };
    for (const root of roots) {
      visit(root);
      for (let top = stack.at(-1); top; top = stack.at(-1)) {
        const input = top.inputs[top.next++];
        if (input) { visit(input); continue; }
        stack.pop();
        const { frame, node } = top.place, name = `${frame.prefix}${node.name}`;
        states.set(name, 'done');
        order.push({ name, operator: node.operator, attributes: node.attributes, inputs: top.inputs.map(tensorName), outputs: [] });
      }
    }
    return order.map((node) => {
      const used = outputs.get(node.name)!, most = Math.max(...used.keys());
      return { ...node, outputs: Array.from({ length: most + 1 }, (_, position) => used.get(position) ?? '') };
    });
  };

  return {
    resolve: (name) => resolveIn(main, name),
    input: (place, position) => resolveIn(place.frame, dataInputs(place.node)[position] ?? refuseImport('model-invalid', `${place.node.operator} "${place.frame.prefix}${place.node.name}" has no input ${position}`)),
    asked: () => asked,
    has: (name) => main.nodes.has(name),
    effectsOf, flatten,
  };
};

/** Names that begin with ^ only say what has to run before. */
const dataInputs = (node: TfNode): readonly string[] => node.inputs.filter((input) => !input.startsWith('^'));
