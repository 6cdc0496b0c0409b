/** The files of a new search strategy: a plugin in plain JavaScript that works and passes the kit as it is. Writes nothing. */
import { code } from '@loopsmith/util';

/** By path inside the plugin's folder. */
export const searchStrategyFiles = (name: string): Readonly<Record<string, string>> => ({
  'package.json': `${JSON.stringify({ name: `loopsmith-search-${name}`, version: '0.1.0', type: 'module', exports: './index.js', scripts: { test: 'node --test' }, peerDependencies: { loopsmith: '>=0.1.0' } }, null, 2)}\n`,
  'index.js': `${code`
    // @ts-check
    /** A search strategy: around the best measured points first, best predicted first, the rest at random. */
    import { ContainerModule, SearchStrategy, neighbours, searchMemory } from 'loopsmith/plugin';

    /** @type {import('loopsmith/plugin').SearchStrategy} */
    export const strategy = {
      id: '${name}',
      start: ({ space, random }) => {
        const { choices } = space, memory = searchMemory(choices);
        return {
          // at most \`count\` points that were never proposed before; \`predict\` says Infinity for those that must not be
          propose: (count, predict) => {
            const around = [space.untuned(), ...memory.best.slice(0, 4).map(({ point }) => point)];
            const near = memory.takeBest(around.flatMap((point) => neighbours(choices, point)), Math.ceil(0.75 * count), predict);
            return [...near, ...memory.takeRandom(count - near.length, random, predict)];
          },
          // every proposed point comes back once, with its milliseconds or its failure
          observe: (results) => memory.observe(results),
        };
      },
    };

    export default new ContainerModule(({ bind }) => {
      bind(SearchStrategy).toConstantValue(strategy);
    });`}\n`,
  'index.test.js': `${code`
    /** What every strategy keeps, and what every strategy that learns keeps. */
    import { learningStrategyChecks, strategyChecks } from 'loopsmith/plugin';
    import { test } from 'node:test';
    import { strategy } from './index.js';

    for (const { name, run } of [...strategyChecks(strategy), ...learningStrategyChecks(strategy)]) test(name, run);`}\n`,
});
