/** The analytical model: the draft's order, the machine's scale, and failures behind. */
import type { Draft } from '@loopsmith/contracts';
import { canonicalJson } from '@loopsmith/util';
import { costModelChecks } from '@loopsmith/kits';
import { expect } from 'chai';
import { analytical } from './index.js';

const draft = (milliseconds: number, refused: string | null = null, ...features: number[]): Draft => ({ milliseconds, refused, features: Float64Array.from(features) });

describe('analytical cost model', () => {
  for (const { name, run } of costModelChecks(analytical)) it(name, run);

  it('predicts the draft before anything was measured, and never a refused one', () => {
    expect([...analytical.predict(null, [draft(2), draft(3, '41 live registers of 16')])]).to.deep.equal([2, Infinity]);
  });

  it('learns the median ratio of measured to drafted time', () => {
    const state = analytical.fit([{ draft: draft(1), milliseconds: 2 }, { draft: draft(1), milliseconds: 100 }, { draft: draft(2), milliseconds: 6 }]);
    expect([...analytical.predict(state, [draft(5)])]).to.deep.equal([15]);
  });

  it('puts twins of failed candidates behind', () => {
    const state = analytical.fit([{ draft: draft(1, null, 7, 8), milliseconds: null }, { draft: draft(1, null, 1, 2), milliseconds: 1 }]);
    expect([...analytical.predict(state, [draft(1, null, 7, 8), draft(1, null, 7, 9)])]).to.deep.equal([4, 1]);
  });

  it('keeps its state as JSON, and says so when it is handed something else', () => {
    const state = analytical.fit([{ draft: draft(1, null, 0.5), milliseconds: null }]);
    expect(canonicalJson(state)).to.equal('{"failed":["0.5"],"scale":1}');
    expect(() => analytical.predict({ weights: [] }, [draft(1)])).to.throw('the state of the analytical cost model is { scale, failed }');
  });
});
