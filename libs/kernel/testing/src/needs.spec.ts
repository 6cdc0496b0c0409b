// An unmet need skips with its reason for a user and fails in CI; a met one does nothing.
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { command, cpu, demand, file, type Skippable } from './needs.js';
import { repository, shared } from './places.js';

function fake(): { context: Skippable; runnable: { title: string; type: string }; skipped: () => boolean } {
  let skipped = false;
  const runnable = { title: 'runs a model', type: 'test' };
  const context = { runnable: () => runnable as unknown as Mocha.Test, skip: () => void (skipped = true) };
  return { context, runnable, skipped: () => skipped };
}

describe('needs', () => {
  const absent = file(repository('no-such-file'));

  it('lets a test run whose needs are met', () => {
    const { context, runnable, skipped } = fake();
    demand(context, true, [file(repository('nx.json')), command('node')]);
    expect([runnable.title, skipped()]).to.deep.equal(['runs a model', false]);
  });

  it('skips with the reason in the title for a user', () => {
    const { context, runnable, skipped } = fake();
    demand(context, false, [command('node'), absent, command('no-such-program')]);
    expect(skipped()).to.equal(true);
    expect(runnable.title).to.match(/^runs a model \(needs the file .*no-such-file and the program no-such-program\)$/);
  });

  it('fails in CI', () => {
    const { context, skipped } = fake();
    expect(() => demand(context, true, [absent])).to.throw(/needs the file .*no-such-file; in CI that is a failure/);
    expect(skipped()).to.equal(false);
  });

  it('finds no program in a folder of that name, and no feature that no CPU has', () => {
    expect(command('.').met).to.equal(false);
    expect(cpu('no-such-feature').met).to.equal(false);
  });

  it('names places from the root of the repository', () => {
    expect(existsSync(repository('package.json'))).to.equal(true);
    expect(shared('models')).to.match(/\/shared\/models$/);
  });
});
