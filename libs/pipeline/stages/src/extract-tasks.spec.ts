/** From a network to its tasks: what shares one, and what enters the key. */
import { printDefinition, type Graph, type Network } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { toNetwork } from '@loopsmith/lowering';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { extractTasks } from './index.js';
import { fakeTarget } from './testing/index.js';

const graph = (shape: string, names: readonly [string, string] = ['a', 'b']): Graph => unwrap(parseGraph(`graph chain(x: f32[${shape}]) -> y
  w: f32[4,4,1,1] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
  v: f32[4,4,1,1] = 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
  ${names[0]}: f32[${shape}] = conv2d(x, w) {pads: [0,0,0,0], strides: [1,1]} as first
  ${names[1]}: f32[${shape}] = conv2d(${names[0]}, v) {pads: [0,0,0,0], strides: [1,1]} as second
  c: f32[${shape}] = conv2d(${names[1]}, w) {pads: [0,0,0,0], strides: [1,1]} as third
  y: f32[${shape}] = conv2d(c, v) {pads: [0,0,0,0], strides: [1,1]} as last
`));
const networkOf = (of: Graph, channelBlock = 4): Network => unwrap(toNetwork(of, { channelBlock }));
const here = { target: fakeTarget, threads: 1 };
const keys = (network: Network, where = here): readonly string[] => extractTasks(network, where).map(({ task }) => task.key);

describe('extractTasks', () => {
  it('tells spaces of an exact task to stay exact, and leaves its key alone', () => {
    const network = networkOf(graph('1,4,6,6'));
    const [exact, other] = [true, false].map((each) => extractTasks(network, { ...here, exact: each })[0]!.task);
    expect([exact!.exact, other!.exact]).to.deep.equal([true, false]);
    expect(exact!.key).to.equal(other!.key);
  });

  it('gives calls of the same workload one task, and every call to one', () => {
    const network = networkOf(graph('1,4,6,6')), tasks = extractTasks(network, here);
    expect(tasks.flatMap(({ calls }) => calls).sort()).to.deep.equal(network.calls.map(({ name }) => name).sort());
    expect(tasks.some(({ calls }) => calls.length >= 2), tasks.map(({ task, calls }) => `${task.label} ${calls.join(' ')}`).join('; ')).to.equal(true);
    expect(new Set(tasks.map(({ task }) => task.key)).size).to.equal(tasks.length);
  });

  it('keys a task by what it computes, on what and for how many threads, and by no name', () => {
    const usual = keys(networkOf(graph('1,4,6,6')));
    expect(keys(networkOf({ ...graph('1,4,6,6', ['other', 'names']), name: 'another' }))).to.deep.equal(usual);
    for (const other of [keys(networkOf(graph('1,4,6,8'))), keys(networkOf(graph('1,4,6,6'), 2)), keys(networkOf(graph('1,4,6,6')), { ...here, threads: 2 }), keys(networkOf(graph('1,4,6,6')), { ...here, target: { ...fakeTarget, id: 'fake:other' } })])
      for (const key of other) expect(usual).to.not.include(key);
  });

  it('hands on the canonical definition with a layout for every run-time tensor, its label and its arithmetic', () => {
    const { task } = extractTasks(networkOf(graph('1,4,6,6')), here).find(({ task: { label } }) => label.startsWith('conv2d'))!;
    expect(printDefinition(task.definition)).to.match(/^tensor task\(i0: f32/);
    expect(Object.keys(task.layouts).sort()).to.deep.equal([...task.definition.inputs.filter(({ when }) => when === 'run').map(({ name }) => name), task.definition.stages.at(-1)!.name].sort());
    // 36 pixels x 4 outputs x 4 inputs, a multiply and an add each
    expect(task.flops).to.equal(2 * 36 * 16);
    expect(task).to.deep.include({ threads: 1, target: fakeTarget });
  });
});
