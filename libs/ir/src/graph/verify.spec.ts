/** What verifyGraph and verifyNetwork find: one broken form per fault, and a sound one without any. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { plus, scale } from '../index/index-expression.js';
import * as build from '../tensor/build.js';
import { fromNumbers } from '../tensor/data.js';
import type { Input } from '../tensor/tensor.js';
import { blockedLayout, plainLayout } from '../tensor/layout.js';
import { callLayout, layoutsOfCall } from './call-layout.js';
import type { Graph } from './graph.js';
import type { Call, Network, NetworkTensor } from './network.js';
import { parseGraph } from '../testing/parse-graph.js';
import { verifyGraph, verifyNetwork } from './verify.js';

const graph = unwrap(parseGraph('graph g(x: f32[2]) -> z\n  c: f32[2] = 1, 2\n  y: f32[2] = add(x, c)\n  z: f32[2] = relu(y)\n'));
const withTensor = (name: string, change: object): Graph => ({ ...graph, tensors: new Map(graph.tensors).set(name, { ...graph.tensors.get(name)!, ...change }) });

describe('verifyGraph', () => {
  it('finds nothing in a sound graph, nor where an output is listed twice', () => { for (const sound of [graph, { ...graph, outputs: ['z', 'z'] }]) expect(verifyGraph(sound)).to.deep.equal([]); });
  const broken: readonly (readonly [string, Graph, readonly string[]])[] = [
    ['order', { ...graph, nodes: graph.nodes.toReversed() }, ['node "z" reads y before anything makes it']],
    ['a tensor made twice', { ...graph, nodes: [graph.nodes[0]!, { ...graph.nodes[1]!, name: 'again', outputs: ['y'] }, graph.nodes[1]!] }, ['node "again" makes y a second time']],
    ['a node name twice', { ...graph, nodes: [graph.nodes[0]!, { ...graph.nodes[1]!, name: 'y' }] }, ['two nodes are called "y"']],
    ['an output that nothing makes', { ...graph, outputs: ['w'] }, ['nothing makes the output w']],
    ['a tensor that nothing makes', withTensor('w', { name: 'w', dtype: 'f32', shape: [1] }), ['nothing makes w']],
    ['a missing tensor', { ...graph, tensors: new Map([...graph.tensors].filter(([name]) => name !== 'z')) }, ['node "z" makes z, which is not among the tensors']],
    ['a value of the wrong size', withTensor('c', { data: fromNumbers('f32', [3], [1, 2, 3]) }), ['tensor c is f32[2], but its value is f32 with 3 elements']],
    ['an input with a value', withTensor('x', { data: fromNumbers('f32', [2], [1, 2]) }), ['input x has a value']],
    ['an input listed twice', { ...graph, inputs: ['x', 'x'] }, ['input x is listed twice']],
    ['an open extent', withTensor('y', { shape: [0] }), ['tensor y has shape [0]; every extent must be a positive integer', 'node "z" reads y, which has no elements']],
    ['a negative extent', withTensor('x', { shape: [-1] }), ['tensor x has shape [-1]; every extent must be an integer that is not negative']],
    ['a node that reads nothing', withTensor('x', { shape: [0] }), ['node "y" reads x, which has no elements']],
  ];
  for (const [what, form, faults] of broken) it(`finds ${what}`, () => { expect(verifyGraph(form)).to.deep.equal(faults); });
});

const [{ n, c, y, x }, axes] = build.axesOf({ n: 1, c: 12, y: 2, x: 3 });
const X = build.input('X', 'f32', [1, 12, 2, 3]), R = build.input('R', 'f32', [12], 'compile');
const call: Call = {
  name: 'scale', label: 'multiply 1x12x2x3', inputs: ['in', 'r'], output: 'out', inPlace: null,
  definition: { name: 'elementwise', inputs: [X, R], tables: [], stages: [build.stage('Y', 'f32', axes, build.binary('multiply', build.load(X, n, c, y, x), build.load(R, c)))] },
};
const plain = (name: string, shape: readonly number[]): NetworkTensor => ({ name, dtype: 'f32', shape, layout: plainLayout(shape) });
const network: Network = {
  name: 'n', inputs: ['in'], outputs: ['out'], calls: [call],
  tensors: new Map([plain('in', X.shape), { ...plain('r', [12]), data: fromNumbers('f32', [12], Array(12).fill(1)) }, plain('out', X.shape)].map((tensor) => [tensor.name, tensor])),
};
const changed = (name: string, change: Partial<NetworkTensor>): Network => ({ ...network, tensors: new Map(network.tensors).set(name, { ...network.tensors.get(name)!, ...change }) });

describe('verifyNetwork', () => {
  it('finds nothing in a sound network', () => { expect(verifyNetwork(network)).to.deep.equal([]); });
  const halved = plainLayout(X.shape).map((dim, i) => (i === 1 ? { ...dim, size: 6 } : dim));
  const broken: readonly (readonly [string, Network, readonly string[]])[] = [
    ['a layout without room', changed('in', { layout: halved }), ['tensor in cannot be stored as planned: element 6 of axis 1 lies outside the stored extent', 'tensor in belongs to the signature, yet is not stored densely']],
    ['a padded signature', changed('out', { layout: blockedLayout(X.shape, 1, 8) }), ['tensor out belongs to the signature, yet is not stored densely']],
    ['an offset without a slice', changed('r', { layout: [{ axis: 0, offset: 4, divide: 1, modulo: null, size: 16 }] }), ['tensor r is no slice, yet its layout has an offset']],
    ['another dtype', changed('in', { dtype: 'f64' }), ['call "scale" sees in as X of f32, but it is f64']],
    ['another shape', changed('in', { shape: [1, 2, 12, 3], layout: plainLayout([1, 2, 12, 3]) }), ['call "scale" sees in as X of shape [1,12,2,3], but it has shape [1,2,12,3]']],
    ['a weight without a value', { ...network, inputs: ['in', 'r'], tensors: new Map(network.tensors).set('r', plain('r', [12])) }, ['call "scale" sees r as R, an input of compile time, but its value is not known']],
    ['a missing operand', { ...network, calls: [{ ...call, inputs: ['in'] }] }, ['call "scale" passes 1 tensors to 2 inputs']],
    ['a call name twice', { ...network, outputs: ['out', 'more'], calls: [call, { ...call, output: 'more' }], tensors: new Map(network.tensors).set('more', plain('more', X.shape)) }, ['two calls are called "scale"']],
    ['an unsound definition', { ...network, calls: [{ ...call, definition: { ...call.definition, stages: [build.stage('Y', 'f32', axes, build.load(R, c, y))] } }] }, ['call "scale": elementwise: stage Y loads R[c, y] with 2 coordinates, but R has rank 1']],
  ];
  for (const [what, form, faults] of broken) it(`finds ${what}`, () => { expect(verifyNetwork(form)).to.deep.equal(faults); });
});

describe('verifyNetwork, memory that a call takes', () => {
  const Z = build.input('Z', 'f32', X.shape), sum = build.binary('add', build.load(X, n, c, y, x), build.load(Z, n, c, y, x)), flip = build.load(X, n, c, y, plus(scale(x, -1), 2));
  const computing = (value: Parameters<typeof build.stage>[3], operands: readonly Input[] = [X], when = build.stage('Y', 'f32', axes, value)): Call['definition'] => ({ name: 'elementwise', inputs: operands, tables: [], stages: [when] });
  /** `in` is copied to `a`, of which `b` is made, which is copied to `out`; `changed` alters the middle one. */
  const copy = (name: string, from: string, to: string): Call => ({ name, label: 'copy', inputs: [from], output: to, inPlace: null, definition: computing(build.load(X, n, c, y, x)) });
  const chain = (changed: Partial<Call>, more: { readonly last?: readonly Call[]; readonly tensors?: readonly NetworkTensor[]; readonly outputs?: readonly string[] } = {}): Network => ({
    ...network, outputs: more.outputs ?? ['out'], calls: [copy('first', 'in', 'a'), { ...copy('middle', 'a', 'b'), inPlace: 0, ...changed }, ...(more.last ?? [copy('last', 'b', 'out')])],
    tensors: new Map([...['in', 'a', 'b', 'out'].map((name) => plain(name, X.shape)), { ...plain('r', [12]), data: fromNumbers('f32', [12], Array(12).fill(1)) }, ...more.tensors ?? []].map((tensor) => [tensor.name, tensor])),
  });
  it('finds nothing where each element is read where its result is stored, for the last time', () => { expect(verifyNetwork(chain({}))).to.deep.equal([]); });
  const halves = ['g', 'h'].map((name, i): NetworkTensor => ({ ...plain(name, [1, 6, 2, 3]), sliceOf: 'b', layout: plainLayout(X.shape).map((dim) => (dim.axis === 1 ? { ...dim, offset: 6 * i } : dim)) }));
  const broken: readonly (readonly [string, Network, string])[] = [
    ['a place that is none', chain({ inPlace: 2 }), 'input 2, of which it has 1'],
    ['memory of the caller', chain({ inputs: ['in'] }), 'in, and in belongs to the signature'],
    ['a result that is the caller\'s', chain({}, { outputs: ['out', 'b'] }), 'a, and b belongs to the signature'],
    ['a constant', chain({ definition: call.definition, inputs: ['a', 'r'], inPlace: 1 }), 'r, and r is a constant'],
    ['a result in slices', chain({}, { tensors: halves }), 'a, and b shares its memory with slices'],
    ['a reader that comes later', chain({}, { last: [{ ...copy('last', 'b', 'out'), inputs: ['b', 'a'], definition: computing(sum, [X, Z]) }] }), 'a, which call "last" reads after it'],
    ['an operand that is read twice', chain({ inputs: ['a', 'a'], definition: computing(sum, [X, Z]) }), 'a, which it reads as another operand too'],
    ['another dtype', chain({ definition: computing(build.cast('i32', build.load(X, n, c, y, x)), [X], build.stage('Y', 'i32', axes, build.cast('i32', build.load(X, n, c, y, x)))) }, { tensors: [{ ...plain('b', X.shape), dtype: 'i32' }], last: [{ ...copy('last', 'b', 'out'), definition: computing(build.cast('f32', build.load({ ...X, dtype: 'i32' }, n, c, y, x)), [{ ...X, dtype: 'i32' }]) }] }), 'a, which holds f32, while b holds i32'],
    ['another layout', chain({}, { tensors: [{ ...plain('b', X.shape), layout: blockedLayout(X.shape, 1, 4) }] }), 'a, whose elements do not lie where those of b do'],
    ['elements in another order', chain({ definition: computing(flip) }), 'a, of which it reads elements elsewhere than where their results are stored'],
  ];
  for (const [what, form, fault] of broken) it(`finds ${what}`, () => { expect(verifyNetwork(form)).to.include(`call "middle" would take the memory of ${fault}`); });
});

