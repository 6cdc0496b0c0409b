/**
 * The harness as a process: starts it, sends one command at a time, starts it again when it dies. It does not know what a
 * command means; the protocol is described at the top of native/harness/harness.c.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fail, oneAtATime, succeed, type Failure, type Outcome } from '@loopsmith/util';
import { keptPrograms } from './kept-programs.js';
import { buildHarness } from './native.js';

const greeting = 'loopsmith-harness 1';

/** An emulator, and how the compiler makes programs for what it emulates. */
export interface StandIn {
  /** `qemu-aarch64 7.2.22`. */
  readonly how: string;
  /** Starts a program of that processor that finds its C library: an emulator and its options. */
  readonly command: readonly string[];
  readonly machine: readonly string[];
}

interface HarnessOptions {
  /** Where the program is built if the place of this user's programs, where it is kept, runs none. */
  readonly directory: string;
  readonly compiler?: string;
  /** What stands in for the processor that the harness is built for. */
  readonly standIn?: StandIn | undefined;
  /** Folder of the host-wide core locks; every process that measures on this host must name the same one. */
  readonly lockDirectory?: string;
}
export interface Harness {
  /** The answer without its `end`. A Failure only when the harness itself fails; what it refuses is in the lines. */
  command(lines: readonly string[]): Promise<Outcome<readonly string[]>>;
  /** A command whose effect must outlive the process: sent again after a restart, until `forget`. */
  keep(id: string, lines: readonly string[]): Promise<Outcome<readonly string[]>>;
  /** Ends what was kept. `lines` tell the process, where one runs; none is started to be told. */
  forget(id: string, lines: readonly string[]): Promise<void>;
  /** Undefined while no process runs. */
  processId(): number | undefined;
  close(): Promise<void>;
}

const harnessFailure = (message: string, text?: string): Failure => ({ code: 'harness-failed', stage: 'measure', message, ...(text === undefined ? {} : { text }) });

/** Characters kept of what the harness, and every candidate in it, prints to standard error: the last ones tell of an end. */
const mostComplaints = 1 << 16;

/** One started process; lines come in, answers go out. */
interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  ask(lines: readonly string[]): Promise<Outcome<readonly string[]>>;
  /** Ends its input and waits for its end. */
  end(): Promise<void>;
}

const describeEnd = (code: number | null, signal: string | null): string => (signal === null ? `ended with status ${code}` : `was killed by ${signal}`);

