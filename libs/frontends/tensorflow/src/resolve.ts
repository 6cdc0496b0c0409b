/**
 * What a name of a graph with functions stands for: names are followed through arguments, calls, branches whose condition is
 * known and loops whose number of turns is known, to a node that computes. What decides at run time stays a node.
 */
import { refuseImport } from '@loopsmith/frontend-shared';
import type { TfFunction, TfGraph, TfNode } from '@loopsmith/tensorflow-file';
import { deepestCalls, keyOf, outputKey, type Frame, type Frames, type Named, type Place } from './frames.js';
import { dataInputs, framedLoop, whileOperators, type Loop } from './loops.js';
import { outputPosition } from './output-names.js';
import { isStatic, staticValue } from './static-value.js';

interface Resolver {
  /** The output that a name stands for as the frame writes it: `node`, `node:1`, `node:z:0`, an argument. */
  resolve(frame: Frame, name: string): Place;
  /** The frame that a node calls, or undefined. */
  called(frame: Frame, node: TfNode): Frame | undefined;
  /** Keys of outputs whose number a branch or a loop asked for, and of which only the shapes of the model's inputs can tell. */
  asked(): ReadonlyMap<string, Place>;
}

/** Bounds that no real model comes near. */
const mostSteps = 100_000, mostTurns = 1000, deepestSum = 1000, mostOutputs = 2 ** 16;
const calls: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall', 'SymbolicGradient']);
const branches: ReadonlySet<string> = new Set(['If', 'StatelessIf']);

