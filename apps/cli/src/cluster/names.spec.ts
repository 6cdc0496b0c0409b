/** A worker's name belongs to one process at a time: to the living, and never to a number that another process has by now. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap } from '@loopsmith/util';
import { claimName } from './names.js';

describe('names of workers', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-names-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const lock = (name: string): string => join(folder, name, 'pid');
  /** As a worker of that name leaves it whose process `pid` began at `start`. */
  const heldBy = (name: string, pid: number, start: string): void => {
    unwrap(claimName(folder, name, true)).release();
    writeFileSync(lock(name), `${pid} ${start}`);
  };
  const startOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]!;

  it('are refused while their worker runs, and numbered further when they were not chosen', async () => {
    const other = spawn('sleep', ['60']);
    try {
      heldBy('host-1', other.pid!, startOf(other.pid!));
      heldBy('mine', other.pid!, startOf(other.pid!));
      expect(claimName(folder, 'mine', true)).to.deep.equal({ ok: false, failure: { code: 'worker-name', stage: 'cluster', message: `a worker named "mine" runs already (process ${other.pid}); stop it, or choose another --name` } });
      expect(unwrap(claimName(folder, 'host', false)).name).to.equal('host-2');
    } finally {
      other.kill('SIGKILL');
      await new Promise((resolve) => { other.on('close', resolve); });
    }
    expect(unwrap(claimName(folder, 'mine', true)).folder).to.equal(join(folder, 'mine'));
  });

  it('are free when their process is gone and another has its number', () => {
    heldBy('mine', process.ppid, '1');
    expect(unwrap(claimName(folder, 'mine', true)).name).to.equal('mine');
    expect(readFileSync(lock('mine'), 'utf8').split(' ').slice(0, 2).join(' ')).to.equal(`${process.pid} ${startOf(process.pid)}`);
  });

  it('are free at once when their container is gone', () => {
    heldBy('mine', 1, '1 elsewhere');
    expect(unwrap(claimName(folder, 'mine', true)).name).to.equal('mine');
  });
});
