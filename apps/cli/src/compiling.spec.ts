/** When a task counts as tuned although only its untuned schedule was measured: where there is no other to measure. */
import { parseSchedule, type Schedule } from '@loopsmith/ir';
import { fail, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { expect } from 'chai';
import { offersMore } from './compiling.js';

describe('a space offers more than its untuned schedule', () => {
  const illegal: Outcome<never> = fail({ code: 'schedule-illegal', stage: 'schedule', message: 'no such schedule' });
  const schedules = (...texts: readonly (string | null)[]): boolean =>
    offersMore({
      choices: [{ kind: 'categorical', name: 'lanes', values: texts.map((_, i) => i) }],
      schedule: ({ lanes }): Outcome<Schedule> => { const text = texts[lanes as number]!; return text === null ? illegal : succeed(unwrap(parseSchedule(text))); },
    });

  it('where two points make different schedules', () => {
    expect(schedules('root s2', 'root s2; inline s3')).to.equal(true);
    expect(schedules('root s2', null, 'inline s3')).to.equal(true);
  });

  it('and not where all that are legal make the same one, which a search measures once', () => {
    expect(schedules('root s2', 'root s2')).to.equal(false);
    expect(schedules('root s2', null)).to.equal(false);
    expect(schedules(null)).to.equal(false);
  });
});
