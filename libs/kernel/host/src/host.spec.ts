/** The start-up of plugins: what is found, what is refused, and in which words. Uses plugins made on the spot. */
import { CostModel, SearchStrategy, StrategyCombination } from '@loopsmith/contracts';
import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost, pluginSource, type PluginSource } from './index.js';

const strategy = (id: string): SearchStrategy => ({ id, start: () => ({ propose: () => [], observe: () => undefined }) });
const plugin = (name: string, ...ids: string[]): PluginSource => ({
  name,
  load: () => Promise.resolve({ default: new ContainerModule(({ bind }) => ids.forEach((id) => bind(SearchStrategy).toConstantValue(strategy(id)))) }),
});
const refusal = async (...plugins: PluginSource[]): Promise<string> => {
  const host = await createHost(plugins);
  return host.ok ? 'started' : host.failure.message;
};

describe('host', () => {
  it('collects contributions in the order of the plugins and finds them by id', async () => {
    const host = await createHost([plugin('one', 'a', 'b'), plugin('two', 'c')]);
    if (!host.ok) throw new Error(host.failure.message);
    expect(host.value.strategies.ids).to.deep.equal(['a', 'b', 'c']);
    expect(await host.value.strategies.get('c')).to.deep.include({ ok: true });
    expect(await host.value.frontends.all()).to.deep.equal({ ok: true, value: [] });
  });

  it('answers an unknown id with what there is', async () => {
    const host = await createHost([plugin('one', 'annealing', 'random')]);
    if (!host.ok) throw new Error(host.failure.message);
    expect(await host.value.strategies.get('genetic')).to.deep.equal({ ok: false, failure: { code: 'unknown-id', stage: 'plugins', message: 'there is no search strategy "genetic"; there are annealing, random' } });
    expect(await host.value.hardware.get('x86-avx')).to.deep.equal({ ok: false, failure: { code: 'unknown-id', stage: 'plugins', message: 'there is no hardware plugin "x86-avx"; no plugin contributes any' } });
  });

  it('asks whether a near one was meant', async () => {
    const host = await createHost([plugin('one', 'annealing', 'random')]);
    if (!host.ok) throw new Error(host.failure.message);
    expect(await host.value.strategies.get('anealing')).to.deep.equal({ ok: false, failure: { code: 'unknown-id', stage: 'plugins', message: 'there is no search strategy "anealing" (did you mean annealing?); there are annealing, random' } });
  });

  it('refuses an id twice and names both plugins', async () => {
    expect(await refusal(plugin('@loopsmith/search-random', 'random'), plugin('./mine.js', 'random'))).to.equal(
      'search strategy "random" is contributed by both @loopsmith/search-random and ./mine.js; remove one of them or rename one id');
    expect(await refusal(plugin('./mine.js', 'x', 'x'))).to.equal('search strategy "x" is contributed by plugin ./mine.js twice; remove one of them or rename one id');
  });

  it('says which plugin failed and why', async () => {
    expect(await refusal({ name: './broken.js', load: () => Promise.reject(new SyntaxError('Unexpected token')) })).to.equal(
      'plugin ./broken.js could not be loaded: Unexpected token; mend it or leave it out');
    const failing = new ContainerModule(({ bind }) => { bind(SearchStrategy).toDynamicValue(() => { throw new Error('no licence'); }); });
    expect(await refusal({ name: './late.js', load: () => Promise.resolve({ default: failing }) })).to.equal('plugin ./late.js could not be loaded: no licence; mend it or leave it out');
    expect(await refusal({ name: './empty.js', load: () => Promise.resolve({} as { default: ContainerModule }) })).to.equal(
      'plugin ./empty.js has no ContainerModule as its default export; end it with `export default new ContainerModule(({ bind }) => { … })`');
    const half = new ContainerModule(({ bind }) => { bind(CostModel).toConstantValue({ id: 'half', fit: () => null }); });
    expect(await refusal({ name: './half.js', load: () => Promise.resolve({ default: half }) })).to.equal(
      'plugin ./half.js contributes the cost model "half" without its function predict; a cost model has fit, predict');
    expect(await refusal(plugin('./nameless.js', ''))).to.equal('plugin ./nameless.js contributes a search strategy without an id; give it a string `id` that no other search strategy has');
  });

  it('offers combinations of strategies beside them, and refuses one with a member that nobody contributes', async () => {
    const combination = (members: readonly string[]): PluginSource => ({
      name: 'both', load: () => Promise.resolve({ default: new ContainerModule(({ bind }) => {
        bind<StrategyCombination>(StrategyCombination).toConstantValue({ id: 'both', members, combine: (of) => ({ id: 'both', start: () => ({ propose: () => of.map(({ id }) => ({ id })), observe: () => undefined }) }) });
      }) }),
    });
    // members may come from plugins that are loaded later
    const host = await createHost([combination(['b', 'a']), plugin('one', 'a', 'b')]);
    if (!host.ok) throw new Error(host.failure.message);
    expect(host.value.strategies.ids).to.deep.equal(['a', 'b', 'both']);
    const both = await host.value.strategies.get('both');
    expect(both.ok && both.value.start(undefined as never).propose(1, () => new Float64Array())).to.deep.equal([{ id: 'b' }, { id: 'a' }]);
    expect(await refusal(combination(['a', 'c']), plugin('one', 'a'))).to.equal('plugin both combines a, c into "both": there is no search strategy "c"; there is a');
    expect(await refusal(combination(['a']), plugin('one', 'a', 'both'))).to.equal('search strategy "both" is contributed by both one and both; remove one of them or rename one id');
  });

  it('loads a plugin that says what it offers when one of that is asked for, once', async () => {
    const loads: string[] = [];
    const offering = (name: string, offers: readonly string[], ...ids: string[]): PluginSource => ({ ...plugin(name, ...ids), offers: { strategies: offers }, load: () => { loads.push(name); return plugin(name, ...ids).load(); } });
    const host = await createHost([offering('one', ['a', 'b'], 'a', 'b'), plugin('two', 'c'), offering('three', ['d'], 'e')]);
    if (!host.ok) throw new Error(host.failure.message);
    const { strategies } = host.value;
    expect({ ids: strategies.ids, loads: [...loads] }).to.deep.equal({ ids: ['a', 'b', 'c', 'd'], loads: [] });
    const [first, second] = await Promise.all([strategies.get('a'), strategies.get('b')]);
    expect([first.ok && first.value.id, second.ok && second.value.id, loads]).to.deep.equal(['a', 'b', ['one']]);
    const refused = { ok: false, failure: { code: 'plugin-invalid', stage: 'plugins', message: 'plugin three offers the search strategy "d" and does not contribute it; bind one with this id, or take it out of what is offered' } };
    expect(await strategies.get('d')).to.deep.equal(refused);
    expect(await strategies.all()).to.deep.equal(refused);
    expect(await refusal(offering('one', ['a']), plugin('./mine.js', 'a'))).to.equal('search strategy "a" is contributed by both one and ./mine.js; remove one of them or rename one id');
  });

  it('makes a combination that is offered when it is asked for, of members that are loaded for it', async () => {
    const combination: PluginSource = { name: 'both', offers: { strategies: ['both'] }, load: () => Promise.resolve({ default: new ContainerModule(({ bind }) => {
      bind<StrategyCombination>(StrategyCombination).toConstantValue({ id: 'both', members: ['a'], combine: (of) => ({ ...of[0]!, id: 'both' }) });
    }) }) };
    const host = await createHost([combination, { ...plugin('one', 'a'), offers: { strategies: ['a'] } }]);
    const both = host.ok && await host.value.strategies.get('both');
    expect(both && both.ok && both.value.id).to.equal('both');
  });

  it('loads a plugin by path and by package name, seen from the given folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-plugin-'));
    try {
      const source = (id: string): string => `export default { id: 'module', load: () => {}, __unused: '${id}' };`;
      writeFileSync(join(folder, 'mine.mjs'), source('mine'));
      expect((await pluginSource('./mine.mjs', folder).load()).default).to.have.property('__unused', 'mine');
      // a folder as `loopsmith new` writes it
      mkdirSync(join(folder, 'whole'));
      writeFileSync(join(folder, 'whole', 'package.json'), '{ "type": "module", "exports": "./index.js" }');
      writeFileSync(join(folder, 'whole', 'index.js'), source('whole'));
      expect((await pluginSource('./whole', folder).load()).default).to.have.property('__unused', 'whole');
      expect((await pluginSource(join(folder, 'whole', 'index.js'), folder).load()).default).to.have.property('__unused', 'whole');
      expect(await refusal(pluginSource('./absent.mjs', folder))).to.equal("plugin ./absent.mjs could not be loaded: Cannot find module './absent.mjs'; mend it or leave it out");
      expect(await refusal(pluginSource('no-such-package', folder))).to.equal(`plugin no-such-package could not be loaded: no package has this name in ${folder}; install it there with npm, or give a path that begins with ./; mend it or leave it out`);
      expect(await refusal(pluginSource('mine.mjs', folder))).to.equal('plugin mine.mjs could not be loaded: no package has this name; a path begins with ./, as ./mine.mjs does; mend it or leave it out');
      mkdirSync(join(folder, 'node_modules', 'closed'), { recursive: true });
      writeFileSync(join(folder, 'node_modules', 'closed', 'package.json'), '{ "exports": {} }');
      expect(await refusal(pluginSource('closed', folder))).to.match(/^plugin closed could not be loaded: No "exports" main defined in \S+package\.json; mend it or leave it out$/);
      // as `npm init` leaves a folder
      mkdirSync(join(folder, 'plain'));
      writeFileSync(join(folder, 'plain', 'package.json'), '{ "type": "commonjs" }');
      writeFileSync(join(folder, 'plain', 'imports.js'), "import 'node:fs';");
      expect(await refusal(pluginSource('./plain/imports.js', folder))).to.equal(
        'plugin ./plain/imports.js could not be loaded: Cannot use import statement outside a module: Node takes it for CommonJS; call it .mjs, or write "type": "module" into the package.json beside it; mend it or leave it out');
      writeFileSync(join(folder, 'plain', 'broken.js'), 'const = 1;');
      expect(await refusal(pluginSource('./plain/broken.js', folder))).to.equal("plugin ./plain/broken.js could not be loaded: Unexpected token '='; mend it or leave it out");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
