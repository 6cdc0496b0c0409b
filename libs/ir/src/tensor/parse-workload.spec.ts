/** Workloads come back from their text: of blocked and plain tensors, of slices, of tasks in place. */
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { axesOf, input, load, binary, stage } from './build.js';
import { canonicalDefinition, workloadText } from './canonical.js';
import { blockedLayout, plainLayout, type Layout } from './layout.js';
import { parseWorkload } from './parse-workload.js';

const shape = [1, 32, 7, 7];
const x = input('X', 'f32', shape), r = input('R', 'f32', shape);
const [{ n, c, h, w }, axes] = axesOf({ n: 1, c: 32, h: 7, w: 7 });
const definition = { name: 'add', inputs: [x, r], tables: [], stages: [stage('Y', 'f32', axes, binary('add', load(x, n, c, h, w), load(r, n, c, h, w)))] };

describe('parseWorkload', () => {
  const throughText = (layouts: Readonly<Record<string, Layout>>, more = ''): ReturnType<typeof parseWorkload> => parseWorkload(`${workloadText(definition, layouts)}${more}`);

  it('reads the definition, the layouts that have a line, and what is overwritten', () => {
    const blocked = blockedLayout(shape, 1, 16), plain = plainLayout(shape);
    expect(unwrap(throughText({ X: blocked, Y: plain }, '  in place i0\n'))).to.deep.equal({ definition: canonicalDefinition(definition), layouts: { i0: blocked, s0: plain }, inPlace: 0 });
    expect(unwrap(throughText({}))).to.deep.include({ layouts: {}, inPlace: null });
  });

  it('reads a stored size and an offset that do not follow from the shape', () => {
    const slice: Layout = [{ axis: 1, offset: 3, divide: 16, modulo: null, size: 5 }, { axis: 2, offset: 0, divide: 1, modulo: null, size: 7 }, { axis: 3, offset: 0, divide: 1, modulo: null, size: 7 }, { axis: 1, offset: 3, divide: 1, modulo: 16, size: 16 }];
    expect(unwrap(throughText({ X: slice })).layouts).to.deep.equal({ i0: slice });
  });

  it('says which line it cannot read', () => {
    const read = parseWorkload(`${workloadText(definition, {})}  i0 [b0 a1]\n`);
    expect(read.ok ? '' : read.failure.message).to.equal('"i0 [b0 a1]" is no layout of a workload; a record that this Loopsmith wrote has one');
  });
});
