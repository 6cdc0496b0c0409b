/** What the built-in plugins say that they offer is what they contribute: all of it, and nothing else. */
import { createHost, type Host } from '@loopsmith/host';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { builtInPlugins } from './plugins.js';

const kinds = ['frontends', 'hardware', 'strategies', 'costModels', 'recordStores'] as const satisfies readonly (keyof Host)[];
/** Of plugins that are loaded at the start, whatever they say that they offer. */
const contributed = (host: Host): string => kinds.map((kind) => `${kind} ${host[kind].ids.toSorted().join(' ')}`).join('; ');

describe('built-in plugins', () => {
  it('contribute what they offer', async () => {
    const loaded = unwrap(await createHost(builtInPlugins.map(({ name, load }) => ({ name, load })))), offering = unwrap(await createHost(builtInPlugins));
    expect(contributed(offering)).to.equal(contributed(loaded));
    for (const kind of kinds) expect(unwrap<readonly { readonly id: string }[]>(await offering[kind].all()).map(({ id }) => id)).to.deep.equal(offering[kind].ids);
  });
});
