/** Symbols in their dialects, what becomes of old ones, and every way one can be wrong, with its whole message. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { file, needs, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { looksLikeSymbol, readSymbol } from './index.js';

const bytesOf = (symbol: unknown): Uint8Array => Buffer.from(JSON.stringify(symbol));
const variable = { op: 'null', name: 'x', inputs: [] };
const relu = (attributes: object = {}): object => ({ op: 'Activation', name: 'y', inputs: [[0, 0]], ...attributes });
const symbol = (nodes: readonly object[], more: object = {}): object => ({ nodes, arg_nodes: [0], heads: [[nodes.length - 1, 0]], ...more });
const messageOf = (value: unknown): string => { const outcome = readSymbol(bytesOf(value)); return outcome.ok ? 'read' : outcome.failure.message; };

describe('MXNet symbols', () => {
  it('have their attributes under three names', () => {
    for (const key of ['param', 'attr', 'attrs']) {
      const [, node] = unwrap(readSymbol(bytesOf(symbol([variable, relu({ [key]: { act_type: 'relu' } })])))).nodes;
      expect([...node!.attributes]).to.deep.equal([['act_type', 'relu']]);
    }
    const [, both] = unwrap(readSymbol(bytesOf(symbol([variable, relu({ param: { act_type: 'relu' }, attr: { act_type: 'mine', lr_mult: '0.2' } })])))).nodes;
    expect([...both!.attributes]).to.deep.equal([['act_type', 'relu'], ['lr_mult', '0.2']]);
  });

  it('of 0.8 get the states that were no inputs then', () => {
    const norm = { op: 'BatchNorm', name: 'bn', param: {}, inputs: [[0, 0], [1, 0], [2, 0]] };
    const old = symbol([variable, { ...variable, name: 'bn_gamma' }, { ...variable, name: 'bn_beta' }, norm, { ...relu(), inputs: [[3, 0]] }]);
    const read = unwrap(readSymbol(bytesOf(old)));
    expect(read.nodes.map(({ name, inputs }) => [name, inputs.map(({ node }) => node)])).to.deep.equal([['x', []], ['bn_gamma', []], ['bn_beta', []], ['bn_moving_mean', []], ['bn_moving_var', []], ['bn', [0, 1, 2, 3, 4]], ['y', [5]]]);
    expect(read.heads).to.deep.equal([{ node: 6, output: 0 }]);
    expect(unwrap(readSymbol(bytesOf({ ...old, attrs: { mxnet_version: ['int', 10000] } }))).nodes.length).to.equal(5);
  });

  it('of 0.9.4 meant all axes by -1 in argmax', () => {
    const found = (version: number): readonly (readonly [string, string])[] =>
      [...unwrap(readSymbol(bytesOf(symbol([variable, { op: 'argmax', name: 'y', attr: { axis: '-1', keepdims: '1' }, inputs: [[0, 0]] }], { attrs: { mxnet_version: ['int', version] } })))).nodes[1]!.attributes];
    expect([found(904), found(905)]).to.deep.equal([[['keepdims', '1']], [['axis', '-1'], ['keepdims', '1']]]);
  });

  it("read MXNet's own symbol of 0.8", function () {
    const path = shared('models', 'mxnet', 'legacy', 'save_000800.json');
    needs(this, file(path));
    const { nodes, heads, version } = unwrap(readSymbol(readFileSync(path)));
    expect([version, nodes.length, nodes[heads[0]!.node]!.operator]).to.deep.equal([800, 19, 'SoftmaxOutput']);
    expect(nodes.filter(({ operator }) => operator === 'null').map(({ name }) => name).slice(-4)).to.deep.equal(['batchnorm0_beta', 'batchnorm0_moving_mean', 'batchnorm0_moving_var', 'softmax_label']);
  });

  it('are known by their keys, and by their name when they are cut off', () => {
    const whole = bytesOf(symbol([variable]));
    expect([looksLikeSymbol(whole, 'x'), looksLikeSymbol(whole.subarray(0, 30), 'x'), looksLikeSymbol(whole.subarray(0, 30), 'net-symbol.json'), looksLikeSymbol(Buffer.from('{"modelTopology":{}}'), 'model.json'), looksLikeSymbol(Buffer.from('no'), 'a-symbol.json')])
      .to.deep.equal([true, false, true, false, false]);
  });

  const expected = 'the -symbol.json file of an MXNet model was expected';
  const refusals: readonly (readonly [string, unknown, string])[] = [
    ['a list', [], `the symbol is no JSON object; ${expected}`],
    ['no nodes', { heads: [] }, `the symbol has no list of nodes; ${expected}`],
    ['no outputs', { nodes: [variable], heads: [] }, 'the symbol has no outputs (heads); export it again'],
    ['an output that is none', { nodes: [variable], heads: [[1, 0]] }, 'the symbol has an output [1,0]; [node, output] with a node below 1 was expected'],
    ['a node that is none', symbol([7 as unknown as object]), 'node 0 of the symbol is 7; an object was expected'],
    ['no operator', symbol([{ name: 'x', inputs: [] }]), 'node 0 of the symbol has the operator nothing and the name "x"; texts were expected'],
    ['no inputs', symbol([{ op: 'null', name: 'x' }]), 'node 0 of the symbol ("x") has no list of inputs'],
    ['a node that reads itself', symbol([variable, { ...relu(), inputs: [[1, 0]] }]), 'node 1 of the symbol ("y") reads [1,0]; [node, output] with a node before 1 was expected'],
    ['an input nested without end', symbol([variable, { ...relu(), inputs: [[[[]]]] }]), 'node 1 of the symbol ("y") reads [[a list]]; [node, output] with a node before 1 was expected'],
    ['an attribute that is no text', symbol([variable, relu({ attrs: { act_type: 7 } })]), 'node "y" of the symbol has the attribute act_type = 7; MXNet writes attributes as texts'],
    ['attributes that are none', symbol([variable, relu({ attrs: [] })]), 'node "y" of the symbol has attributes that are no object'],
    ['a version that is none', symbol([variable], { attrs: { mxnet_version: 7 } }), 'the symbol has the version 7; ["int", 10900] for 1.9.0 was expected'],
  ];
  for (const [name, value, message] of refusals) it(`with ${name} are refused`, () => expect(messageOf(value)).to.equal(message));
  it('cut off are refused', () => {
    const outcome = readSymbol(bytesOf(symbol([variable])).subarray(0, -3));
    expect(outcome.ok ? '' : outcome.failure.message).to.equal('the symbol is no JSON text, or is cut off; fetch or export it again');
  });
});
