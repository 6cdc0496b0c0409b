/** From a source model to a graph: ends, functions, branches, variables, cuts, shapes. Every refusal with its whole message. */
import { expect } from 'chai';
import type { ImportOptions } from '@loopsmith/contracts';
import { fromNumbers, printGraph, toNumbers } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import type { TfAttribute, TfFunction, TfNode, TfSignature, TfTensor } from '@loopsmith/tensorflow-file';
import { attempt, unwrap, type Outcome } from '@loopsmith/util';
import { importModel } from './import-model.js';
import type { SourceModel } from './source-model.js';

const node = (name: string, operator: string, inputs: readonly string[] = [], attributes: Readonly<Record<string, TfAttribute>> = {}): TfNode => ({ name, operator, inputs, attributes: new Map(Object.entries(attributes)) });
const numbers = (...values: readonly number[]): TfTensor => ({ dtype: 'f32', shape: [values.length], values: Float32Array.from(values) });
const constant = (name: string, value: TfTensor): TfNode => node(name, 'Const', [], { value: { kind: 'tensor', value } });
const flag = (name: string, value: boolean): TfNode => constant(name, { dtype: 'bool', shape: [], values: Uint8Array.of(Number(value)) });
const input = (name: string, shape: readonly (number | null)[] | null = [2], dtype = 'f32'): TfNode => node(name, 'Placeholder', [], { dtype: { kind: 'type', value: dtype }, shape: { kind: 'shape', value: shape } });
const calls = (body: string): Readonly<Record<string, TfAttribute>> => ({ f: { kind: 'function', value: body } });
const body = (name: string, inputs: readonly string[], returns: Readonly<Record<string, string>>, ...nodes: readonly TfNode[]): TfFunction => ({ name, inputs, outputs: Object.keys(returns), returns: new Map(Object.entries(returns)), nodes });
const signature = (inputs: Readonly<Record<string, string>>, outputs: Readonly<Record<string, string>>): TfSignature => ({
  inputs: Object.entries(inputs).map(([key, tensor]) => ({ key, tensor, dtype: 'f32', shape: [2] })), outputs: Object.entries(outputs).map(([key, tensor]) => ({ key, tensor, dtype: 'f32', shape: null })),
});
interface Model { readonly nodes: readonly TfNode[]; readonly functions?: readonly TfFunction[]; readonly signature?: TfSignature; readonly variables?: SourceModel['variables'] }
const read = ({ nodes, functions = [], signature: ends, variables }: Model, options: Partial<ImportOptions> = {}): Outcome<string> => attempt(() => printGraph(importModel(
  { graph: { nodes, functions: new Map(functions.map((one) => [one.name, one])) }, signature: ends ?? null, variables: variables ?? null }, { name: 'm', shapes: {}, ...options },
)));
const text = (model: Model, options: Partial<ImportOptions> = {}): string => unwrap(read(model, options)).trimEnd();
const refusal = (model: Model, options: Partial<ImportOptions> = {}): string => { const outcome = read(model, options); return outcome.ok ? outcome.value : outcome.failure.message; };