/** `known`: numbers by key of the output, which the graph alone does not say. */
export const resolver = (frames: Frames, functions: TfGraph['functions'], known: ReadonlyMap<string, number>): Resolver => {
  /** Numbers by key of the output; undefined where nobody knows, or while one is asked for. */
  const values = new Map<string, number | undefined>(), asked = new Map<string, Place>();
  /** By key: a loop's values behind its last turn; undefined where nobody knows, or while it is asked for. */
  const loops = new Map<string, readonly Named[] | undefined>();
  /** Conditions that are being asked for one inside the other. */
  let questions = 0;

  const functionOf = (frame: Frame, node: TfNode, attribute: string): TfFunction => {
    const value = node.attributes.get(attribute), name = value?.kind === 'function' ? value.value : '';
    return (
      functions.get(name) ??
      refuseImport(
        'model-invalid',
        `${node.operator} "${frame.prefix}${node.name}" calls the function ${JSON.stringify(name)}, which the model does not have`,
      )
    );
  };

  /** The function that a node calls with its inputs, or undefined. */
  const calledBy = (frame: Frame, node: TfNode): { readonly body: TfFunction; readonly inputs: readonly string[] } | undefined => {
    const inputs = dataInputs(node);
    if (calls.has(node.operator)) return { body: functionOf(frame, node, 'f'), inputs };
    if (branches.has(node.operator)) {
      const taken = valueOf(resolve(frame, inputs[0] ?? ''));
      return taken === undefined ? undefined : { body: functionOf(frame, node, taken !== 0 ? 'then_branch' : 'else_branch'), inputs: inputs.slice(1) };
    }
    const named = functions.get(node.operator);
    return named && { body: named, inputs };
  };
  const called = (frame: Frame, node: TfNode): Frame | undefined => {
    const found = calledBy(frame, node);
    return found && frames.inside(frame, node.name, '', found.body, found.inputs.map((name) => ({ frame, name })));
  };

  /** The number that a place is known to hold without any input of the model, or undefined. */
  const valueOf = (place: Place, depth = 0): number | undefined => {
    const key = outputKey(place);
    if (values.has(key) || depth > deepestSum) return values.get(key);
    // asked for again meanwhile, it stands in a circle
    values.set(key, undefined);
    const inputs = dataInputs(place.node),
      value =
        known.get(key) ??
        staticValue(place.node, (position) =>
          inputs[position] === undefined ? undefined : valueOf(resolve(place.frame, inputs[position]), depth + 1),
        );
    values.set(key, value);
    if (value === undefined && !isStatic(place.node.operator)) asked.set(key, place);
    return value;
  };

  /** The loop that a node is, or is left by; `output` is which of its values an Exit hands out. */
  const loopAt = (frame: Frame, node: TfNode): { readonly loop: Loop; readonly output?: number; readonly name: string; readonly nodes?: Frame['nodes'] } | undefined => {
    if (whileOperators.has(node.operator))
      return {
        loop: { condition: functionOf(frame, node, 'cond'), body: functionOf(frame, node, 'body'), inputs: dataInputs(node) },
        name: node.name,
      };
    const framed = node.operator === 'Exit' ? framedLoop(frame.nodes, node) : undefined;
    return framed && { ...framed, name: framed.loop.body.name, nodes: frame.nodes };
  };

  /** A loop's values behind its last turn; undefined where only a run can tell how many turns there are. */
  const afterLoop = (frame: Frame, { loop, name, nodes }: NonNullable<ReturnType<typeof loopAt>>): readonly Named[] | undefined => {
    const key = keyOf(frame, name), shown = `${frame.prefix}${name}`;
    if (loops.has(key)) return loops.get(key);
    // a loop that waits for what it makes is never entered
    loops.set(key, undefined);
    let turn: readonly Named[] = loop.inputs.map((input) => ({ frame, name: input }));
    for (let count = 0; ; count++) {
      const result = (made: Frame, body: TfFunction, position: number): Named => {
        const returned =
            body.returns.get(body.outputs[position] ?? '') ??
            refuseImport('model-invalid', `function ${body.name} has no output ${position}, which the loop "${shown}" asks for`),
          argument = body.inputs.indexOf(returned);
        // what goes through unchanged is read where it came from
        return turn[argument] ?? { frame: made, name: returned };
      };
      const test = result(frames.inside(frame, name, `test${count}`, loop.condition, turn, nodes), loop.condition, 0), goesOn = valueOf(resolve(test.frame, test.name));
      if (goesOn === undefined) return undefined;
      if (goesOn === 0) break;
      if (count >= mostTurns)
        return refuseImport(
          'node-refused',
          `the loop "${shown}" runs more than ${mostTurns} turns; Loopsmith writes at most so many out, so export the model without it`,
        );
      const body = frames.inside(frame, name, `turn${count}`, loop.body, turn, nodes);
      turn = loop.body.outputs.map((_, position) => result(body, loop.body, position));
    }
    loops.set(key, turn);
    return turn;
  };

  const resolve = (start: Frame, written: string): Place => {
    if (questions >= deepestCalls)
      return refuseImport(
        'model-invalid',
        `whether ${start.prefix}${written} is computed depends on more than ${deepestCalls} conditions in a row; such a model cannot be written out`,
      );
    questions++;
    try {
      return followed(start, written);
    } finally {
      questions--;
    }
  };

  const followed = (start: Frame, written: string): Place => {
    let frame = start, name = written;
    for (let steps = 0; ; steps++) {
      if (steps > mostSteps) return refuseImport('model-invalid', `${start.prefix}${written} stands for itself in a circle of ${mostSteps} names and more`);
      if (frame.call) {
        // the first output of a node goes by two names, and may be a value of a loop
        const { body, inputs, argumentOf } = frame.call, argument = argumentOf.get(name.replace(/:0$/, ''));
        if (argument !== undefined) {
          ({ frame, name } = inputs[argument] ?? refuseImport('model-invalid', `function ${body.name} is called without its argument ${name}`));
          continue;
        }
      }
      const [, nodeName = name, first, second] = /^([^:]*)(?::([^:]*))?(?::(\d+))?$/.exec(name) ?? [];
      const node = frame.nodes.get(nodeName) ?? refuseImport('model-invalid', `the model reads ${frame.prefix}${name}, which no node makes`);
      const position = first === undefined ? 0 : second === undefined ? Number(first) : outputPosition(node, first, Number(second), functions);
      if (!Number.isInteger(position) || position >= mostOutputs)
        return refuseImport('model-invalid', `the model reads ${frame.prefix}${name}, which is no output of ${node.operator}`);
      const inner = called(frame, node);
      if (inner) {
        const { body } = inner.call!, output = body.outputs[position], returned = output === undefined ? undefined : body.returns.get(output);
        name =
          returned ??
          refuseImport(
            'model-invalid',
            `the model reads output ${position} of ${node.operator} "${frame.prefix}${node.name}", and function ${body.name} has ${body.outputs.length}`,
          );
        frame = inner;
        continue;
      }
      const looped = loopAt(frame, node), last = looped && afterLoop(frame, looped);
      if (last) {
        ({ frame, name } =
          last[looped.output ?? position] ??
          refuseImport(
            'model-invalid',
            `the model reads output ${position} of ${node.operator} "${frame.prefix}${node.name}", which has ${last.length} values`,
          ));
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
  const throughSwitch = (frame: Frame, node: TfNode, position: number): Named | undefined => {
    if (node.operator === 'Switch') return valueOf(resolve(frame, node.inputs[1] ?? '')) === undefined ? undefined : { frame, name: node.inputs[0] ?? '' };
    if (position !== 0) return undefined;
    const alive = dataInputs(node).map((input) => ({ input, alive: arrives(frame, input) }));
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
        const flag = valueOf(resolve(frame, node.inputs[1] ?? ''));
        if (flag === undefined) return undefined;
        if ((flag !== 0) !== (output === '1')) return false;
      }
      rest.push(...(node.operator === 'Switch' ? node.inputs.slice(0, 1) : node.operator === 'Merge' ? [] : node.inputs));
    }
    return true;
  };

  return { resolve, called, asked: () => asked };
};
