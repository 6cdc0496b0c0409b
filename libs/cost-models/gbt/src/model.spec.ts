/** Boosted trees: what every cost model keeps and every one that learns, and bits that are the same everywhere. */
import { costModelChecks, learningModelChecks, misleadingExamples } from '@loopsmith/kits';
import { canonicalJson, shortHash } from '@loopsmith/util';
import { expect } from 'chai';
import { gbt as model } from './index.js';

describe('gbt cost model', () => {
  for (const { name, run } of [...costModelChecks(model), ...learningModelChecks(model, 0.93)]) it(name, run);

  it('makes the same bits on every machine', () => {
    expect(shortHash(canonicalJson(model.fit(misleadingExamples(100, 5, 3))))).to.equal('b4db001faa289635');
  });

  it('says so when it is handed a state of another model', () => {
    expect(() => model.predict({ scale: 1, failed: [] }, [misleadingExamples(1, 5, 1)[0]!.draft])).to.throw('the state of the gbt cost model is { base, scale, scores, milliseconds, trees }');
  });
});
