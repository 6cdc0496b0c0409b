/** The neural cost model: what every cost model keeps and every one that learns, bits that are the same everywhere, and no tensor left behind. */
import { costModelChecks, learningModelChecks, misleadingExamples } from '@loopsmith/kits';
import { canonicalJson, seededRandom, shortHash } from '@loopsmith/util';
import { expect } from 'chai';
import { tfjs } from './backend.js';
import { neural as model } from './index.js';
import { gradientsOf, scoreOf, startWeights, weightNames } from './network.js';

describe('neural cost model', () => {
  for (const { name, run } of [...costModelChecks(model), ...learningModelChecks(model, 0.8)]) it(name, run);

  it('has the gradients of its scores', () => {
    const sizes = { inputs: 5, hidden: 7, narrow: 4 }, random = seededRandom(3), weights = startWeights(sizes, random);
    for (const name of weightNames) weights[name].forEach((_, i, all) => { all[i] = 2 * random.next() - 1; });
    const input = Float32Array.from({ length: 15 }, () => 2 * random.next() - 1), by = Float32Array.of(0.5, -1, 2);
    const gradients = gradientsOf(tfjs(), weights, sizes, input, () => by);
    const loss = (): number => [0, 1, 2].reduce((sum, row) => sum + by[row]! * scoreOf(weights, input.subarray(5 * row, 5 * row + 5)), 0);
    for (const name of weightNames) for (const [i, slope] of gradients[name].entries()) {
      const at = weights[name][i]!, step = 1e-3;
      weights[name][i] = at + step;
      const above = loss();
      weights[name][i] = at - step;
      const below = loss();
      weights[name][i] = at;
      expect((above - below) / (2 * step), `${name}[${i}]`).to.be.closeTo(slope, 2e-3);
    }
  });

  it('makes the same bits on every machine', () => {
    expect(shortHash(canonicalJson(model.fit(misleadingExamples(100, 5, 3))))).to.equal('ef092bf3eeb97a62');
  });

  it('leaves no tensor behind', () => {
    model.fit(misleadingExamples(50, 5, 1));
    const before = tfjs().memory().numTensors;
    model.fit(misleadingExamples(50, 5, 2));
    expect(tfjs().memory().numTensors).to.equal(before);
  });

  it('says so when it is handed a state of another model', () => {
    expect(() => model.predict({ scale: 1, failed: [] }, [misleadingExamples(1, 5, 1)[0]!.draft])).to.throw('the state of the neural cost model is { scale, means, spreads, scores, milliseconds, weights }');
  });
});
