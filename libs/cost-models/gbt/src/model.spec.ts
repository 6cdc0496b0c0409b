/** Boosted trees: what every cost model keeps, ranks that the draft has wrong, bits that are the same everywhere, and time. */
import type { Draft } from '@loopsmith/contracts';
import { costModelChecks } from '@loopsmith/kits';
import { canonicalJson, rankCorrelation, seededRandom, shortHash } from '@loopsmith/util';
import { expect } from 'chai';
import { gbt as model } from './index.js';

/** Rows whose time depends on three features of many, one of them against the draft. */
const rows = (count: number, features: number, seed: number): readonly { readonly draft: Draft; readonly milliseconds: number }[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const row = Float64Array.from({ length: features }, () => Math.round(random.next() * 64) / 8);
    const time = 1 + Math.abs(row[0]! - 3) + (row[1]! > 4 ? 2 : 0) * row[2]!;
    return { draft: { milliseconds: 1 + Math.abs(row[0]! - 5), refused: null, features: row }, milliseconds: time };
  });
};

describe('gbt cost model', () => {
  for (const { name, run } of costModelChecks(model)) it(name, run);

  it('learns what the draft has wrong', () => {
    const [seen, unseen] = [rows(300, 12, 1), rows(300, 12, 2)];
    const truth = unseen.map(({ milliseconds }) => milliseconds);
    const plain = rankCorrelation(unseen.map(({ draft }) => draft.milliseconds), truth);
    const learned = rankCorrelation(model.predict(model.fit(seen), unseen.map(({ draft }) => draft)), truth);
    expect(plain).to.be.lessThan(0.5);
    expect(learned).to.be.greaterThan(0.93);
  });

  it('predicts times of the right size', () => {
    const seen = rows(300, 12, 1), state = model.fit(seen);
    const ratios = [...model.predict(state, seen.map(({ draft }) => draft))].map((value, i) => value / seen[i]!.milliseconds).sort((a, b) => a - b);
    expect(ratios[150]).to.be.within(0.8, 1.25);
  });

  it('makes the same bits on every machine', () => {
    expect(shortHash(canonicalJson(model.fit(rows(100, 5, 3))))).to.equal('b4db001faa289635');
  });

  it('says so when it is handed a state of another model', () => {
    expect(() => model.predict({ scale: 1, failed: [] }, [rows(1, 5, 1)[0]!.draft])).to.throw('the state of the gbt cost model is { base, scale, scores, milliseconds, trees }');
  });
});
