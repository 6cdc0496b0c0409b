/** The whole way: the same numbers before and after every pass, on a small residual network and on random ones. */
import { expect } from 'chai';
import fc from 'fast-check';
import { fromNumbers, printNetwork, toNumbers, verifyGraph, verifyNetwork, type Graph, type GraphNode, type GraphTensor, type Network, type TensorData } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { product, seededRandom, unwrap } from '@loopsmith/util';
import { operandsOf, operators } from '../operators/operators.js';
import { defineCalls } from './define-calls.js';
import { evaluateGraph, evaluateNetwork, type Values } from '../testing/evaluate.js';
import { graphPasses, networkPasses, toNetwork } from './pipeline.js';

const dataFor = (name: string, dtype: TensorData['dtype'], shape: readonly number[]): TensorData => {
  const random = seededRandom(7).fork(name), positive = /variance/.test(name);
  return fromNumbers(dtype, shape, Float64Array.from({ length: product(shape) }, () => random.next() - (positive ? -0.5 : 0.5)));
};
const inputsOf = (graph: Graph): Values => new Map(graph.inputs.map((name) => { const { dtype, shape } = graph.tensors.get(name)!; return [name, dataFor(name, dtype, shape)]; }));

const sameNumbers = (actual: Values, expected: Values, where: string): void => {
  expect([...actual.keys()]).to.deep.equal([...expected.keys()], where);
  for (const [name, data] of expected) {
    const wanted = toNumbers(data), got = toNumbers(actual.get(name)!);
    expect(actual.get(name)!.shape).to.deep.equal(data.shape, where);
    const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    wanted.forEach((value, i) => { if (!(Math.abs(got[i]! - value) <= 2e-6 * scale)) expect.fail(`${where}: element ${i} of ${name} is ${got[i]!}, not ${value}`); });
  }
};

/** Runs every pass and holds its form against the checks and the numbers of the graph as it came. */
const checkEveryPass = (graph: Graph, channelBlock: number): Network => {
  const inputs = inputsOf(graph), expected = evaluateGraph(graph, inputs);
  const optimized = graphPasses.reduce((form, [name, pass]) => {
    const next = pass(form);
    expect(verifyGraph(next)).to.deep.equal([], name);
    sameNumbers(evaluateGraph(next, inputs), expected, name);
    return next;
  }, graph);
  return networkPasses(channelBlock).reduce((form, [name, pass]) => {
    const next = pass(form);
    expect(verifyNetwork(next)).to.deep.equal([], name);
    sameNumbers(evaluateNetwork(next, inputs), expected, name);
    return next;
  }, defineCalls(optimized));
};

const residual = `graph residual(x: f32[1,3,8,8]) -> probability
  w1: f32[6,3,3,3] = ..
  w2: f32[6,6,3,3] = ..
  b2: f32[6] = 1, 2, 3, 4, 5, 6
  w3: f32[8,6,1,1] = ..
  w4: f32[8,6,1,1] = ..
  scale: f32[6] = 1, 2, 3, 4, 5, 6
  shift: f32[6] = -1, 1, -1, 1, -1, 1
  mean: f32[6] = 0.5, 0.25, 0, 0, 0, 1
  variance: f32[6] = 1, 2, 3, 4, 5, 6
  half: f32[1] = 0.5
  two: f32[1] = 2
  fc: f32[5,8] = ..
  c1: f32[1,6,4,4] = conv2d(x, w1) {strides: [2,2], pads: [1,1,1,1]}
  n1: f32[1,6,4,4] = batchNormalization(c1, scale, shift, mean, variance)
  r1: f32[1,6,4,4] = relu(n1)
  c2: f32[1,6,4,4] = conv2d(r1, w2, b2) {pads: [1,1,1,1]}
  n2: f32[1,6,4,4] = batchNormalization(c2, scale, shift, mean, variance)
  sum: f32[1,6,4,4] = add(n2, r1)
  n3: f32[1,6,4,4] = batchNormalization(sum, scale, shift, mean, variance)
  same: f32[1,6,4,4] = identity(n3)
  c3: f32[1,8,4,4] = conv2d(same, w3)
  c4: f32[1,8,4,4] = conv2d(same, w4)
  one: f32[1] = multiply(half, two)
  scaled: f32[1,8,4,4] = multiply(c3, one)
  gate: f32[1,8,4,4] = sigmoid(c4)
  gated: f32[1,8,4,4] = multiply(scaled, gate)
  pooled: f32[1,8,2,2] = maxPool(gated) {kernel: [2,2], strides: [2,2]}
  mean4: f32[1,8,1,1] = globalAveragePool(pooled)
  flat: f32[1,8] = reshape(mean4) {shape: [1,8]}
  scores: f32[1,5] = dense(flat, fc) {transposeB: true}
  probability: f32[1,5] = softmax(scores)
`;
const residualGraph = (): Graph => unwrap(parseGraph(residual, dataFor));

