/** The text of graphs: print and parse are inverse, and what cannot be read is refused with its line. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { fromNumbers } from '../tensor/data.js';
import { zero } from '../index/index-expression.js';
import * as build from '../tensor/build.js';
import { blockedLayout, plainLayout } from '../tensor/layout.js';
import { parseGraph } from '../testing/parse-graph.js';
import { printGraph, printNetwork } from './text.js';

const text = `graph small(x: f32[1,3,8,8], "in:0": i64[], "nan.1": f32[2]) -> y, "out/1"
  w: f32[4,3,1,1] = 0.5, -1, 2, 0, 0, 0, 0, 0, 0, 0, inf, nan
  bias: f32[4] = 1, 2, 3, -0
  t: f32[1,4,8,8] = conv2d(x, w, bias) {pads: [0,0,0,0], note: "a \\"b\\"", ratio: -1.5e-7, deep: true} as "conv 1"
  y: f32[1,4,8,8], - = clip(t, -) {min: -inf, words: ["a","b"], table: i32[2] (1, -2)}
  "out/1": f32[1,4,8,8] = relu(t)
`;

describe('graph text', () => {
  it('prints what it reads', () => { expect(printGraph(unwrap(parseGraph(text)))).to.equal(text); });

  it('reads names, operands and attributes as they are', () => {
    const graph = unwrap(parseGraph(text));
    expect(graph.inputs).to.deep.equal(['x', 'in:0', 'nan.1']);
    expect(graph.nodes[0]!.name).to.equal('conv 1');
    expect(graph.nodes[1]!.inputs).to.deep.equal(['t', '']);
    expect(graph.nodes[1]!.outputs).to.deep.equal(['y', '']);
    expect(graph.nodes[1]!.attributes).to.deep.equal({ min: -Infinity, words: ['a', 'b'], table: fromNumbers('i32', [2], [1, -2]) });
    expect(graph.tensors.get('bias')!.data).to.deep.equal(fromNumbers('f32', [4], [1, 2, 3, -0]));
  });

  it('shortens large constants, and reads them from a source', () => {
    const short = 'graph g(x: f32[20]) -> y\n  c: f32[20] = 7, 7, 7, ..\n  y: f32[20] = add(x, c)\n';
    const graph = unwrap(parseGraph(short, (_, dtype, shape) => fromNumbers(dtype, shape, Array(20).fill(7))));
    expect(printGraph(graph)).to.equal(short);
    expect(parseGraph(short)).to.deep.equal({ ok: false, failure: { code: 'text-unreadable', stage: 'parse', message: 'constant c is shortened in this text; its values have to be supplied' } });
  });

  const refusals: readonly (readonly [string, string])[] = [
    ['graph g(x: f31[2]) -> x', 'line 1: expected a dtype, found "f31"'],
    ['graph g(x: f32[2]) -> y\n  c: f32[2] = 1, 2, 3\n', 'line 2: expected 2 values for c, not 3, found the end of the line'],
    ['graph g(x: f32[2]) -> y\n  y: f32[2] = relu(x) {alpha: }\n', 'line 2: expected a number, found "}"'],
    ['graph g(x: f32[2]) -> y\n  y: f32[2] = relu(x', 'line 2: expected ")", found the end'],
  ];
  for (const [broken, message] of refusals)
    it(`refuses: ${message}`, () => { expect(parseGraph(broken)).to.deep.equal({ ok: false, failure: { code: 'text-unreadable', stage: 'parse', message } }); });
});

describe('network text', () => {
  it('shows layouts, constants, and every call with its definition', () => {
    const shape = [1, 12, 2, 3], [{ n, c, y, x }, axes] = build.axesOf({ n: 1, c: 12, y: 2, x: 3 });
    const X = build.input('X', 'f32', shape), R = build.input('R', 'f32', [1], 'compile');
    const value = build.binary('multiply', build.load(X, n, c, y, x), build.load(R, zero));
    const tensors = [
      { name: 'in', dtype: 'f32' as const, shape, layout: blockedLayout(shape, 1, 8) },
      { name: 'out/0', dtype: 'f32' as const, shape, layout: plainLayout(shape) },
      { name: 'half', dtype: 'f32' as const, shape: [1], layout: plainLayout([1]), data: fromNumbers('f32', [1], [0.5]) },
    ];
    expect(printNetwork({
      name: 'small', inputs: ['in'], outputs: ['out/0'], tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
      calls: [{ name: 'a+b', label: 'multiply 1x12x2x3', inputs: ['in', 'half'], output: 'out/0', inPlace: 0, definition: { name: 'elementwise', inputs: [X, R], tables: [], stages: [build.stage('Y', 'f32', axes, value)] } }],
    })).to.equal(`network small(in) -> "out/0"
  in: f32[1,12,2,3] [n c/8 y x c%8]
  "out/0": f32[1,12,2,3] [n c y x]
  half: f32[1] = 0.5
  "out/0" = multiply 1x12x2x3 (X = in, R = half) in place of X as "a+b"
    tensor elementwise(X: f32[1,12,2,3], R: f32[1] compile)
      Y[n<1, c<12, y<2, x<3] = X[0, c, y, x] * R[0]
`);
  });
});
