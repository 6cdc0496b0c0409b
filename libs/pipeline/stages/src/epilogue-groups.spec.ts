/** Which tasks share a search, and that they do. */
import { build as b, type Definition, type Value } from '@loopsmith/ir';
import type { ExtractedTask, Task } from '@loopsmith/contracts';
import { expect } from 'chai';
import { leadersOf } from './epilogue-groups.js';
import { fakeTask, tuneOnce } from './testing/index.js';

/** Row sums of an 8 x `columns` matrix, then whatever `epilogue` makes of each. */
const rowSums = (columns: number, epilogue: (sum: Value, extra: Value) => Value): Definition => {
  const [x, r] = [b.input('i0', 'f32', [8, columns]), b.input('i1', 'f32', [8])];
  const [{ a0, a1 }, [row, column]] = b.axesOf({ a0: 8, a1: columns });
  const sums = b.stage('s0', 'f32', [row!], b.load(x, a0, a1), b.over('sum', [column!], 'f32'));
  return { name: 'task', inputs: [x, r], tables: [], stages: [sums, b.stage('s1', 'f32', [row!], epilogue(b.load(sums, a0), b.load(r, a0)))] };
};
const plain = (sum: Value): Value => sum;
const task = (key: string, definition: Definition, calls = 1, change: Partial<Task> = {}): ExtractedTask =>
  ({ task: { ...fakeTask(100).task, key, label: key, definition, ...change }, calls: Array.from({ length: calls }, (_, i) => `${key}${i}`) });

describe('epilogue groups', () => {
  const relu = (sum: Value): Value => b.binary('max', sum, b.literal(0));
  const residual = (sum: Value, extra: Value): Value => b.binary('add', sum, extra);

  it('puts together what differs after the last reduction, led by the one with most work', () => {
    expect(leadersOf([task('plain', rowSums(5, plain)), task('relu', rowSums(5, relu), 3), task('residual', rowSums(5, residual)), task('wider', rowSums(6, plain))])).to.deep.equal([1, 1, 1, 3]);
  });

  it('keeps apart other layouts, other threads, and what reduces nothing', () => {
    const other = { layouts: { i0: [{ axis: 1, offset: 0, divide: 1, modulo: null, size: 5 }, { axis: 0, offset: 0, divide: 1, modulo: null, size: 8 }] } };
    expect(leadersOf([task('a', rowSums(5, plain)), task('b', rowSums(5, relu), 1, other), task('c', rowSums(5, relu), 1, { threads: 2 }), fakeTask(10), { ...fakeTask(10), task: { ...fakeTask(10).task, key: 'k' } }])).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('searches once, measures the best on the others, and compares them in finals of their own', async () => {
    const tasks = [task('plain', rowSums(5, plain)), task('relu', rowSums(5, relu), 3)];
    const { records, events, proposals, log } = await tuneOnce({ tasks });
    expect(proposals.length).to.be.greaterThan(3);
    const ofPlain = records.ofTask('plain'), ofRelu = records.ofTask('relu');
    expect(ofRelu.filter(({ purpose }) => purpose === 'search').length).to.be.greaterThan(28);
    expect(records.all().filter(({ purpose }) => purpose !== 'final').length).to.be.within(36, 40);
    const taken = ofPlain.filter(({ purpose }) => purpose === 'search').map(({ schedule }) => schedule);
    expect(taken.length).to.be.within(1, 4);
    expect(ofRelu.map(({ schedule }) => schedule)).to.include.members(taken);
    expect(ofPlain.filter(({ purpose }) => purpose === 'final').length).to.be.greaterThan(1);
    expect(log.compared.length).to.equal(2);
    expect(events.flatMap((event) => (event.event === 'task-finished' ? [event.reason] : []))).to.deep.equal(['searched with task 2', 'budget spent']);
  });
});
