/** Who holds a lock: the living, here and elsewhere, once each; never the dead, nor a number that another process has by now. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockState, QUIET_MS, takeLock } from './process-lock.js';

describe('locks of processes', () => {
  let folder = '', path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loopsmith-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const taken = (): boolean => takeLock(path).taken;

  it('are held once, also within a process, until they are given back', () => {
    const lock = takeLock(path);
    if (!lock.taken) throw new Error('a lock that nobody has was refused');
    expect(takeLock(path)).to.deep.equal({ taken: false, holder: { process: process.pid, here: true, mine: true } });
    expect(lockState(path)).to.equal('held');
    lock.release();
    expect(lockState(path)).to.equal('none');
    expect(taken()).to.equal(true);
    expect(readdirSync(folder)).to.deep.equal(['lock']);
  });

  it('belong to another process while it runs, and to the next when it was killed', async () => {
    const script = `import { takeLock } from ${JSON.stringify(new URL('./process-lock.js', import.meta.url).href)}; console.log(takeLock(${JSON.stringify(path)}).taken); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => { other.stdout.once('data', resolve); });
      expect(takeLock(path)).to.deep.equal({ taken: false, holder: { process: other.pid, here: true, mine: false } });
    } finally {
      other.kill('SIGKILL');
      await new Promise((resolve) => { other.on('close', resolve); });
    }
    expect(lockState(path)).to.equal('left');
    expect(taken()).to.equal(true);
  });

  it('are free when another process has the number by now, and when a power cut left them empty', () => {
    for (const words of [`${process.ppid} 1`, '']) {
      writeFileSync(path, words);
      expect(taken(), words).to.equal(true);
      expect(readFileSync(path, 'utf8')).to.match(new RegExp(`^${process.pid} \\d+ [0-9a-f]+$`));
    }
  });

  it('of one that lives are moved by nobody, also by who found a dead holder there a moment before', () => {
    const own = join(folder, 'own'), { readFileSync: readFile, renameSync: rename } = fs;
    if (!takeLock(own).taken) throw new Error('a lock that nobody has was refused');
    const third = readFileSync(own, 'utf8'), [, , where] = third.split(' '), stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const other = `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!} ${where!}`;
    writeFileSync(path, '1 1');
    // the other process is faster, and a third comes whenever a lock is away
    fs.readFileSync = ((file: string, encoding: 'utf8') => {
      const words = readFile(file, encoding);
      if (file === path && words === '1 1') writeFileSync(path, other);
      return words;
    }) as typeof readFile;
    fs.renameSync = (from, to) => { rename(from, to); if (from === path) writeFileSync(path, third, { flag: 'wx' }); };
    syncBuiltinESMExports();
    try {
      expect(takeLock(path)).to.deep.equal({ taken: false, holder: { process: process.ppid, here: true, mine: false } });
    } finally {
      Object.assign(fs, { readFileSync: readFile, renameSync: rename });
      syncBuiltinESMExports();
    }
    expect(readFileSync(path, 'utf8')).to.equal(other);
    expect(readdirSync(folder)).to.deep.equal(['lock', 'own']);
  });

  it('are touched while they are held, and a disk that is full then ends nobody', () => {
    const { setInterval: every } = globalThis, { appendFileSync: append } = fs;
    let touch = (): void => undefined;
    globalThis.setInterval = ((work: () => void, milliseconds: number) => { touch = work; return every(() => undefined, milliseconds); }) as typeof every;
    try {
      expect(taken()).to.equal(true);
      const words = readFileSync(path, 'utf8');
      touch();
      expect(readFileSync(path, 'utf8')).to.equal(`${words}\n`);
      fs.appendFileSync = () => { throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }); };
      syncBuiltinESMExports();
      touch();
    } finally {
      globalThis.setInterval = every;
      fs.appendFileSync = append;
      syncBuiltinESMExports();
    }
    expect(lockState(path)).to.equal('held');
  });

  it('of another machine or container count as long as they are touched', () => {
    writeFileSync(path, '4711 123456 elsewhere\n\n');
    expect(takeLock(path)).to.deep.equal({ taken: false, holder: { process: 4711, here: false, mine: false } });
    const before = (Date.now() - QUIET_MS - 1000) / 1000;
    utimesSync(path, before, before);
    expect(taken()).to.equal(true);
  });
});
