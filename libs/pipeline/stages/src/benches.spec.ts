/** Which benches stay open: those in use whatever they hold, and of the others as many as fit. */
import type { Device, Task } from '@loopsmith/contracts';
import { fail, FailureError, succeed, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { openBenches, type Benches } from './benches.js';
import { fakeEnvironment, fakeTask } from './testing/index.js';

/** Two and a half of them are all that may be held: one is 192 MiB. */
const large = (n: number): Task => fakeTask(2 ** 23 + n).task;
const [first, second, third] = [large(0), large(1), large(2)] as const;

/** What was prepared and closed, in order, by task. */
const logged = (): { readonly benches: Benches; readonly log: string[] } => {
  const log: string[] = [], nameOf = ({ key }: Task): string => ['first', 'second', 'third'][[first, second, third].findIndex((task) => task.key === key)] ?? 'other';
  const never = (): never => { throw new Error('nothing is measured here'); };
  const device: Device = {
    environment: fakeEnvironment, protocol: '1', cpus: [],
    prepare: (task) => {
      log.push(`${nameOf(task)} prepared`);
      return Promise.resolve(succeed({ measure: never, compare: never, close: () => { log.push(`${nameOf(task)} closed`); return Promise.resolve(); } }));
    },
    close: () => Promise.resolve(),
  };
  return { benches: openBenches(device), log };
};
/** Work that goes on until it is told to end. */
const going = (benches: Benches, task: Task): { readonly end: () => Promise<void> } => {
  let stop = (): void => undefined;
  const used = benches.use(task, () => new Promise<void>((resolve) => { stop = resolve; }));
  return { end: async () => { stop(); await used; } };
};
const nothing = (): Promise<void> => Promise.resolve();

describe('benches', () => {
  it('are prepared once for as long as they fit', async () => {
    const { benches, log } = logged();
    for (const task of [first, second, first, second]) unwrap(await benches.use(task, nothing));
    expect(log).to.deep.equal(['first prepared', 'second prepared']);
    await benches.close();
    expect(log.slice(2)).to.deep.equal(['first closed', 'second closed']);
  });

  it('are closed where all would hold too much, the one not used for longest first', async () => {
    const { benches, log } = logged();
    for (const task of [first, second, first, third]) await benches.use(task, nothing);
    expect(log).to.deep.equal(['first prepared', 'second prepared', 'third prepared', 'second closed']);
  });

  it('stay open while they are used, however much others hold, and are closed afterwards', async () => {
    const { benches, log } = logged(), one = going(benches, first), two = going(benches, second);
    await benches.use(third, nothing);
    // the third, which nobody uses, is what gives way
    expect(log).to.deep.equal(['first prepared', 'second prepared', 'third prepared', 'third closed']);
    const three = going(benches, third);
    await new Promise(setImmediate);
    expect(log.slice(4)).to.deep.equal(['third prepared']);
    await one.end();
    expect(log.slice(5)).to.deep.equal(['first closed']);
    await two.end();
    await three.end();
    expect(log.slice(6)).to.deep.equal([]);
  });

  it('say why a task cannot be prepared, and are not used then', async () => {
    const failure = { code: 'harness-failed', stage: 'measure', message: 'no memory; close something' } as const;
    const benches = openBenches({ environment: fakeEnvironment, protocol: '1', cpus: [], prepare: () => Promise.resolve(fail(failure)), close: nothing });
    let used = false;
    expect(await benches.use(first, () => { used = true; return nothing(); })).to.deep.equal(fail(failure));
    expect(used).to.equal(false);
  });

  it('that do not close spoil no work, and say so at the end', async () => {
    const never = (): never => { throw new Error('nothing is measured here'); };
    const benches = openBenches({ environment: fakeEnvironment, protocol: '1', cpus: [], prepare: () => Promise.resolve(succeed({ measure: never, compare: never, close: () => Promise.reject(new Error('the pipe is gone\nand more')) })), close: nothing });
    const answers = [];
    for (const task of [first, second, third]) answers.push(await benches.use(task, () => Promise.resolve(task.key)));
    expect(answers).to.deep.equal([first, second, third].map(({ key }) => succeed(key)));
    const closed = await benches.close().then(() => null, (error: unknown) => error);
    expect(closed).to.be.instanceOf(FailureError);
    expect((closed as FailureError).failure.message).to.equal('a bench that was closed threw an error instead of answering: the pipe is gone; this is a bug of the plugin');
  });

  it('are given back by work that throws', async () => {
    const { benches, log } = logged();
    let thrown: unknown = null;
    await benches.use(first, () => Promise.reject(new Error('lost'))).catch((error: unknown) => { thrown = error; });
    expect(thrown).to.be.an('error');
    for (const task of [second, third]) await benches.use(task, nothing);
    expect(log.at(-1)).to.equal('first closed');
  });
});
