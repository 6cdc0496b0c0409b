/** Drafts are made once per point, whatever a plugin makes its space of. */
import type { Draft, Point, Space } from '@loopsmith/contracts';
import { succeed } from '@loopsmith/util';
import { expect } from 'chai';
import { rememberingDrafts } from './drafts.js';

class OwnSpace implements Space {
  readonly id = 'own 1';
  readonly choices = [{ name: 'a', kind: 'ordinal', values: [1, 2] }] as const;
  #asked = 0;
  draft({ a }: Point): Draft { return { milliseconds: Number(a) + 10 * this.#asked++, refused: null, features: new Float64Array(0) }; }
  schedule(): ReturnType<Space['schedule']> { return succeed(Array.from({ length: this.#asked }, () => ({}) as never)); }
  untuned(): Point { return { a: this.#asked }; }
}

describe('drafts that are remembered', () => {
  it('are made once per point, of a class as of an object', () => {
    const space = rememberingDrafts(new OwnSpace());
    expect([space.draft({ a: 1 }), space.draft({ a: 2 }), space.draft({ a: 1 })].map(({ milliseconds }) => milliseconds)).to.deep.equal([1, 12, 1]);
    expect([space.id, space.choices.length, space.untuned(), space.schedule({ a: 1 })]).to.deep.equal(['own 1', 1, { a: 2 }, succeed([{}, {}])]);
    expect(Object.keys(space).sort()).to.deep.equal(['choices', 'draft', 'id', 'schedule', 'untuned']);
  });

  it('leave a space its open points, which a search asks for', () => {
    class OpenSpace extends OwnSpace { open(): Iterable<Point> { return [{ a: 2 }].filter(({ a }) => a === this.choices[0].values[1]); } }
    expect([...rememberingDrafts(new OpenSpace()).open!()]).to.deep.equal([{ a: 2 }]);
  });
});
