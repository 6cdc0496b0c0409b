/** The files of a new cost model: a plugin in plain JavaScript that works and passes the kit as it is. Writes nothing. */
import { code } from '@loopsmith/util';

/** By path inside the plugin's folder. */
export const costModelFiles = (name: string): Readonly<Record<string, string>> => ({
  'package.json': `${JSON.stringify({ name: `loopsmith-cost-model-${name}`, version: '0.1.0', type: 'module', exports: './index.js', scripts: { test: 'node --test' }, peerDependencies: { loopsmith: '>=0.1.0' } }, null, 2)}\n`,
  'index.js': `${code`
    // @ts-check
    /** A cost model: the draft's milliseconds, times a factor that ridge regression on the draft's features learns from what was measured. */
    import { ContainerModule, CostModel } from 'loopsmith/plugin';

    const PENALTY = 1, SWEEPS = 30, MOST = 3;

    /** @type {import('loopsmith/plugin').CostModel} */
    export const model = {
      id: '${name}',
      // what it learned is JSON, for it travels to other machines; failed candidates have no milliseconds, and teach this model nothing
      fit: (examples) => {
        const rows = examples.flatMap(({ draft, milliseconds }) => (milliseconds === null || draft.refused !== null ? [] : [{ features: [...draft.features], wanted: Math.log(milliseconds / draft.milliseconds) }]));
        const mean = average(rows.map(({ wanted }) => wanted)), left = rows.map(({ wanted }) => wanted - mean);
        const columns = (rows[0]?.features ?? []).map((_, k) => {
          const values = rows.map(({ features }) => features[k] ?? 0), middle = average(values);
          return { middle, spread: Math.sqrt(average(values.map((value) => (value - middle) ** 2))) || 1, weight: 0 };
        });
        for (let sweep = 0; sweep < SWEEPS; sweep++)
          columns.forEach((column, k) => {
            const x = rows.map(({ features }) => ((features[k] ?? 0) - column.middle) / column.spread);
            const before = column.weight;
            column.weight = x.reduce((sum, value, i) => sum + value * (left[i] + before * value), 0) / (PENALTY + x.reduce((sum, value) => sum + value * value, 0));
            x.forEach((value, i) => { left[i] -= (column.weight - before) * value; });
          });
        return { mean, columns };
      },
      // before the first fit the state is null; Infinity for what the draft refuses, which must not be built
      predict: (state, drafts) => {
        const { mean, columns } = /** @type {{ mean: number, columns: { middle: number, spread: number, weight: number }[] }} */ (state ?? { mean: 0, columns: [] });
        return Float64Array.from(drafts, ({ milliseconds, refused, features }) => {
          if (refused !== null) return Infinity;
          const factor = columns.reduce((sum, { middle, spread, weight }, k) => sum + (weight * ((features[k] ?? 0) - middle)) / spread, 0);
          return milliseconds * Math.exp(mean + Math.max(-MOST, Math.min(MOST, factor)));
        });
      },
    };

    /** @param {number[]} values */
    const average = (values) => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);

    export default new ContainerModule(({ bind }) => {
      bind(CostModel).toConstantValue(model);
    });`}\n`,
  'index.test.js': `${code`
    /** What every cost model keeps. */
    import { costModelChecks } from 'loopsmith/plugin';
    import { test } from 'node:test';
    import { model } from './index.js';

    for (const { name, run } of costModelChecks(model)) test(name, run);`}\n`,
});
