/** Tables on a terminal that is too narrow for them, and in a pipe. */
import { expect } from 'chai';
import { table, type Column } from './table.js';

describe('a table', () => {
  const rows = [{ time: '1.25 ms', layer: '/features/block1/conv1', task: 'conv2d 1x64x56x56 3x3' }, { time: '900 us', layer: '/fc', task: 'dense 1x1000x512' }];
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: 'time', right: true, cell: ({ time }) => time }, { title: 'layer', cell: ({ layer }) => layer }, { title: 'task', cell: ({ task }) => task },
  ];
  const at = (width: number | null): readonly string[] => table(rows, columns, width).split('\n').slice(0, -1);

  it('is whole in a pipe and where there is room', () => {
    const whole = ['   time  layer                   task', '1.25 ms  /features/block1/conv1  conv2d 1x64x56x56 3x3', ' 900 us  /fc                     dense 1x1000x512'];
    expect(at(null)).to.deep.equal(whole);
    expect(at(54)).to.deep.equal(whole);
  });

  it('cuts the last text first, then the one before it', () => {
    expect(at(50)).to.deep.equal(['   time  layer                   task', '1.25 ms  /features/block1/conv1  conv2d 1x64x56x5…', ' 900 us  /fc                     dense 1x1000x512']);
    expect(at(43)).to.deep.equal(['   time  layer             task', '1.25 ms  /features/block…  conv2d 1x64x56x…', ' 900 us  /fc               dense 1x1000x512']);
  });

  it('gives the last columns a line of their own before it cuts any too short', () => {
    expect(at(40)).to.deep.equal([
      '   time  layer', '    task', '1.25 ms  /features/block1/conv1', '    conv2d 1x64x56x56 3x3', ' 900 us  /fc', '    dense 1x1000x512',
    ]);
    for (const width of [40, 20, 12]) for (const line of at(width)) expect(line.length, `${width}: ${line}`).to.be.at.most(Math.max(width, 20));
  });
});
