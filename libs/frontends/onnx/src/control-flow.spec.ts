/** Branches, loops and scans written out: what they compute, how often they run, and what they share. What is refused is in hostile.spec.ts. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeModel, type OnnxAttribute, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxTensor, type OnnxValue } from '@loopsmith/onnx-file';
import { unwrap } from '@loopsmith/util';
import { onnx } from './index.js';

const value = (name: string, shape: OnnxValue['shape'] = [2], elementType = 1): OnnxValue => ({ name, elementType, shape });
const node = (operator: string, inputs: readonly string[], outputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxNode =>
  ({ name: `my${operator}`, operator, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) });
const graph = (nodes: readonly OnnxNode[], inputs: readonly OnnxValue[], outputs: readonly string[], initializers: readonly OnnxTensor[] = []): OnnxGraph =>
  ({ name: 'g', inputs, outputs: outputs.map((name) => value(name)), initializers, nodes });
const body = (of: OnnxGraph): OnnxAttribute => ({ kind: 'graph', value: of });
const int = (i: number): OnnxAttribute => ({ kind: 'int', value: BigInt(i) });
const constant = (name: string, dtype: 'i64' | 'bool' | 'f32', shape: readonly number[], values: readonly number[]): OnnxTensor => ({ ...fromNumbers(dtype, shape, values), name });

const imported = (of: OnnxGraph): Graph => unwrap(onnx.import(writeModel({ irVersion: 10, producer: 'spec', opsets: new Map([['', 21]]), graph: of }), { name: 'm', shapes: {} }));
/** Outputs in order; `x` is [1, 10] where nothing else is said. */
const answers = (of: Graph, inputs: Readonly<Record<string, TensorData>> = {}): readonly (readonly number[])[] => {
  const computed = evaluateGraph(of, new Map(Object.entries({ x: fromNumbers('f32', [2], [1, 10]), ...inputs })));
  return of.outputs.map((name) => [...toNumbers(computed.get(name)!)]);
};

const branches = { then_branch: body(graph([node('Neg', ['x'], ['t'])], [], ['t'])), else_branch: body(graph([node('Add', ['x', 'x'], ['u'])], [], ['u'])) };

