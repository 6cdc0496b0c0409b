/** Sessions are closed whatever becomes of the work with them, and of others that could not be opened. */
import type { Session } from '@loopsmith/contracts';
import { expect } from 'chai';
import { withSession } from './opening.js';

describe('a session that is worked with', () => {
  const closed: string[] = [];
  const opened = (name: string): Promise<Session> =>
    Promise.resolve({ kind: 'measured', how: name, threads: 1, inputs: [], outputs: [], run: () => Promise.resolve(new Map()), close: async () => { closed.push(name); } });

  it('is closed when it is done, when the work throws, and when another cannot be opened beside it', async () => {
    const refused = (): Promise<never> => Promise.reject(new Error('refused'));
    expect(await withSession(opened('done'), ({ how }) => Promise.resolve(how))).to.equal('done');
    for (const [name, work] of [['thrown', refused], ['beside', () => withSession(refused(), refused)]] as const)
      expect(await withSession(opened(name), work).catch((error: Error) => error.message)).to.equal('refused');
    expect(closed).to.deep.equal(['done', 'thrown', 'beside']);
  });
});
