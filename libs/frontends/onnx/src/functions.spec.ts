/** Functions of a model: written out at their calls with names, attributes and versions of their own, and what is refused. Built here, not read from files. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeModel, type OnnxAttribute, type OnnxFunction, type OnnxNode, type OnnxValue } from '@loopsmith/onnx-file';
import { unwrap } from '@loopsmith/util';
import { onnx } from './index.js';

const value = (name: string, shape: OnnxValue['shape'] = [2], elementType = 1): OnnxValue => ({ name, elementType, shape });
const node = (operator: string, inputs: readonly string[], outputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}, domain = ''): OnnxNode =>
  ({ name: `my${operator}`, operator, domain, inputs, outputs, attributes: new Map(Object.entries(attributes)) });
const call = (operator: string, inputs: readonly string[], outputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxNode => node(operator, inputs, outputs, attributes, 'own');
const body = (name: string, inputs: readonly string[], outputs: readonly string[], nodes: readonly OnnxNode[], defaults: OnnxFunction['defaults'] = new Map()): OnnxFunction => ({ domain: 'own', name, inputs, outputs, nodes, defaults });
const float = (value: number): OnnxAttribute => ({ kind: 'float', value });
const from = (value: string): OnnxAttribute => ({ kind: 'reference', value });

const file = (functions: readonly OnnxFunction[], nodes: readonly OnnxNode[], outputs: readonly string[] = ['y'], opsets: readonly (readonly [string, number])[] = [['', 18], ['own', 1]]): Uint8Array =>
  writeModel({ irVersion: 10, producer: 'spec', opsets: new Map(opsets), functions, graph: { name: 'g', inputs: [value('x')], outputs: outputs.map((name) => value(name)), initializers: [], nodes } });
const imported = (bytes: Uint8Array): Graph => unwrap(onnx.import(bytes, { name: 'm', shapes: {} }));
/** Outputs in order, for x = [-1, 10]. */
const answers = (bytes: Uint8Array): readonly (readonly number[])[] => {
  const graph = imported(bytes), computed = evaluateGraph(graph, new Map([['x', fromNumbers('f32', [2], [-1, 10])]]));
  return graph.outputs.map((name) => [...toNumbers(computed.get(name)!)]);
};
const refusal = (bytes: Uint8Array): string => {
  const outcome = onnx.import(bytes, { name: 'm', shapes: {} });
  return outcome.ok ? 'imported' : outcome.failure.message;
};

describe('functions of an ONNX model', () => {
  const leaky = body('Leaky', ['a'], ['b'], [node('LeakyRelu', ['a'], ['t'], { alpha: from('slope') }), node('Add', ['t', 't'], ['b'])], new Map([['slope', float(0.5)]]));

  it('are written out where they are called, with the attributes of the call, else those of the function', () => {
    expect(answers(file([leaky], [call('Leaky', ['x'], ['u'], { slope: float(0.25) }), call('Leaky', ['u'], ['y'])]))).to.deep.equal([[-0.5, 40]]);
    const bare = body('Leaky', ['a'], ['b'], [node('LeakyRelu', ['a'], ['b'], { alpha: from('slope') })]);
    // neither says it, so LeakyRelu's own default holds
    expect(answers(file([bare], [call('Leaky', ['x'], ['y'])]))).to.deep.equal([[Math.fround(-0.01), 10]]);
  });
  it('call functions, hand inputs through, and leave out outputs that nobody reads', () => {
    const both = body('Both', ['a'], ['first', 'a', 'rest'], [call('Leaky', ['a'], ['first']), node('Neg', ['first'], ['rest'])]);
    expect(answers(file([leaky, both], [call('Both', ['x'], ['p', 'q', '']), node('Add', ['p', 'q'], ['y'])]))).to.deep.equal([[-2, 30]]);
    expect(answers(file([leaky, both], [call('Both', ['x'], ['y', 'z'])], ['y', 'z']))).to.deep.equal([[-1, 20], [-1, 10]]);
  });
  it('hold branches that read the function\'s own tensors', () => {
    const branch = (operator: string): OnnxAttribute => ({ kind: 'graph', value: { name: 'b', inputs: [], outputs: [value('r')], initializers: [], nodes: [node(operator, ['a'], ['r'])] } });
    const choice = body('Choice', ['a'], ['b'], [node('Constant', [], ['c'], { value: { kind: 'tensor', value: { ...fromNumbers('bool', [], [0]), name: '' } } }), node('If', ['c'], ['b'], { then_branch: branch('Relu'), else_branch: branch('Neg') })]);
    expect(answers(file([choice], [call('Choice', ['x'], ['u']), call('Choice', ['u'], ['v']), node('Neg', ['v'], ['y'])]))).to.deep.equal([[1, -10]]);
  });
  it('bring a domain\'s version where the model names none', () => {
    expect(answers(file([leaky], [call('Leaky', ['x'], ['y'])], ['y'], [['own', 1], ['', 18]]))).to.deep.equal([[-1, 20]]);
  });

  it('that call themselves are refused, and unknown operators in them are named', () => {
    const again = body('Again', ['a'], ['b'], [call('Again', ['a'], ['b'])]);
    expect(refusal(file([again], [call('Again', ['x'], ['y'])]))).to.equal('Again "u" is a function of the model that calls itself; such a function cannot be written out'.replace('"u"', '"y/myAgain"'));
    const odd = body('Odd', ['a'], ['b'], [node('Nonsense', ['a'], ['b'])]);
    expect(refusal(file([odd], [call('Odd', ['x'], ['u']), call('Odd', ['u'], ['y'])]))).to.equal('the model uses an operator that Loopsmith does not import: Nonsense (nodes myNonsense, myNonsense); export the model without it');
    const hollow = body('Hollow', ['a'], ['b'], []);
    expect(refusal(file([hollow], [call('Hollow', ['x'], ['y'])]))).to.equal('Hollow "myHollow" is a function of the model whose output b nothing makes; export the model again');
  });
});
