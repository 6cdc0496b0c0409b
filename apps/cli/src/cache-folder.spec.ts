/** Where the cache lies, for whoever has a home and for whoever has none. */
import { expect } from 'chai';
import { cacheFolder } from './cache-folder.js';

const nowhere = (): string => { throw new Error('a system error occurred: uv_os_homedir returned ENOENT (no such file or directory)'); };
const cases: readonly (readonly [what: string, cache: string | undefined, home: () => string, found: string])[] = [
  ['a home', undefined, () => '/users/me', '/users/me/.cache/loopsmith'],
  ['a cache of its own', '/caches', () => '/users/me', '/caches/loopsmith'],
  ['an empty name of a cache', '', () => '/users/me', '/users/me/.cache/loopsmith'],
  ['a cache that is not absolute', 'caches', () => '/users/me', '/users/me/.cache/loopsmith'],
  ['no home', undefined, nowhere, '/place/.loopsmith/cache'],
  ['an empty home', undefined, () => '', '/place/.loopsmith/cache'],
];

describe('the cache of a user', () => {
  for (const [what, cache, home, found] of cases) it(`with ${what}`, () => {
    expect(cacheFolder({ folder: '/place', environment: { XDG_CACHE_HOME: cache } }, home)).to.equal(found);
  });
});
