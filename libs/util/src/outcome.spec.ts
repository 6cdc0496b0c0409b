/** Failures as values: what becomes one, and what goes on as a bug. */
import { expect } from 'chai';
import { attempt, fail, FailureError, refuse, succeed, unwrap } from './outcome.js';

const failure = { code: 'schedule-illegal', stage: 'schedule', message: 'Y has no loop "z"' };

describe('outcomes', () => {
  it('turn a refusal into a value', () => {
    expect(attempt(() => refuse(failure))).to.deep.equal({ ok: false, failure });
    expect(attempt(() => 3)).to.deep.equal({ ok: true, value: 3 });
  });

  it('let a bug pass', () => {
    expect(() => attempt(() => { throw new TypeError('no such thing'); })).to.throw(TypeError, 'no such thing');
  });

  it('give their value, or throw the failure with its message', () => {
    expect(unwrap(succeed('value'))).to.equal('value');
    expect(() => unwrap(fail(failure))).to.throw(FailureError, 'Y has no loop "z"');
  });
});