describe('importing TensorFlow', () => {
  describe('ends', () => {
    it('are placeholders and what nobody reads, where there is no signature', () =>
      expect(text({ nodes: [node('y', 'Relu', ['x']), input('x'), node('init', 'NoOp'), node('s', 'Sigmoid', ['x:0'])] })).to.equal('graph m(x: f32[2]) -> y, s\n  y: f32[2] = relu(x)\n  s: f32[2] = sigmoid(x)'));
    it('have the names of the signature, and nodes that are called so get others', () =>
      expect(text({ nodes: [input('serving_x'), node('x', 'Relu', ['serving_x']), node('y', 'Sigmoid', ['x']), node('z', 'Tanh', ['y'])], signature: signature({ x: 'serving_x:0' }, { y: 'z:0' }) }))
        .to.equal('graph m(x: f32[2]) -> y\n  "x/inner": f32[2] = relu(x)\n  "y/inner": f32[2] = sigmoid("x/inner")\n  z: f32[2] = tanh("y/inner")\n  y: f32[2] = identity(z)'));
    it('of a signature leave every other name to its node', () =>
      expect(text({ nodes: [input('serving_x'), node('x', 'Relu', ['serving_x']), node('x/inner', 'Sigmoid', ['x'])], signature: signature({ x: 'serving_x:0' }, { y: 'x/inner:0' }) }))
        .to.equal('graph m(x: f32[2]) -> y\n  "x/inner\'": f32[2] = relu(x)\n  "x/inner": f32[2] = sigmoid("x/inner\'")\n  y: f32[2] = identity("x/inner")'));
    it('of a signature may be in the middle of the graph', () =>
      expect(text({ nodes: [node('examples', 'ParseExample'), node('x', 'Identity', ['examples']), node('y', 'Relu', ['x'])], signature: signature({ x: 'x:0' }, { y: 'y:0' }) })).to.equal('graph m(x: f32[2]) -> y\n  y: f32[2] = relu(x)'));
    it('can be cut by name, with or without :0', () => {
      const nodes = [input('wave', [], 'string'), node('Mfcc', 'Mfcc', ['wave']), node('a', 'Relu', ['Mfcc']), node('b', 'Relu', ['a'])];
      expect(text({ nodes }, { inputs: ['Mfcc:0'], outputs: ['a:0'], shapes: { Mfcc: [3] } })).to.equal('graph m(Mfcc: f32[3]) -> a\n  a: f32[3] = relu(Mfcc)');
      expect(refusal({ nodes }, { inputs: ['Mfcc'] })).to.equal('input Mfcc has no shape in the model; give one with --shape Mfcc=..., its sizes separated by commas');
      expect(refusal({ nodes: [input('wave', [], 'string'), node('y', 'Relu', ['wave'])] })).to.equal('input wave is a tensor of string; tensors of numbers or bool were expected, so cut the model behind it with --inputs');
    });
    it('may be open, and are bound', () => {
      const nodes = [input('x', [null, 3]), node('y', 'Relu', ['x'])];
      expect(text({ nodes }, { shapes: { x: [4, 3] } })).to.equal('graph m(x: f32[4,3]) -> y\n  y: f32[4,3] = relu(x)');
      expect(refusal({ nodes })).to.equal('input x has an open dimension ? (axis 0) in its shape [?,3]; give it a size with --shape x=1,3');
    });
    it('take a value where it decides a shape', () => {
      const nodes = [input('x', [2, 3]), input('shape', [1], 'i32'), node('y', 'Reshape', ['x', 'shape'])];
      expect(text({ nodes }, { values: { shape: { dtype: 'i32', shape: [1], values: Int32Array.of(-1) } } })).to.equal('graph m(x: f32[2,3]) -> y\n  y: f32[6] = reshape(x) {shape: [6]}');
      expect(refusal({ nodes })).to.equal('Reshape "y" takes its shape from tensor shape, whose value is only known at run time; Loopsmith needs it at import: export the model with fixed shapes, give the inputs it comes from a value (--value), or cut the model before it (--outputs)');
      expect(refusal({ nodes }, { values: { size: numbers(1) } })).to.equal('a value was given for the input size, which the model does not have; its inputs are x, shape');
      expect(refusal({ nodes }, { values: { shape: numbers(1) } })).to.equal('the value given for the input shape is f32; the model declares i32');
    });
  });

  describe('functions', () => {
    const square = body('square', ['v'], { out: 'product:z:0' }, node('product', 'Mul', ['v', 'v']));
    it('are written out, call by call', () =>
      expect(text({ nodes: [input('x'), node('a', 'PartitionedCall', ['x'], calls('square')), node('b', 'StatefulPartitionedCall', ['a'], calls('square')), node('y', 'Relu', ['b'])], functions: [square] }))
        .to.equal('graph m(x: f32[2]) -> y\n  "a/product": f32[2] = multiply(x, x)\n  "b/product": f32[2] = multiply("a/product", "a/product")\n  y: f32[2] = relu("b/product")'));
    it('may hand an argument through, call others and be called by their names', () => {
      const both = body('both', ['v', 'w'], { first: 'inner:out:0', second: 'w' }, node('inner', 'square', ['v']));
      expect(text({ nodes: [input('x'), node('c', 'both', ['x', 'x']), node('y', 'Add', ['c', 'c:1'])], functions: [square, both] })).to.equal('graph m(x: f32[2]) -> y\n  "c/inner/product": f32[2] = multiply(x, x)\n  y: f32[2] = add("c/inner/product", x)');
    });
    it('name outputs of several kinds', () => {
      const halves = body('halves', ['v'], { a: 's:output:1' }, constant('axis', { dtype: 'i32', shape: [], values: Int32Array.of(0) }), node('s', 'Split', ['axis:output:0', 'v'], { num_split: { kind: 'integer', value: 2 } }));
      expect(text({ nodes: [input('x'), node('y', 'PartitionedCall', ['x'], calls('halves'))], functions: [halves] })).to.equal('graph m(x: f32[2]) -> y\n  "y/s:1/slice": f32[1] = slice(x) {starts: [0], ends: [1], axes: [0], steps: [1]} as "y/s/slice1"\n  "y/s:1": f32[1] = slice(x) {starts: [1], ends: [2], axes: [0], steps: [1]} as "y/s"\n  y: f32[1] = identity("y/s:1")');
    });
    it('are told apart from nodes whose names only look like theirs', () => {
      const f = body('f', ['v'], { out: 'b:y:0' }, node('b', 'Neg', ['v'])), g = body('g', ['v'], { out: 'b:out:0' }, node('b', 'PartitionedCall', ['v'], calls('f')));
      // a call a that holds b, beside a node a/b
      expect(text({ nodes: [input('x'), node('a', 'PartitionedCall', ['x'], calls('f')), node('a/b', 'Square', ['x']), node('y', 'Add', ['a', 'a/b'])], functions: [f] }))
        .to.equal('graph m(x: f32[2]) -> y\n  "a/b\'": f32[2] = negate(x)\n  "a/b": f32[2] = multiply(x, x)\n  y: f32[2] = add("a/b\'", "a/b")');
      // a call a that calls b, beside a call a/b of another function
      expect(text({ nodes: [input('x'), node('a', 'PartitionedCall', ['x'], calls('g')), node('a/b', 'PartitionedCall', ['x'], calls('square')), node('y', 'Add', ['a', 'a/b'])], functions: [f, g, square] }))
        .to.equal('graph m(x: f32[2]) -> y\n  "a/b/b": f32[2] = negate(x)\n  "a/b/product": f32[2] = multiply(x, x)\n  y: f32[2] = add("a/b/b", "a/b/product")');
    });
    const call = (one: TfFunction): string => refusal({ nodes: [input('x'), node('y', 'PartitionedCall', ['x'], calls('f'))], functions: [one] });
    it('are refused where they call themselves, are missing, or have no such output', () => {
      expect(call(body('f', ['v'], { out: 'again:output:0' }, node('again', 'PartitionedCall', ['v'], calls('f'))))).to.equal('function f is called more than 64 calls deep; a function that calls itself cannot be written out');
      expect(refusal({ nodes: [input('x'), node('y', 'PartitionedCall', ['x'], calls('gone'))] })).to.equal('PartitionedCall "y" calls the function "gone", which the model does not have');
      expect(call(body('f', ['v'], {}))).to.equal('the model reads output 0 of PartitionedCall "y", and function f has 0');
      expect(call(body('f', ['v'], { out: 'n:loss:0' }, node('n', 'FusedBatchNorm', ['v'])))).to.equal('the model reads y/n:loss:0, which is no output of FusedBatchNorm');
      expect(call(body('f', ['v', 'w'], { out: 'w' }))).to.equal('function f is called without its argument w');
    });
  });

  describe('branches', () => {
    const then = body('yes', ['v'], { out: 'r:activations:0' }, node('r', 'Relu', ['v'])), otherwise = body('no', ['v'], { out: 't:y:0' }, node('t', 'Tanh', ['v']));
    const branch = { then_branch: { kind: 'function', value: 'yes' }, else_branch: { kind: 'function', value: 'no' } } as const;
    for (const [value, operator] of [[true, 'relu'], [false, 'tanh']] as const) {
      it(`of a constant ${value} are the one that is taken`, () => {
        expect(text({ nodes: [input('x'), flag('c', value), node('y', 'If', ['c', 'x'], branch)], functions: [then, otherwise] })).to.contain(`f32[2] = ${operator}(x)`);
        const old = [input('x'), flag('c', value), node('phase', 'PlaceholderWithDefault', ['c']), node('s', 'Switch', ['x', 'phase']), node('r', 'Relu', ['s:1']), node('t', 'Tanh', ['s']), node('y', 'Merge', ['t', 'r'])];
        expect(text({ nodes: [...old, node('z', 'Neg', ['y'])] })).to.contain(`f32[2] = ${operator}(x)`);
      });
    }
    it('that are decided at run time are refused by name', () => {
      expect(refusal({ nodes: [input('x'), input('c', [], 'bool'), node('y', 'If', ['c', 'x'], branch)], functions: [then, otherwise] })).to.equal('the model uses an operator that Loopsmith does not import: If (node y); export the model without it');
      expect(refusal({ nodes: [input('x'), input('c', [], 'bool'), node('s', 'Switch', ['x', 'c']), node('y', 'Merge', ['s', 's:1'])] })).to.equal('the model uses 2 operators that Loopsmith does not import: Switch (node s), Merge (node y); export the model without them');
    });
    it('of loops are refused by name, and a circle of other nodes too', () => {
      const loop = [input('x'), node('e', 'Enter', ['x']), node('m', 'Merge', ['e', 'n']), node('r', 'Relu', ['m']), node('n', 'NextIteration', ['r']), node('o', 'Exit', ['m'])];
      expect(refusal({ nodes: loop })).to.equal('the model uses 4 operators that Loopsmith does not import: Enter (node e), NextIteration (node n), Merge (node m), Exit (node o); export the model without them');
      expect(refusal({ nodes: [input('x'), node('a', 'Add', ['x', 'b']), node('b', 'Relu', ['a']), node('y', 'Relu', ['b'])] })).to.match(/^Add "a" reads tensor b, which no /);
    });
  });

  describe('loops', () => {
    const integer = (name: string, value: number): TfNode => constant(name, { dtype: 'i32', shape: [], values: Int32Array.of(value) });
    const attributes = { cond: { kind: 'function', value: 'test' }, body: { kind: 'function', value: 'turn' } } as const;
    const test = body('test', ['i', 'v', 'n'], { out: 'less:z:0' }, node('less', 'Less', ['i', 'n']));
    const turn = body('turn', ['i', 'v', 'n'], { i: 'next:z:0', v: 'double:z:0', n: 'n' }, integer('one', 1), node('next', 'AddV2', ['i', 'one:output:0']), node('double', 'AddV2', ['v', 'v']));
    const loop = (turns: number): Model => ({ nodes: [input('x'), integer('zero', 0), integer('n', turns), node('w', 'StatelessWhile', ['zero', 'x', 'n'], attributes), node('y', 'Neg', ['w:1'])], functions: [test, turn] });
    it('with a known number of turns are written out', () => {
      expect(text(loop(2))).to.equal('graph m(x: f32[2]) -> y\n  "w/turn0/double": f32[2] = add(x, x)\n  "w/turn1/double": f32[2] = add("w/turn0/double", "w/turn0/double")\n  y: f32[2] = negate("w/turn1/double")');
      expect(text(loop(0))).to.equal('graph m(x: f32[2]) -> y\n  y: f32[2] = negate(x)');
    });
    it('hold turns whose nodes are no others that are called alike', () => {
      const { nodes, functions } = loop(1);
      expect(text({ nodes: [...nodes.slice(0, -1), node('w/turn0/double', 'Relu', ['x']), node('y', 'Add', ['w:1', 'w/turn0/double'])], functions: functions! }))
        .to.equal('graph m(x: f32[2]) -> y\n  "w/turn0/double\'": f32[2] = add(x, x)\n  "w/turn0/double": f32[2] = relu(x)\n  y: f32[2] = add("w/turn0/double\'", "w/turn0/double")');
    });
    it('whose number of turns follows from a shape are written out too', () => {
      const shaped = { ...loop(2), nodes: loop(2).nodes.map((one) => (one.name === 'n' ? node('n', 'Size', ['x']) : one)) }, open = { ...shaped, nodes: shaped.nodes.map((one) => (one.name === 'x' ? input('x', [null]) : one)) };
      expect(text(shaped)).to.equal(text(loop(2)));
      expect(text(open, { shapes: { x: [2] } })).to.equal(text(loop(2)));
      expect(text({ nodes: [input('a', [3]), ...shaped.nodes.map((one) => (one.name === 'n' ? node('n', 'Size', ['a']) : one.name === 'y' ? node('y', 'Add', ['w:1', 'a']) : one))], ...{ functions: shaped.functions ?? [] } }, { outputs: ['w:1'] })).to.contain('w/turn2/double');
    });
    it('that end at run time are refused by name, and endless ones too', () => {
      expect(refusal({ ...loop(2), nodes: loop(2).nodes.map((one) => (one.name === 'n' ? input('n', [], 'i32') : one)) })).to.equal('the model uses an operator that Loopsmith does not import: StatelessWhile (node w); export the model without it, or begin behind it with --inputs w:1');
      expect(refusal(loop(1e9))).to.equal('the loop "w" runs more than 1000 turns; Loopsmith writes at most so many out, so export the model without it');
    });
    /** As TensorFlow 1 writes `while i < n: i += 1, v += v`, n coming in as a constant of the frame. */
    const framed = (turns: TfNode): readonly TfNode[] => {
      const frame = { frame_name: { kind: 'text', value: 'f' } } as const;
      return [
        input('x'), integer('zero', 0), turns, node('ei', 'Enter', ['zero'], frame), node('ev', 'Enter', ['x'], frame), node('en', 'Enter', ['n'], { ...frame, is_constant: { kind: 'flag', value: true } }),
        node('mi', 'Merge', ['ei', 'ni']), node('mv', 'Merge', ['ev', 'nv']), node('less', 'Less', ['mi', 'en']), node('test', 'LoopCond', ['less']), node('si', 'Switch', ['mi', 'test']), node('sv', 'Switch', ['mv', 'test']),
        node('one', 'Const', ['^si'], integer('', 1).attributes.get('value') ? { value: integer('', 1).attributes.get('value')! } : {}), node('i', 'Identity', ['si:1']), node('v', 'Identity', ['sv:1']), node('inc', 'Add', ['i', 'one']), node('double', 'Add', ['v', 'v']),
        node('ni', 'NextIteration', ['inc']), node('nv', 'NextIteration', ['double']), node('xv', 'Exit', ['sv']), node('y', 'Neg', ['xv']),
      ];
    };
    it('of frames are written out alike', () =>
      expect(text({ nodes: framed(integer('n', 2)) }, { outputs: ['y'] })).to.equal('graph m(x: f32[2]) -> y\n  "test/turn0/double": f32[2] = add(x, x)\n  "test/turn1/double": f32[2] = add("test/turn0/double", "test/turn0/double")\n  y: f32[2] = negate("test/turn1/double")'));
    it('of frames that end at run time are refused by name', () =>
      expect(refusal({ nodes: framed(input('n', [], 'i32')) }, { outputs: ['y'] })).to.match(/^the model uses 6 operators that Loopsmith does not import: Enter .*, NextIteration .*, Merge .*, LoopCond .*, Switch .*, Exit .*; export the model without them$|^the model uses \d operators that Loopsmith does not import: /));
    it('fill and read lists', () => {
      const body2 = body('turn', ['i', 'out', 'rows'], { i: 'next:z:0', out: 'set:output_handle:0', rows: 'rows' }, integer('one', 1), node('next', 'AddV2', ['i', 'one:output:0']),
        node('shape', 'Const', [], { value: { kind: 'tensor', value: { dtype: 'i32', shape: [1], values: Int32Array.of(2) } } }), node('row', 'TensorListGetItem', ['rows', 'i', 'shape:output:0']), node('r', 'Relu', ['row:item:0']), node('set', 'TensorListSetItem', ['out', 'i', 'r:activations:0']));
      const test2 = body('test', ['i', 'out', 'rows'], { out: 'less:z:0' }, integer('two', 2), node('less', 'Less', ['i', 'two:output:0']));
      const nodes = [input('x', [2, 2]), integer('zero', 0), integer('n', 2), node('size', 'Const', [], { value: { kind: 'tensor', value: { dtype: 'i32', shape: [1], values: Int32Array.of(2) } } }),
        node('rows', 'TensorListFromTensor', ['x', 'size']), node('out', 'TensorListReserve', ['size', 'n']), node('w', 'While', ['zero', 'out', 'rows'], attributes), node('y', 'TensorListStack', ['w:1', 'size'])];
      expect(text({ nodes, functions: [test2, body2] }).split('\n').filter((line) => !line.includes('constant')).at(-1)).to.match(/^ {2}y: f32\[2,2\] = concat\("y\/reshape", "y\/reshape2"\) \{axis: 0\}/);
    });
  });

  describe('variables', () => {
    const names = node('names', 'Const', [], { value: { kind: 'tensor', value: { dtype: 'string', shape: [2], values: ['w/KEY', 'v/KEY'] } } });
    const restore = [names, node('prefix', 'Placeholder'), node('restore', 'RestoreV2', ['prefix', 'names', 'names'])];
    const values: Readonly<Record<string, TfTensor>> = { 'w/KEY': numbers(1, 2), 'v/KEY': numbers(3, 4) };
    const read = (keys: readonly string[]): readonly TfTensor[] => keys.map((key) => values[key]!);
    it('of TF 1 are what their assignments restore', () =>
      expect(text({
        nodes: [input('x'), node('w', 'VariableV2'), node('v', 'VariableV2'), node('sum', 'Add', ['w', 'v']), node('y', 'Add', ['x', 'sum']), ...restore, node('aw', 'Assign', ['w', 'restore']), node('av', 'Assign', ['v', 'restore:1']), node('all', 'NoOp', ['^aw', '^av'])],
        signature: signature({ x: 'x:0' }, { y: 'y:0' }), variables: { restoreOperator: 'all', read },
      })).to.equal('graph m(x: f32[2]) -> y\n  sum: f32[2] = 4, 6\n  y: f32[2] = add(x, sum)'));
    const resource: Model = {
      nodes: [input('x'), node('w', 'VarHandleOp'), node('y', 'PartitionedCall', ['x', 'w'], calls('use')), node('all', 'StatefulPartitionedCall', ['x', 'w'], calls('load'))],
      functions: [
        body('use', ['v', 'h'], { out: 'sum:z:0' }, node('value', 'ReadVariableOp', ['h']), node('sum', 'Add', ['v', 'value:value:0'])),
        body('load', ['file', 'h'], {}, names, node('restore', 'RestoreV2', ['file', 'names:output:0', 'names:output:0']), node('copy', 'Identity', ['restore:tensors:1']), node('set', 'AssignVariableOp', ['h', 'copy:output:0'])),
      ],
      signature: signature({ x: 'x:0' }, { y: 'y:0' }),
    };
    it('of TF 2 are what the restoring function assigns to their handles', () =>
      expect(text({ ...resource, variables: { restoreOperator: 'all', read } })).to.equal('graph m(x: f32[2]) -> y\n  w: f32[2] = 3, 4\n  "y/sum": f32[2] = add(x, w)\n  y: f32[2] = identity("y/sum")'));
    it('keep their values where an output takes their name', () =>
      expect(text({ ...resource, signature: signature({ x: 'x:0' }, { w: 'y:0' }), variables: { restoreOperator: 'all', read } })).to.equal('graph m(x: f32[2]) -> w\n  "w/inner": f32[2] = 3, 4\n  "y/sum": f32[2] = add(x, "w/inner")\n  w: f32[2] = identity("y/sum")'));
    it('without a value are refused', () => {
      expect(refusal(resource)).to.equal('the variable w has no value: a GraphDef holds none; freeze the graph, or save the model with its checkpoint');
      expect(refusal({ ...resource, variables: { restoreOperator: 'gone', read } })).to.equal('the variable w has no value: the restore operator of the model does not set it; freeze the graph, or save the model with its checkpoint');
    });
  });

  describe('operators', () => {
    const integers = (name: string, ...values: readonly number[]): TfNode => constant(name, { dtype: 'i32', shape: [values.length], values: Int32Array.from(values) });
    /** Of 0, 1, 2, .. along a line. */
    const sized = (attributes: Readonly<Record<string, TfAttribute>>, from: number, to: number): readonly number[] => {
      const graph = importModel({ graph: { nodes: [input('x', [1, 1, from, 1]), integers('size', 1, to), node('y', 'ResizeNearestNeighbor', ['x', 'size'], attributes)], functions: new Map() }, signature: null, variables: null }, { name: 'm', shapes: {} });
      return [...toNumbers(evaluateGraph(graph, new Map([['x', fromNumbers('f32', [1, 1, from, 1], Array.from({ length: from }, (_, i) => i))]])).get('y')!)];
    };
    it('read nearest elements at places that are whole numbers, not beside them', () => {
      expect(sized({}, 14, 18)).to.deep.equal(Array.from({ length: 18 }, (_, at) => Math.floor((at * 14) / 18)));
      expect(sized({ align_corners: { kind: 'flag', value: true } }, 7, 29)).to.deep.equal(Array.from({ length: 29 }, (_, at) => Math.floor((at * 6) / 28 + 0.5)));
    });
    it('that would make millions of parts are refused at once', () => {
      expect(refusal({ nodes: [input('x', [100_000_000]), node('y', 'Unpack', ['x'])] })).to.equal('Unpack "y" asks for the shape [100000000] of 100000000 elements; at most 65536 are made');
      expect(refusal({ nodes: [input('x', [2]), ...Array.from({ length: 40 }, (_, i) => node(`s${i}`, 'Split', [i === 0 ? 'x' : `s${i - 1}:65535`]))] }))
        .to.equal('the model reads its nodes as if they had 2555906 outputs; at most 1048576 are taken, so export it again');
      expect(refusal({ nodes: [input('x', [2]), node('y', 'Relu', ['x:4000000000'])] })).to.equal('the model reads x:4000000000, which is no output of Placeholder');
    });
    it('floor a quotient of the smallest integer', () => {
      const whole = (name: string, ...values: readonly number[]): TfNode => constant(name, { dtype: 'i32', shape: [values.length], values: Int32Array.from(values) });
      expect(text({ nodes: [whole('a', -(2 ** 31), -7, 7, 6), whole('b', 3, 2, -2, 3), node('q', 'FloorDiv', ['a', 'b']), node('y', 'Identity', ['q'])] })).to.contain('= -715827883, -4, -4, 2');
    });
    it('are cut by as many begins as ends and strides', () =>
      expect(refusal({ nodes: [input('x', [3]), integers('a', 0), integers('b', 1, 2), node('y', 'StridedSlice', ['x', 'a', 'b', 'a'])] })).to.equal('StridedSlice "y" has 1 begins, 2 ends and 1 strides; as many of each were expected'));
    it('join parts without elements to one of their shapes together', () =>
      expect(text({ nodes: [input('x', [0, 2]), input('v', [0, 3]), { ...constant('axis', { dtype: 'i32', shape: [], values: Int32Array.of(1) }) }, node('y', 'ConcatV2', ['x', 'v', 'axis'])] })).to.contain('y: f32[0,5]'));
    it('broadcast to shapes that hold their operand alone', () => {
      const to = (...shape: readonly number[]): string => refusal({ nodes: [input('x', [3]), integers('shape', ...shape), node('y', 'BroadcastTo', ['x', 'shape'])] });
      expect(to(5)).to.equal('BroadcastTo "y" broadcasts [3] to [5]; extents that are equal, or 1, were expected');
      expect(to(1)).to.equal('BroadcastTo "y" broadcasts [3] to [1]; a shape that holds it was expected');
      expect(to(2, 3)).to.contain('y: f32[2,3]');
    });
    it('take blocks that divide an image', () => {
      const block = (operator: string, size: number): string => refusal({ nodes: [input('x', [1, 4, 4, 2]), node('y', operator, ['x'], { block_size: { kind: 'integer', value: size } })] });
      expect(block('DepthToSpace', 2)).to.equal('DepthToSpace "y" makes blocks of 2 by 2 pixels, which do not divide 2 channels');
      expect(block('SpaceToDepth', 3)).to.equal('SpaceToDepth "y" takes blocks of 3 by 3 pixels, which do not divide an image of 4x4');
    });
  });

  it('refuses an attribute that nobody reads, and passes over those that decide nothing', () => {
    const type = { kind: 'type', value: 'f32' } as const, yes = { kind: 'flag', value: true } as const;
    expect(text({ nodes: [input('x'), node('y', 'Relu', ['x'], { T: type, _class: { kind: 'text', value: 'loc:@x' } })] })).to.equal('graph m(x: f32[2]) -> y\n  y: f32[2] = relu(x)');
    expect(refusal({ nodes: [input('x'), node('y', 'Relu', ['x'], { T: type, frobnicate: yes })] })).to.equal('Relu "y" has an attribute frobnicate, which Loopsmith does not read of this operator; export the model without it');
  });

  it('refuses fused weights in another order', () => {
    const fused = (order: string): string => refusal({ nodes: [input('x', [1, 4, 4, 1]), input('w', [1, 1, 1, 1]), node('y', '_FusedConv2D', ['x', 'w'], { filter_format: { kind: 'text', value: order }, strides: { kind: 'list', texts: [], numbers: [], types: [], integers: [1, 1, 1, 1] }, padding: { kind: 'text', value: 'VALID' }, epsilon: { kind: 'number', value: 0 } })] });
    expect(fused('OIHW')).to.equal('_FusedConv2D "y" is fused and has weights in the order OIHW; Loopsmith reads HWIO');
    expect(fused('HWIO')).to.contain('conv2d');
  });

  it('refuses nodes with one name, inputs that nobody makes, and names every unknown operator at once', () => {
    expect(refusal({ nodes: [input('x'), input('x')] })).to.equal('the graph has two nodes called x; names of nodes are unique in a graph');
    expect(refusal({ nodes: [node('y', 'Relu', ['gone'])] })).to.equal('the model reads gone, which no node makes');
    expect(refusal({ nodes: [input('x'), node('a', 'Where', ['x']), node('y', 'NonMaxSuppressionV3', ['a'])] })).to.equal('the model uses 2 operators that Loopsmith does not import: Where (node a), NonMaxSuppressionV3 (node y); export the model without them, or cut it in front of Where and NonMaxSuppressionV3 with --outputs: how many results there are is only known at run time');
    const sound = [input('wav'), node('d', 'DecodeWav', ['wav']), node('m', 'Mfcc', ['d', 'd:1'])], front = 'the model uses 2 operators that Loopsmith does not import: DecodeWav (node d), Mfcc (node m); export the model without them';
    expect(refusal({ nodes: [...sound, node('y', 'Relu', ['m'])] })).to.equal(`${front}, or begin behind them with --inputs m`);
    // not behind what the model itself has computed
    expect(refusal({ nodes: [input('x'), node('r', 'Relu', ['x']), node('m', 'Mfcc', ['r']), node('y', 'Relu', ['m'])] })).to.equal('the model uses an operator that Loopsmith does not import: Mfcc (node m); export the model without it');
    // nor where nothing is behind them
    expect(refusal({ nodes: sound })).to.equal(front);
  });
});