describe('ONNX control flow', () => {
  it('takes the branch that a constant decides, and holds nothing of the other', () => {
    const of = (holds: number): Graph => imported(graph([node('If', ['c'], ['y'], branches)], [value('x')], ['y'], [constant('c', 'bool', [], [holds])]));
    expect([answers(of(1)), answers(of(0))]).to.deep.equal([[[-1, -10]], [[2, 20]]]);
    expect(of(1).nodes.map(({ operator }) => operator)).to.deep.equal(['negate', 'identity']);
  });

  it('takes the branch that the arithmetic of shapes decides', () => {
    const of = imported(graph([node('Shape', ['x'], ['s']), node('Equal', ['s', 'two'], ['c']), node('If', ['c'], ['y'], branches)], [value('x')], ['y'], [constant('two', 'i64', [1], [2])]));
    expect(answers(of)).to.deep.equal([[-1, -10]]);
  });

  it('computes both branches and chooses where only run time knows', () => {
    const of = imported(graph([node('If', ['c'], ['y'], branches)], [value('x'), value('c', [1], 9)], ['y']));
    expect([1, 0].map((holds) => answers(of, { c: fromNumbers('bool', [1], [holds]) }))).to.deep.equal([[[-1, -10]], [[2, 20]]]);
  });

  // s' = s * w + i, and s' of every turn; w is a constant of the body, x one from around it
  const turns = graph(
    [node('Cast', ['i'], ['f'], { to: int(1) }), node('Mul', ['s', 'w'], ['p']), node('Add', ['p', 'f'], ['t']), node('Sub', ['t', 'x'], ['each']), node('Less', ['i', 'last'], ['go'])],
    [value('i', [], 7), value('c', [], 9), value('s')], ['go', 't', 'each'], [constant('w', 'f32', [2], [2, 3]), constant('last', 'i64', [], [1])],
  );
  const looped = (count: number | undefined, scope = turns): Graph =>
    imported(graph([node('Loop', [count === undefined ? '' : 'm', '', 'x'], ['y', 'all'], { body: body(scope) })], [value('x')], ['y', 'all'], count === undefined ? [] : [constant('m', 'i64', [], [count])]));

  it('runs a loop as often as its count says, or until its condition ends it', () => {
    expect(answers(looped(1))).to.deep.equal([[2, 30], [1, 20]]);
    // the condition of turn 1 is false: two turns, whatever the count
    expect(answers(looped(5))).to.deep.equal([[5, 91], [1, 20, 4, 81]]);
    expect(answers(looped(undefined))).to.deep.equal([[5, 91], [1, 20, 4, 81]]);
  });
  it('declares the constants of a body once', () => {
    const of = looped(5);
    expect([...of.tensors.keys()].filter((name) => name.endsWith('/w'))).to.deep.equal(['y/w']);
  });
  it('tells apart loops of one name, and what a body makes from what a turn is given', () => {
    const state = graph([node('Identity', ['i'], ['number']), node('Cast', ['number'], ['condition'], { to: int(1) }), node('Add', ['s', 'condition'], ['t']), node('Identity', ['c'], ['d'])], [value('i', [], 7), value('c', [], 9), value('s')], ['d', 't']);
    const two = graph([node('Loop', ['m', '', 'x'], ['u'], { body: body(state) }), node('Loop', ['m', '', 'u'], ['y'], { body: body(state) })], [value('x')], ['y'], [constant('m', 'i64', [], [3])]);
    expect(answers(imported(two))).to.deep.equal([[7, 16]]);
    // names of the model that look like those inside of a loop
    const alike = graph([node('Neg', ['x'], ['y/0/t']), node('Loop', ['m', '', 'y/0/t'], ['y'], { body: body(state) })], [value('x')], ['y'], [constant('m', 'i64', [], [3]), constant('y/0/number', 'f32', [2], [0, 0])]);
    expect(answers(imported(alike))).to.deep.equal([[2, -7]]);
    const branched = graph([node('If', ['c'], ['u'], branches), node('If', ['c'], ['v'], branches), node('Add', ['u', 'v'], ['y'])], [value('x'), value('c', [1], 9)], ['y']);
    expect(answers(imported(branched), { c: fromNumbers('bool', [1], [0]) })).to.deep.equal([[4, 40]]);
  });
  it('answers a loop that never runs with what it was given, and refuses an output that only a run shapes', () => {
    const state = graph([node('Relu', ['s'], ['t'])], [value('i', [], 7), value('c', [], 9), value('s')], ['c', 't']);
    expect(answers(imported(graph([node('Loop', ['m', '', 'x'], ['y'], { body: body(state) })], [value('x')], ['y'], [constant('m', 'i64', [], [0])])))).to.deep.equal([[1, 10]]);
    expect(() => looped(0)).to.throw('Loop "myLoop" never runs, and the shape of its output 1 is only known from a run; take the output out of the model');
  });

  it('scans sequences, back to front where it is told to', () => {
    const step = graph([node('Add', ['s', 'e'], ['t']), node('Neg', ['t'], ['each'])], [value('s', []), value('e', [])], ['t', 'each']);
    const of = (more: Readonly<Record<string, OnnxAttribute>>): Graph => imported(graph([node('Scan', ['zero', 'x'], ['y', 'all'], { num_scan_inputs: int(1), body: body(step), ...more })], [value('x')], ['y', 'all'], [constant('zero', 'f32', [], [0])]));
    const ones: OnnxAttribute = { kind: 'ints', value: [1n] };
    expect(answers(of({}))).to.deep.equal([[11], [-1, -11]]);
    expect(answers(of({ scan_input_directions: ones }))).to.deep.equal([[11], [-10, -11]]);
    expect(answers(of({ scan_output_directions: ones }))).to.deep.equal([[11], [-11, -1]]);
  });
  it('refuses the first version of Scan', () => {
    const scan: OnnxModel = { irVersion: 10, producer: 'spec', opsets: new Map([['', 8]]), graph: graph([node('Scan', ['', 'x'], ['y'], { num_scan_inputs: int(1), body: body(graph([node('Neg', ['e'], ['t'])], [value('e', [])], ['t'])) })], [value('x', [1, 2])], ['y']) };
    expect(() => unwrap(onnx.import(writeModel(scan), { name: 'm', shapes: {} }))).to.throw('Scan "myScan" is of operator set 8, where it went over a batch too; Loopsmith reads Scan as of operator set 9: export the model for that or a later one');
  });
  it('writes every step of a scan with the same nodes', () => {
    const step = graph([node('Add', ['e', 'e'], ['t'])], [value('e', [])], ['t']);
    const of = imported(graph([node('Scan', ['x'], ['y'], { num_scan_inputs: int(1), body: body(step) })], [value('x')], ['y']));
    expect(of.nodes.filter(({ operator }) => operator === 'gather').map(({ attributes }) => attributes)).to.deep.equal([{ axis: 0 }, { axis: 0 }]);
  });
});