describe('graph pipeline', () => {
  for (const channelBlock of [1, 4])
    it(`keeps the numbers of a residual network at every pass, channel block ${channelBlock}`, () => {
      const network = checkEveryPass(residualGraph(), channelBlock);
      expect(network.calls.map((call) => call.label)).to.deep.equal([
        'conv2d 3x3 3→6 s2 @8 +relu', 'conv2d 3x3 6→6 @4 +add +multiply +add', 'conv2d 1x1 6→8 @4',
        'conv2d 1x1 6→8 @4 +sigmoid +multiply', 'max_pool 2x2 s2 @4', 'global_average_pool 8 @2 +reshape', 'dense 8→5', 'softmax 1x5 axis 1',
      ]);
      expect(unwrap(toNetwork(residualGraph(), { channelBlock }))).to.deep.equal(network);
    });

  it('shows the text after every pass, in order', () => {
    const shown: string[] = [];
    let last = '';
    const network = unwrap(toNetwork(residualGraph(), { channelBlock: 8, onPass: (name, text) => { shown.push(name); last = text; } }));
    expect(shown).to.deep.equal(['import', 'removeDeadCode', 'moveTransposes', 'removeIdentity', 'foldConstants', 'mergeEqualNodes', 'shortenConstants', 'turnWeights', 'nestConcats', 'foldPads', 'nameGlobalPools', 'nameFormulas', 'nameLayerNorm', 'writeOutPowers', 'foldBatchNorm', 'expandBatchNorm', 'moveStridesUp', 'removeDeadCode', 'defineCalls', 'fuse', 'removeCopies', 'fusePrologues', 'widenOneChannel', 'assignLayouts', 'sliceConcats', 'joinRows', 'computeInPlace']);
    expect(last).to.equal(printNetwork(network));
    for (const line of [
      'network residual(x) -> probability',
      '  x: f32[1,3,8,8] [n c y x]',
      '  r1: f32[1,6,4,4] [n c/8 y x c%8]',
      '  pooled = max_pool 2x2 s2 @4 (X = gated) as pooled',
      '    tensor dense(X: f32[1,8], W: f32[5,8] compile)',
    ]) expect(last.split('\n')).to.include(line);
  });

  const graphs: readonly (readonly [string, string])[] = [
    ['one row in place of each of several', `graph g(x: f32[1,3,2,2]) -> y
  w: f32[1,3,1,1] = 1, 10, 100
  s: f32[1,1,2,2] = slice(x) {starts: [0], ends: [1], axes: [1]}
  t: f32[1,3,2,2] = pad(s) {pads: [0,2,0,0,0,0,0,0], mode: "wrap"}
  y: f32[1,1,2,2] = conv2d(t, w)`],
    ['a bias per row of a dense layer that is scaled', `graph g(x: f32[2,3]) -> y
  w: f32[3,2] = 1, 0, 0, 1, 1, 1
  b: f32[2,1] = 10, 1000
  half: f32[1] = 0.5
  d: f32[2,2] = dense(x, w, b)
  y: f32[2,2] = multiply(d, half)`],
    ['reductions of a scalar', `graph g(x: f32[]) -> a, b, c
  a: f32[] = reduceSum(x)
  b: f32[] = reduceMean(x) {keepDims: false}
  c: f32[] = reduceProd(x)`],
    ['an output that is listed twice, behind a transposition that moves', `graph g(x: f32[2,3]) -> y, y
  t: f32[3,2] = transpose(x)
  e: f32[3,2] = exp(t)
  u: f32[2,3] = transpose(e)
  y: f32[3,2] = transpose(u)`],
    ['every third element of what was reshaped', `graph g(x: f32[1,8,6,5]) -> y
  r: f32[1,240] = reshape(x) {shape: [1,240]}
  y: f32[1,80] = slice(r) {starts: [1], ends: [240], axes: [1], steps: [3]}`],
    ['half floats with parameters in single', `graph g(x: f16[1,2,2,2], scale: f32[2], shift: f32[2], mean: f32[2], variance: f32[2]) -> y
  y: f16[1,2,2,2] = batchNormalization(x, scale, shift, mean, variance)`],
  ];
  for (const [what, text] of graphs) it(`keeps the numbers of ${what}`, () => { checkEveryPass(unwrap(parseGraph(text)), 4); });

  it('refuses a graph that is none', () => {
    const graph = residualGraph();
    expect(toNetwork({ ...graph, nodes: graph.nodes.slice(1) }, { channelBlock: 8 })).to.deep.equal({
      ok: false, failure: { code: 'graph-invalid', stage: 'graph', message: 'graph residual: node "n1" reads c1 before anything makes it' },
    });
  });

  it('keeps the numbers of random graphs at every pass', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(randomSteps.length - 1), fc.nat(), fc.nat()), { minLength: 2, maxLength: 14 }), fc.constantFrom(1, 4), (choices, channelBlock) => {
      checkEveryPass(randomGraph(choices), channelBlock);
    }), { seed: 11, numRuns: 60 });
  });
});

