/** Processes that exit, crash, hang, fork, eat memory, or do not exist. */
import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { runProcess, type ProcessRequest, type ProcessResult } from './run-process.js';

const shell = (script: string, more: Partial<ProcessRequest> = {}): Promise<ProcessResult> =>
  runProcess({ command: 'sh', arguments: ['-c', script], directory: tmpdir(), timeoutMs: 20_000, memoryBytes: 2 ** 30, ...more });
/** Whether the process runs; one that has ended and waits for its parent to notice does not. */
const alive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('runProcess', () => {
  it('answers what was printed and the exit code', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).to.deep.equal({ end: 'exit', code: 3, text: 'out\nerr\n' });
  });
  it('has temporary files made where it runs', async () => {
    expect((await shell('echo "$TMPDIR"; pwd', { directory: '/usr' })).text).to.equal('/usr\n/usr\n');
  });
  it('says when there is no such command', async () => {
    expect(await shell('', { command: 'no-such-compiler' })).to.deep.equal({ end: 'missing', code: null, text: '' });
  });
  it('does not take a command that answers 127 for a missing one', async () => {
    expect(await shell('echo "cc1: not found" >&2; exit 127')).to.deep.equal({ end: 'exit', code: 127, text: 'cc1: not found\n' });
  });
  it('says which signal ended it', async () => {
    expect(await shell('kill -SEGV $$')).to.deep.equal({ end: 'signal', code: null, text: 'killed by SIGSEGV' });
  });
  it('kills the whole group at the timeout', async () => {
    const result = await shell('sleep 60 & echo $!; wait', { timeoutMs: 300 });
    expect(result.end).to.equal('timeout');
    const child = Number(result.text);
    expect(child).to.be.greaterThan(1);
    for (let i = 0; i < 1000 && alive(child); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(alive(child)).to.equal(false);
  });
  it('stops when it is told to, also before it starts', async () => {
    const controller = new AbortController();
    const running = shell('sleep 60', { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    expect((await running).end).to.equal('aborted');
    expect((await shell('echo never', { signal: controller.signal }))).to.deep.equal({ end: 'aborted', code: null, text: '' });
  });
  it('lets many wait for one signal without a word of Node', async () => {
    const warnings: string[] = [], note = ({ message }: Error): void => { warnings.push(message); };
    process.on('warning', note);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 16 }, () => shell('true', { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).to.deep.equal([]);
  });
  it('starts the next one when the process that starts them was killed, and says what became of the one it ran', async () => {
    const result = await shell('kill -9 $PPID; sleep 2');
    expect(result).to.deep.equal({ end: 'signal', code: null, text: 'the process that starts others ended: SIGKILL' });
    expect(await shell('echo again')).to.deep.equal({ end: 'exit', code: 0, text: 'again\n' });
  });
  it('limits memory', async () => {
    const result = await shell('x=x; while :; do x=$x$x; done', { memoryBytes: 64 * 2 ** 20 });
    expect(result.end).to.be.oneOf(['exit', 'signal']);
    expect(result.code).to.not.equal(0);
  });
});
