/** A supervisor starts again what left with 70 or 75 or was killed, and nothing else. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { supervise } from './supervising.js';

describe('a supervisor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-supervisor-')), program = join(folder, 'worker.mjs'), starts = join(folder, 'starts');
  after(() => rmSync(folder, { recursive: true, force: true }));
  /** A program that ends as `ends` say, one after the other. */
  const endingWith = (...ends: readonly string[]): void => {
    writeFileSync(starts, '');
    writeFileSync(program, `
      import { appendFileSync, readFileSync } from 'node:fs';
      const end = ${JSON.stringify(ends)}[readFileSync(${JSON.stringify(starts)}, 'utf8').length];
      appendFileSync(${JSON.stringify(starts)}, '.');
      if (end.startsWith('SIG')) process.kill(process.pid, end);
      else process.exit(Number(end));
    `);
  };
  const run = async (): Promise<{ readonly code: number; readonly said: readonly string[]; readonly starts: number }> => {
    const said: string[] = [], code = await supervise(program, [], (text) => said.push(text), 1);
    return { code, said, starts: readFileSync(starts, 'utf8').length };
  };

  it('starts it again after a bug, a lost broker and a kill, later and later, until it leaves by itself', async () => {
    endingWith('75', '70', 'SIGKILL', '0');
    expect(await run()).to.deep.equal({ code: 0, starts: 4, said: ['the worker left with 75; it is started again in 0.001 s', 'the worker left with 70; it is started again in 0.002 s', 'the worker was ended by SIGKILL; it is started again in 0.004 s'] });
  });

  it('starts it with the options that it has of Node itself', async () => {
    writeFileSync(program, `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(starts)}, process.execArgv.join());`);
    process.execArgv.push('--max-semi-space-size=64');
    try {
      expect(await supervise(program, [], () => undefined, 1)).to.equal(0);
    } finally {
      process.execArgv.pop();
    }
    expect(readFileSync(starts, 'utf8')).to.match(/(^|,)--max-semi-space-size=64$/);
  });

  it('starts it again where the system could not start it', async () => {
    const node = process.execPath, said: string[] = [];
    endingWith('0');
    process.execPath = join(folder, 'no-node');
    try {
      expect(await supervise(program, [], (text) => { said.push(text); process.execPath = node; }, 1)).to.equal(0);
    } finally {
      process.execPath = node;
    }
    expect(said).to.deep.equal([`the worker could not be started (spawn ${join(folder, 'no-node')} ENOENT); it is started again in 0.001 s`]);
  });

  it('gives up what was refused', async () => {
    endingWith('3', '0');
    expect(await run()).to.deep.equal({ code: 3, starts: 1, said: [] });
  });
});