type Draft = { readonly tensors: Map<string, GraphTensor>; readonly nodes: GraphNode[] };
/** What a random graph is made of: each takes one or two earlier tensors of four axes and adds one node. */
const randomSteps: readonly ((draft: Draft, x: GraphTensor, z: GraphTensor) => void)[] = [
  ...['relu', 'swish', 'identity'].map((operator) => (draft: Draft, x: GraphTensor) => node(draft, operator, [x.name])),
  (draft, x) => node(draft, 'conv2d', [x.name, known(draft, [5, x.shape[1]!, 1, 1])]),
  (draft, x) => node(draft, 'conv2d', [x.name, known(draft, [4, x.shape[1]!, 3, 3]), known(draft, [4])], { pads: [1, 1, 1, 1] }),
  (draft, x) => node(draft, 'batchNormalization', [x.name, ...['scale', 'shift', 'mean', 'variance'].map((name) => known(draft, [x.shape[1]!], name))]),
  (draft, x) => node(draft, 'multiply', [known(draft, [x.shape[1]!, 1, 1]), x.name]),
  (draft, x, z) => { if (x.shape.join() === z.shape.join()) node(draft, 'add', [x.name, z.name]); else node(draft, 'clip', [x.name], { min: -1, max: 1 }); },
  (draft, x, z) => { if (x.shape[2] === z.shape[2] && x.shape[3] === z.shape[3]) node(draft, 'concat', [x.name, z.name], { axis: 1 }); else node(draft, 'exp', [node(draft, 'clip', [x.name], { max: 1 })]); },
  (draft, x) => node(draft, 'maxPool', [x.name], { kernel: [2, 2], pads: [1, 1, 0, 0] }),
  (draft, x) => node(draft, 'multiply', [x.name, node(draft, 'globalAveragePool', [x.name])]),
  (draft, x) => node(draft, 'add', [x.name, node(draft, 'multiply', [known(draft, [1]), known(draft, [1])])]),
  (draft, x) => node(draft, 'softmax', [x.name], { axis: 1 }),
  (draft, x) => node(draft, 'conv2d', [x.name, known(draft, [4, x.shape[1]!, 1, 1])], { strides: [2, 2] }),
  (draft, x) => { const w = known(draft, [3, x.shape[1]!, 1, 1]); for (const input of [x.name, node(draft, 'relu', [x.name])]) node(draft, 'conv2d', [input, w], { strides: [1, 2] }); },
];

const known = (draft: Draft, shape: readonly number[], kind = 'constant'): string => {
  const name = `${kind}${draft.tensors.size}`;
  draft.tensors.set(name, { name, dtype: 'f32', shape, data: dataFor(name, 'f32', shape) });
  return name;
};
const node = (draft: Draft, operator: string, inputs: readonly string[], attributes: GraphNode['attributes'] = {}): string => {
  const name = `t${draft.tensors.size}`, made: GraphNode = { name, operator, attributes, inputs, outputs: [name] };
  const [type] = unwrap(operators.get(operator)!.infer(made, operandsOf({ name: 'random', inputs: [], outputs: [], ...draft }, made)));
  draft.tensors.set(name, { name, ...type! });
  draft.nodes.push(made);
  return name;
};
const randomGraph = (choices: readonly (readonly [step: number, x: number, z: number])[]): Graph => {
  const draft: Draft = { tensors: new Map([['x', { name: 'x', dtype: 'f32', shape: [1, 4, 3, 4] }]]), nodes: [] };
  for (const [step, x, z] of choices) {
    const made = [draft.tensors.get('x')!, ...draft.nodes.map(({ name }) => draft.tensors.get(name)!).filter((tensor) => !tensor.data && tensor.shape.length === 4 && tensor.shape[2]! > 1)];
    // mostly the newest tensors, so that chains arise
    randomSteps[step]!(draft, made[Math.max(0, made.length - 1 - (x % 3))]!, made[z % made.length]!);
  }
  const read = new Set(draft.nodes.flatMap((made) => made.inputs));
  return { name: 'random', inputs: ['x'], outputs: draft.nodes.map(({ name }) => name).filter((name) => !read.has(name)), ...draft };
};