describe('verifyNetwork, slices', () => {
  const copy = (name: string, to: string, channels: number): Call => {
    const [at, own] = build.axesOf({ n: 1, c: channels, y: 2, x: 3 }), whole = build.input('X', 'f32', [1, 12, 2, 3]);
    return { name, label: 'copy', inputs: ['in'], output: to, inPlace: null, definition: { name: 'd', inputs: [whole], tables: [], stages: [build.stage('Y', 'f32', own, build.load(whole, at.n, at.c, at.y, at.x))] } };
  };
  const slice = (name: string, channels: number, begin: number): NetworkTensor => ({ name, dtype: 'f32', shape: [1, channels, 2, 3], sliceOf: 't', layout: plainLayout([1, 12, 2, 3]).map((dim) => (dim.axis === 1 ? { ...dim, offset: begin } : dim)) });
  const reading = { ...call, name: 'last', inputs: ['t', 'r'] };
  const networkWith = (a: NetworkTensor, b: NetworkTensor, calls: readonly Call[]): Network =>
    ({ ...network, calls, tensors: new Map([...network.tensors.values(), plain('t', X.shape), a, b].map((tensor) => [tensor.name, tensor])) });
  const a = slice('a', 8, 0), b = slice('b', 4, 8), calls = [copy('first', 'a', 8), copy('second', 'b', 4), reading];
  it('finds nothing where slices make a tensor', () => { expect(verifyNetwork(networkWith(a, b, calls))).to.deep.equal([]); });
  const broken: readonly (readonly [string, Network, readonly string[]])[] = [
    ['a reader that comes before a slice is made', networkWith(a, b, [calls[0]!, reading, calls[1]!]), ['call "last" reads t before anything makes it']],
    ['a call that makes what its slices make', networkWith(a, b, [...calls.slice(0, 2), { ...copy('third', 't', 12), output: 't' }, reading]), ['call "third" makes t a second time']],
    ['slices that overlap', networkWith(a, slice('b', 4, 7), calls), ['tensors a and b share elements of t']],
    ['slices that leave a gap', networkWith(slice('a', 7, 0), b, [copy('first', 'a', 7), ...calls.slice(1)]), ['the slices of tensor t make 66 of its 72 elements']],
    ['a slice of another dtype', networkWith(a, { ...b, dtype: 'f64' }, calls), ['tensor b is no slice of t: it does not lie inside of it', 'call "second" sees b as Y of f32, but it is f64']],
  ];
  for (const [what, form, faults] of broken) it(`finds ${what}`, () => { expect(verifyNetwork(form)).to.deep.equal(faults); });
});

describe('callLayout', () => {
  const shape = [1, 12, 2, 3], layout = blockedLayout(shape, 1, 8);
  it('is the tensor\'s own for its own shape', () => { expect(callLayout({ shape, layout }, shape)).to.equal(layout); });
  it('joins rows that lie one after another', () => { expect(callLayout({ shape, layout }, [1, 12, 1, 6])).to.deep.equal(blockedLayout([1, 12, 1, 6], 1, 8)); });
  it('cannot join rows that do not', () => { expect(callLayout({ shape, layout: [layout[0]!, layout[2]!, layout[1]!, ...layout.slice(3)] }, [1, 12, 1, 6])).to.equal(undefined); });
  it('cannot see any other shape', () => { expect(callLayout({ shape, layout }, [1, 12, 6, 1])).to.equal(undefined); });
  it('gives a call its layouts by the names of its definition', () => {
    expect(layoutsOfCall(network, call)).to.deep.equal({ X: plainLayout(X.shape), Y: plainLayout(X.shape) });
    expect(() => layoutsOfCall(changed('in', { shape: [1, 2] }), call)).to.throw('network n: call "scale" sees in as [1,12,2,3], which it cannot be');
  });
});
