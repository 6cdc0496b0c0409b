/**
 * The small process that starts compilers for a large one (see `run-process`), as a program of its own: requests in, results out.
 * Each child is in a group of its own, with limits on time and memory; whatever ends it ends its children too. It ends with the
 * process that it works for, and ends what it has started then. Knows no compiler, and decides nothing.
 */
import { spawn } from 'node:child_process';

export interface ProcessRequest {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Where it runs, and where its temporary files lie. */
  readonly directory: string;
  readonly timeoutMs: number;
  /** Address space of each process of the group, bytes. */
  readonly memoryBytes: number;
  readonly signal?: AbortSignal | undefined;
}
export interface ProcessResult {
  /** Why it ended; `missing`: there is no such command. */
  readonly end: 'exit' | 'signal' | 'timeout' | 'aborted' | 'missing';
  /** Exit code, or null. */
  readonly code: number | null;
  /** Everything it printed, standard output before standard error. */
  readonly text: string;
}
/** `request: null`: stop what was asked for under this number. */
export interface StarterRequest { readonly id: number; readonly request: Omit<ProcessRequest, 'signal'> | null }
export interface StarterAnswer { readonly id: number; readonly result: ProcessResult }

/** Never rejects: what happened to the process is the answer. */
const startProcess = (request: Omit<ProcessRequest, 'signal'>, signal: AbortSignal): Promise<ProcessResult> => new Promise((resolve) => {
  // the shell sets the limit and the language of messages, and becomes the command; detached makes it the leader of a group.
  // A compiler that is ended has no time to remove its temporary files, so they lie where whoever asked for it removes them
  const limit = String(Math.floor(request.memoryBytes / 1024));
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      'export LC_ALL=C TMPDIR="$PWD"; ulimit -v "$0" || exit 126; command -v "$1" >/dev/null || exit 127; exec "$@"',
      limit,
      request.command,
      ...request.arguments,
    ],
    { cwd: request.directory, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '', err = '';
  let ended: 'timeout' | 'aborted' | null = null;
  child.stdout.setEncoding('utf8').on('data', (part: string) => { out += part; });
  child.stderr.setEncoding('utf8').on('data', (part: string) => { err += part; });
  const stop = (reason: 'timeout' | 'aborted'): void => {
    ended ??= reason;
    // the group may be gone between the last event and now
    try { if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended by itself */ }
  };
  const timer = setTimeout(() => stop('timeout'), request.timeoutMs);
  const abort = (): void => stop('aborted');
  signal.addEventListener('abort', abort, { once: true });
  const finish = (end: ProcessResult['end'], code: number | null): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    resolve({ end, code, text: out + err });
  };
  child.on('error', (error) => { err += error.message; finish('missing', null); });
  child.on('close', (code, killedBy) => {
    if (ended !== null) finish(ended, code);
    else if (killedBy !== null) { err += `killed by ${killedBy}`; finish('signal', null); }
    else if (code === 127 && out + err === '') finish('missing', null);
    else finish('exit', code);
  });
});

const running = new Map<number, AbortController>();

process.on('message', ({ id, request }: StarterRequest) => {
  if (request === null) { running.get(id)?.abort(); return; }
  const controller = new AbortController();
  running.set(id, controller);
  void startProcess(request, controller.signal).then((result) => {
    running.delete(id);
    const answer: StarterAnswer = { id, result };
    if (process.connected) process.send!(answer);
  });
});
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
  process.exit();
});
