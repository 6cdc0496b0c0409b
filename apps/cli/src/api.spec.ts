/** What the typed API refuses before it looks at a model: what JavaScript lets through and types would not. */
import { FailureError } from '@loopsmith/util';
import { expect } from 'chai';
import { compile, tune, type CompileOptions, type Model, type TuneOptions } from './api.js';

/** Code and sentence of a refusal; what is thrown otherwise is no refusal. */
const refusal = (call: Promise<unknown>): Promise<readonly [string, string]> =>
  call.then(() => { throw new Error('nothing was refused'); }, (error: unknown) => {
    if (!(error instanceof FailureError)) throw error;
    return [error.failure.code, error.failure.message] as const;
  });

const tuneOptions = 'target, threads, exact, shapes, plugins, folder, budget, strategy, model, seed, records, onEvent, signal';

describe('the typed API', () => {
  const tuned: readonly (readonly [what: string, options: unknown, message: string])[] = [
    ['an option that is misspelt', { thread: 2 }, `tune has no option 'thread' (did you mean threads?); there are ${tuneOptions}`],
    ['an option of the command line', { trials: 5 }, `tune has no option 'trials'; there are ${tuneOptions}`],
    ['no object', null, `tune takes an object of options, not null; there are ${tuneOptions}`],
    ['a budget that is misspelt', { budget: { trails: 5 } }, "budget has no option 'trails' (did you mean trials?); there are trials, seconds, stopBelow"],
    ['a budget as the command line has it', { budget: '2m' }, "budget is '2m'; give { seconds: 120 } or { trials: 200 }"],
    ['two budgets', { budget: { trials: 5, seconds: 5 } }, 'budget has trials and a time; give one of them'],
    ['a budget of trials without a number', { budget: { trials: undefined } }, 'budget.trials is undefined; give a whole number from 1 up'],
    ['no budget in a budget', { budget: {} }, 'budget.seconds is undefined; give a time above 0'],
    ['a seed that is none', { seed: 0.5 }, 'seed is 0.5; give a whole number from 0 to 4294967295'],
    ['a shape that is a number', { shapes: { x: 5 } }, 'shapes is an object; give sizes by the name of an input, as in { data: [1, 3, 224, 224] }'],
    ['words in place of yes and no', { exact: 'no' }, "exact is 'no'; give true or false"],
    ['a file that has no name', { records: '' }, "records is ''; give a text that is not empty"],
    ['a folder that is no path', { folder: 5 }, 'folder is 5; give a text that is not empty'],
    ['what is no signal', { signal: {} }, 'signal is an object; give the signal of an AbortController'],
    ['threads as text', { threads: '2' }, "threads is '2'; give a whole number from 1 to 256"],
    ['more threads than a kernel is built for', { threads: 257 }, 'threads is 257; give a whole number from 1 to 256'],
    ['a size beyond whole numbers', { shapes: { x: [1e300] } }, 'shapes is an object; give sizes by the name of an input, as in { data: [1, 3, 224, 224] }'],
    ['all of the time as the least saving', { budget: { seconds: 5, stopBelow: 1 } }, 'budget.stopBelow is 1; give a share between 0 and 1, such as 0.01'],
    ['one plugin in place of a list', { plugins: './mine.js' }, "plugins is './mine.js'; give a list, as in ['./mine.js']"],
  ];
  for (const [what, options, message] of tuned)
    it(`refuses ${what}`, async () => expect(await refusal(tune('absent.onnx', options as TuneOptions))).to.deep.equal(['option-invalid', message]));

  it('refuses in `compile` what it does in `tune`, and options that only `tune` has', async () => {
    const options = 'target, threads, exact, shapes, plugins, folder, records';
    expect(await refusal(compile('absent.onnx', 'out', { seed: 1 } as CompileOptions))).to.deep.equal(['option-invalid', `compile has no option 'seed'; there are ${options}`]);
    expect(await refusal(compile('absent.onnx', { threads: 2 } as unknown as string))).to.deep.equal(['option-invalid', 'directory is an object; give the path of the folder to write']);
  });

  it('refuses what is no model', async () => {
    const wanted = 'give the path of a model file, its bytes as a Uint8Array, or a definition as parseDefinition makes';
    for (const [model, shown] of [[undefined, 'undefined'], [new ArrayBuffer(4), 'an object'], [{ ok: true, value: {} }, 'an object']] as const)
      expect(await refusal(tune(model as unknown as Model))).to.deep.equal(['option-invalid', `model is ${shown}; ${wanted}`]);
  });
});
