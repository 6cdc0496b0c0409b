/**
 * One child process with limits on time and memory, started by a small process that is kept for that (`process-starter`): the system
 * copies the page tables of whoever starts a process, which takes 3 ms from a small one and 25 to 100 ms from one that holds a network.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessRequest, ProcessResult, StarterAnswer, StarterRequest } from './process-starter.js';

export type { ProcessRequest, ProcessResult } from './process-starter.js';

/** Never rejects: what happened to the process is the answer. */
export const runProcess = ({ signal, ...request }: ProcessRequest): Promise<ProcessResult> => {
  if (signal?.aborted) return Promise.resolve({ end: 'aborted', code: null, text: '' });
  starter ??= openStarter();
  return starter.run(request, signal);
};

interface Starter { run(request: Omit<ProcessRequest, 'signal'>, signal: AbortSignal | undefined): Promise<ProcessResult> }
let starter: Starter | null = null;

const openStarter = (): Starter => {
  // of a group of its own: Ctrl-C is for the process that decides what it stops
  const child = fork(fileURLToPath(new URL('./process-starter.js', import.meta.url)), { execArgv: [], detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const waiting = new Map<number, (result: ProcessResult) => void>();
  let asked = 0;
  const settle = (id: number, result: ProcessResult): void => {
    waiting.get(id)?.(result);
    waiting.delete(id);
    if (waiting.size === 0) hold(child, false);
  };
  child.on('message', ({ id, result }: StarterAnswer) => settle(id, result));
  const gone = (text: string): void => {
    if (starter === opened) starter = null;
    for (const id of [...waiting.keys()]) settle(id, { end: 'signal', code: null, text });
  };
  child.on('error', (error) => gone(`the process that starts others failed: ${error.message}`));
  child.on('exit', (code, by) => gone(`the process that starts others ended: ${by ?? `exit code ${code}`}`));
  hold(child, false);
  // it is waited for, so that what compilers took counts as taken by whoever had them run
  process.once('beforeExit', () => {
    if (!child.connected) return;
    child.ref();
    child.disconnect();
  });
  const send = (message: StarterRequest): void => { child.send(message, () => { /* a process that is gone is told by its exit */ }); };
  const opened: Starter = {
    run: (request, signal) => new Promise((resolve) => {
      const id = ++asked;
      const abort = (): void => send({ id, request: null });
      // a compiler per CPU hangs on one signal, on some machines more than Node takes for a leak
      if (signal) setMaxListeners(0, signal);
      signal?.addEventListener('abort', abort, { once: true });
      waiting.set(id, (result) => { signal?.removeEventListener('abort', abort); resolve(result); });
      hold(child, true);
      send({ id, request });
    }),
  };
  return opened;
};

/** Whether the child keeps this process alive: only while it owes an answer. */
const hold = (child: ChildProcess, on: boolean): void => {
  if (on) { child.ref(); child.channel?.ref(); } else { child.unref(); child.channel?.unref(); }
};
