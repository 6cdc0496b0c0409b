/** The program as a process: the committed bin, its exit codes, and what `--help` may not load. */
import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/loopsmith.js', import.meta.url));
const run = (...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });

describe('bin', () => {
  it("runs, and its exit code is the command's", () => {
    expect(run('--version')).to.deep.include({ status: 0, stdout: '0.1.0\n', stderr: '' });
    expect(run('zoo').stdout.split('\n')).to.include('resnet18');
    expect(run('bench').status).to.equal(2);
    expect(run('tune', 'no-such-model.onnx')).to.deep.include({ status: 3, stdout: '' });
  });

  it('sets V8 as its version knows it: later ones say an error to what they have not, and go on', async () => {
    const { patience } = await import(new URL('../bin/v8-flags.js', import.meta.url).href) as { readonly patience: (version: string) => readonly string[] };
    expect(patience('11.3.244.8-node.38')).to.deep.equal(['--interrupt-budget=1000000']);
    for (const version of ['12.4.254.21-node.33', '13.6.233.17-node.37']) expect(patience(version)).to.deep.equal(['--invocation-count-for-turbofan=45000']);
    expect(spawnSync(process.execPath, [...patience(process.versions.v8), '-e', '0'], { encoding: 'utf8' })).to.deep.include({ status: 0, stderr: '' });
  });

  it('keeps its exit code when nobody reads what it says', async () => {
    const ended = (...args: readonly string[]): Promise<number | null> => new Promise((resolve) => {
      const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.destroy();
      child.stderr.destroy();
      child.on('exit', resolve);
    });
    expect(await ended('explain-error', 'zzz')).to.equal(3);
    expect(await ended('explain-error')).to.equal(0);
  });

  it('says that its output has no room, and keeps its exit code where complaints have none', () => {
    const shell = (line: string): object => { const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `"${process.execPath}" "${bin}" ${line}`], { encoding: 'utf8' }); return { status, stdout, stderr }; };
    expect(shell('zoo > /dev/full')).to.deep.equal({ status: 3, stdout: '', stderr: 'loopsmith: standard output cannot be written (ENOSPC); send it to a place that you may write and that has room\n' });
    expect(shell('explain-error zzz 2> /dev/full')).to.deep.equal({ status: 3, stdout: '', stderr: '' });
    expect(shell('zoo 2> /dev/full')).to.include({ status: 0 });
  });

  it('says that it may open too few files, in place of a bug', () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-files-spec-'));
    // leaves as many to open as it is told
    const fill = "import { closeSync, openSync } from 'node:fs'; const held = []; try { for (;;) held.push(openSync('/dev/null')); } catch { held.splice(0, Number(process.env.LEFT)).forEach(closeSync); }";
    const within = (left: number): object => {
      const { status, stderr } = spawnSync('/bin/sh', ['-c', `ulimit -n 64; exec "${process.execPath}" --import "$FILL" "${bin}" extract model.onnx`], {
        cwd: folder, encoding: 'utf8', env: { ...process.env, LEFT: String(left), FILL: `data:text/javascript,${encodeURIComponent(fill)}` },
      });
      return { status, stderr };
    };
    try {
      expect(run('zoo', 'squeezenet1.1', '-o', join(folder, 'model.onnx'))).to.deep.include({ status: 0 });
      // Node 20 opens modules side by side, and says itself what it cannot; 24 one after another
      expect([6, 1].map(within)).to.deep.include({ status: 3, stderr: 'loopsmith: no more files can be opened (EMFILE); allow more, with `ulimit -n 1024` in this shell\n' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses another platform in a sentence', () => {
    const elsewhere = (platform: string): string => `data:text/javascript,Object.defineProperty(process, 'platform', { value: '${platform}' })`;
    const said = spawnSync(process.execPath, ['--import', elsewhere('darwin'), bin, 'doctor'], { encoding: 'utf8' });
    expect(said).to.deep.include({ status: 3, stdout: '', stderr: `loopsmith: Loopsmith runs on Linux on x64 and arm64, and this is darwin on ${process.arch}; use a Linux machine, WSL 2 or a container\n` });
  });

  it('says that a compiler is missing, or the headers it needs, and what to install', () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-doctor-spec-'));
    const fault = (): string | undefined => spawnSync(process.execPath, [bin, 'doctor'], { cwd: folder, env: { PATH: folder, TMPDIR: folder }, encoding: 'utf8' }).stdout.split('\n').find((line) => line.startsWith('FAULT gcc'));
    try {
      expect(fault()).to.equal('FAULT gcc       gcc is not found, so nothing can be built or measured; install it, on Debian with `apt-get install gcc libc6-dev`');
      writeFileSync(join(folder, 'gcc'), '#!/bin/sh\n[ "$1" = --version ] && echo gcc 12.2.0\n', { mode: 0o755 });
      expect(fault()).to.equal('FAULT gcc       gcc 12.2.0 finds no stdio.h, so nothing can be built or measured; install the headers of the C library, on Debian with `apt-get install libc6-dev`');
      writeFileSync(join(folder, 'gcc'), '#!/bin/sh\necho gcc 12.2.0\n', { mode: 0o755 });
      expect(fault()).to.equal(undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('answers --help without loading a command', () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-help-'));
    try {
      // V8's coverage lists every script that was loaded
      expect(spawnSync(process.execPath, [bin, '--help'], { env: { ...process.env, NODE_V8_COVERAGE: folder } }).status).to.equal(0);
      const scripts = readdirSync(folder).flatMap((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] }).result.map(({ url }) => url)).filter((url) => url.startsWith('file:'));
      expect(scripts.some((url) => url.endsWith('/command-list.js'))).to.equal(true);
      expect(scripts.filter((url) => url.includes('/commands/') || (!url.includes('/apps/cli/') && !url.includes('/node_modules/commander/')))).to.deep.equal([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