const start = ([program, ...rest]: readonly string[]): Promise<Outcome<Running>> => {
  // of a group of its own: Ctrl-C is for the process that decides what it stops
  const child = spawn(program!, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let unread = '', complaints = '', answer: string[] = [];
  let settle: ((outcome: Outcome<readonly string[]>) => void) | null = null;
  let greet: ((outcome: Outcome<Running>) => void) | null = null;
  let ended: string | null = null;
  // An idle harness does not keep the application alive; when the application ends, so does the harness, by the end of its input.
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as readonly { ref(): void; unref(): void }[];
  const idle = (): void => handles.forEach((handle) => { handle.unref(); });
  const busy = (): void => handles.forEach((handle) => { handle.ref(); });

  const ask = (lines: readonly string[]): Promise<Outcome<readonly string[]>> => {
    const broken = lines.find((line) => /[\n\0]/.test(line));
    if (broken !== undefined) throw new Error(`a line of a harness command holds a line break: ${JSON.stringify(broken)}`);
    if (ended !== null) return Promise.resolve(fail(harnessFailure(`the measuring harness ${ended}; it will be started again for the next command`, complaints)));
    return new Promise((resolve) => {
      settle = resolve;
      busy();
      child.stdin.write(`${lines.join('\n')}\nend\n`);
    });
  };
  const end = (): Promise<void> => new Promise((resolve) => {
    if (ended !== null) return resolve();
    // the pipes too: the process may be gone before their ends are read, and Node leaves when only idle handles remain
    busy();
    child.once('close', () => resolve());
    child.stdin.end();
  });
  const onLine = (line: string): void => {
    if (greet !== null) {
      idle();
      const greeted = greet;
      greet = null;
      if (line === greeting) greeted(succeed({ child, ask, end }));
      else {
        // nobody will ask it for anything
        child.stdin.end();
        greeted(fail(harnessFailure(`the harness greets with '${line}' where '${greeting}' is expected; rebuild it`)));
      }
    } else if (line === 'end') {
      const done = settle;
      settle = null;
      idle();
      done?.(succeed(answer));
      answer = [];
    } else answer.push(line);
  };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (unread + piece).split('\n');
    unread = lines.pop()!;
    lines.forEach(onLine);
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => { complaints = (complaints + piece).slice(-mostComplaints); });
  child.stdin.on('error', () => { /* a dead process; its end is reported below */ });
  const onEnd = (how: string): void => {
    ended ??= how;
    greet?.(fail(harnessFailure(`the measuring harness could not begin: it ${ended}; see whether ${program} runs on this machine`, complaints)));
    settle?.(fail(harnessFailure(`the measuring harness ${ended} in the middle of a command; it will be started again for the next one`, complaints)));
    greet = settle = null;
  };
  child.on('error', (error) => onEnd(`cannot be started (${error.message})`));
  child.on('close', (code, signal) => onEnd(describeEnd(code, signal)));
  return new Promise((resolve) => { greet = resolve; });
};

/** Builds the harness when needed and starts it. */
export const startHarness = async (options: HarnessOptions): Promise<Outcome<Harness>> => {
  const place = keptPrograms('harness');
  if (!place.ok) return place;
  const program = await buildHarness([place.value, options.directory], options.compiler, options.standIn?.machine);
  if (!program.ok) return program;
  const kept = new Map<string, readonly string[]>(), inTurn = oneAtATime();
  let running: Running | null = null, closed = false;

  const aliveNow = (): Running | null => (running !== null && running.child.exitCode === null && running.child.signalCode === null ? running : null);
  const ensureRunning = async (): Promise<Outcome<Running>> => {
    const alive = aliveNow();
    if (alive !== null) return succeed(alive);
    const started = await start([...(options.standIn?.command ?? []), program.value, options.lockDirectory ?? tmpdir()]);
    if (!started.ok) return started;
    running = started.value;
    for (const [id, lines] of kept) {
      const answer = await running.ask(lines), refused = answer.ok && answer.value[0]?.startsWith('ok') !== true;
      if (answer.ok && !refused) continue;
      // without one of its tasks it would answer later commands wrongly; the next command starts it anew
      await running.end();
      running = null;
      return answer.ok
        ? fail(
            harnessFailure(
              `the measuring harness was started again, but cannot prepare its task ${id} again: ${answer.value[0] ?? 'no answer'}; look for memory that is short`,
            ),
          )
        : answer;
    }
    return started;
  };

  const send = async (lines: readonly string[], id: string | null): Promise<Outcome<readonly string[]>> => {
    if (closed) return fail(harnessFailure('the measuring harness is closed'));
    const ready = await ensureRunning();
    if (!ready.ok) return ready;
    const answer = await ready.value.ask(lines);
    if (id !== null && answer.ok && answer.value[0]?.startsWith('ok') === true) kept.set(id, lines);
    return answer;
  };

  const first = await ensureRunning();
  if (!first.ok) return first;
  return succeed({
    command: (lines) => inTurn(() => send(lines, null)),
    keep: (id, lines) => inTurn(() => send(lines, id)),
    forget: (id, lines) => {
      kept.delete(id);
      return inTurn(async () => { await aliveNow()?.ask(lines); });
    },
    processId: () => aliveNow()?.child.pid,
    close: () => inTurn(async () => {
      closed = true;
      await running?.end();
      running = null;
    }),
  });
};
