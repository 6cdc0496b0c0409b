/** The ensemble keeps what every cost model keeps, and trusts the member that ranks better. */
import type { CostModel, Draft } from '@loopsmith/contracts';
import { costModelChecks } from '@loopsmith/kits';
import { expect } from 'chai';
import { ensemble } from './model.js';

const usual = ({ refused }: Draft, value: number): number => (refused === null ? value : Infinity);
const byDraft: CostModel = { id: 'draft', fit: () => 0, predict: (_, drafts) => Float64Array.from(drafts, (draft) => usual(draft, draft.milliseconds)) };
const upsideDown: CostModel = { id: 'wrong', fit: () => 0, predict: (_, drafts) => Float64Array.from(drafts, (draft) => usual(draft, 1 / draft.milliseconds)) };
const both = ensemble.combine([byDraft, upsideDown]);

describe('ensemble cost model', () => {
  for (const { name, run } of costModelChecks(ensemble.combine([byDraft, byDraft]))) it(name, run);

  it('weighs members by how they ranked what was kept from them, and all alike before there is enough', () => {
    const examples = Array.from({ length: 30 }, (_, i) => ({ draft: { milliseconds: 1 + ((i * 7) % 30), refused: null, features: new Float64Array(1) }, milliseconds: 1 + ((i * 7) % 30) }));
    expect((both.fit(examples) as { weights: number[] }).weights[0]).to.be.closeTo(1 / (1 + 0.05 ** 2), 1e-12);
    expect((both.fit(examples.slice(0, 6)) as { weights: number[] }).weights).to.deep.equal([0.5, 0.5]);
  });

  it('says so when it is handed a state of another model', () => {
    expect(() => both.predict({ scale: 1, failed: [] }, [])).to.throw('the state of the ensemble cost model is { weights, states }, one each per member');
  });
});
