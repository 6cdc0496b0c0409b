/** Constants that are computed while a model is imported: when their values are made. */
import { dataOnDemand, fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { expect } from 'chai';
import { graphBuilder } from './graph-builder.js';

describe('the graph builder', () => {
  it('computes on constants of a few elements at once, and on others when somebody asks', () => {
    const read: string[] = [];
    const sumOf = (name: string, extent: number): GraphTensor => {
      const builder = graphBuilder(new Set()), made: GraphTensor[] = [];
      builder.constant(name, dataOnDemand('f32', [extent], () => {
        read.push(name);
        return fromNumbers('f32', [extent], Array.from({ length: extent }, (_, i) => i)).values;
      }));
      const node = { name: 'n', operator: 'Twice', inputs: [name], outputs: ['y'] };
      builder.translate(node, (t) => {
        made.push(t.emit('add', [t.input(0, 'a'), t.input(0, 'b')]));
        return made;
      }, new Set(['y']));
      return made[0]!;
    };
    sumOf('a shape', 4);
    expect(read).to.deep.equal(['a shape']);
    const { data, shape } = sumOf('a vector', 64);
    expect(read).to.deep.equal(['a shape']);
    expect(shape).to.deep.equal([64]);
    expect([...data!.values].slice(60)).to.deep.equal([120, 122, 124, 126]);
    expect(read).to.deep.equal(['a shape', 'a vector']);
  });
});
