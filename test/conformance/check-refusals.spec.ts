/** That a change of any case is seen. */
import { expect } from 'chai';
import { faultOf, refusalsText } from './check-refusals.js';
import type { CaseResult } from './run-cases.js';

describe('known refusals', () => {
  const known = { refused: 'no such operator', passing: 'no such dtype' };
  const fault = (name: string, verdict: CaseResult['verdict'], reason = ''): string | undefined => faultOf({ name, verdict, reason }, known);

  it('takes a listed refusal with the same words, and a pass that is not listed', () => {
    expect([fault('refused', 'refused', 'no such operator'), fault('other', 'pass')]).to.deep.equal([undefined, undefined]);
  });
  it('finds a case that begins to pass, to be refused, or to be refused otherwise', () => {
    expect(fault('passing', 'pass')).to.equal('passes now; take it out of the list of refusals');
    expect(fault('other', 'refused', 'too big')).to.equal('is refused, which is not listed: too big');
    expect(fault('refused', 'refused', 'too big')).to.equal('is refused for another reason than listed: too big');
  });
  it('never takes a wrong answer or a crash, listed or not', () => {
    expect([fault('refused', 'wrong', 'element 3'), fault('other', 'crashed', 'SIGSEGV')]).to.deep.equal(['wrong: element 3', 'crashed: SIGSEGV']);
  });
  it('is stored by name', () => {
    expect(refusalsText([{ name: 'b', verdict: 'refused', reason: '2' }, { name: 'c', verdict: 'pass', reason: '' }, { name: 'a', verdict: 'refused', reason: '1' }])).to.equal('{\n  "a": "1",\n  "b": "2"\n}\n');
  });
});
