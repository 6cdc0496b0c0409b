/** Who waits for whom on cores that compilers and measurements share. */
import { expect } from 'chai';
import { coresFor, takeTurn } from './turns.js';

/** Work that notes its start and lasts until it is told to end. */
const pieces = (): { readonly log: string[]; readonly work: (name: string) => () => Promise<void>; readonly end: (name: string) => Promise<void> } => {
  const log: string[] = [], ends = new Map<string, () => void>();
  return {
    log,
    work: (name) => () => new Promise<void>((resolve) => { log.push(name); ends.set(name, resolve); }),
    end: async (name) => { ends.get(name)!(); await new Promise((resolve) => { setImmediate(resolve); }); },
  };
};
const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('coresFor', () => {
  it('has what is measured wait for every compiler on its cores, and compilers that ask later for what is measured', async () => {
    const { log, work, end } = pieces(), { lanes, measuring } = coresFor([0, 1], [0, 1]);
    void lanes[1]!.turn(work('compiler'));
    void measuring(work('measured'));
    // the first lane is free, but it was asked by what is measured before
    void lanes[0]!.turn(work('later'));
    void lanes[1]!.turn(work('later too'));
    await settle();
    expect(log).to.deep.equal(['compiler']);
    await end('compiler');
    expect(log).to.deep.equal(['compiler', 'measured']);
    await end('measured');
    expect(log).to.deep.equal(['compiler', 'measured', 'later', 'later too']);
  });
  it('lets a core that only builds go on', async () => {
    const { log, work } = pieces(), { lanes, measuring } = coresFor([0, 1], [1]);
    void measuring(work('measured'));
    void lanes[1]!.turn(work('shared'));
    void lanes[0]!.turn(work('own'));
    await settle();
    expect(log).to.have.members(['measured', 'own']);
  });
  it('gives the cores back after what failed', async () => {
    const { log, work } = pieces(), { lanes, measuring } = coresFor([0, 1], [0, 1]);
    const failed = measuring(() => Promise.reject(new Error('no'))).catch(({ message }: Error) => message);
    void lanes[0]!.turn(work('compiler'));
    expect(await failed).to.equal('no');
    await settle();
    expect(log).to.deep.equal(['compiler']);
  });
});

describe('quiet', () => {
  it('answers when what is measured has ended, however it ended, and waits for nothing that only waits for its turn', async () => {
    const { log, work, end } = pieces(), { lanes, measuring, quiet } = coresFor([0], [0]);
    const note = (): void => { log.push('quiet'); };
    void lanes[0]!.turn(work('compiler'));
    void measuring(work('measured'));
    void quiet().then(note);
    await settle();
    expect(log).to.deep.equal(['compiler', 'quiet']);
    await end('compiler');
    void quiet().then(note);
    await settle();
    expect(log).to.deep.equal(['compiler', 'quiet', 'measured']);
    await end('measured');
    expect(log).to.deep.equal(['compiler', 'quiet', 'measured', 'quiet']);
    await measuring(() => Promise.reject(new Error('no'))).catch(() => undefined);
    await quiet().then(note);
    expect(log.length).to.equal(5);
  });
});

describe('takeTurn', () => {
  it('keeps the turn until it is ended', async () => {
    const { log, work } = pieces(), { lanes, measuring } = coresFor([0], [0]);
    const end = await takeTurn(measuring);
    void lanes[0]!.turn(work('compiler'));
    await settle();
    expect(log).to.deep.equal([]);
    end();
    await settle();
    expect(log).to.deep.equal(['compiler']);
  });
});
