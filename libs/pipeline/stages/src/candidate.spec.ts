/** A record read in the space as it is now: the point that makes its schedule, a choice it never heard of included, or none. */
import type { Point, Space } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { candidateOfRecord } from './candidate.js';
import { fakeHardware, fakeTask } from './testing/index.js';

const { task } = fakeTask(100);

describe('the candidate of a record', () => {
  const whole = fakeHardware().plugin.space(task), point = whole.untuned(), record = { space: whole.id, point, schedule: printSchedule(unwrap(whole.schedule(point))) };
  /** The space with one choice more: `early` makes what the space made before, `late` something else, and what says neither makes the first. */
  const grown: Space = {
    ...whole, choices: [...whole.choices, { name: 'when', kind: 'categorical', values: ['late', 'early'] }],
    schedule: (of: Point) => (of['when'] === 'late' ? whole.schedule(other) : whole.schedule(of)),
  };
  const [name, values] = whole.choices.map((choice) => [choice.name, choice.values] as const)[0]!, other = { ...point, [name]: values.find((value) => value !== point[name])! };

  it('has the value of a choice the record is too old to have that makes what was measured', () => {
    expect(candidateOfRecord(task, whole, record)?.point).to.deep.equal(point);
    expect(candidateOfRecord(task, grown, record)?.point).to.deep.equal({ ...point, when: 'early' });
    expect(candidateOfRecord(task, grown, { ...record, schedule: printSchedule(unwrap(whole.schedule(other))) })?.point).to.deep.equal({ ...point, when: 'late' });
  });

  it('is none where the space is another or its points make other schedules now', () => {
    expect(candidateOfRecord(task, { ...whole, id: 'fake 2' }, record)).to.equal(null);
    expect(candidateOfRecord(task, grown, { ...record, schedule: 'split x 3' })).to.equal(null);
    expect(candidateOfRecord(task, { ...whole, schedule: () => whole.schedule(other) }, record)).to.equal(null);
  });
});
