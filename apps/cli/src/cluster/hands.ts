/**
 * Builder and device of a worker, in a fenced process of their own: calls go there and come back as if they were local. A process
 * that dies or hangs is ended with all it started, the call fails as the infrastructure's, and the next call starts another.
 */
import type { Artifact, Builder, Device, Task } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import { fail, refuse, succeed, type Outcome } from '@loopsmith/util';
import { kernelText, readKernel, taskText } from '@loopsmith/wire';
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Fence } from './fence.js';
import type { Call, CallName, Calls, HandsArtifact, HandsOptions, Opened, Reply } from './hands-messages.js';

export interface RemoteHands {
  readonly opened: Opened;
  readonly builder: Builder | null;
  readonly device: Device | null;
  close(): Promise<void>;
}

export const handsProgram = fileURLToPath(new URL('./hands-main.js', import.meta.url));
/** One call: a batch of sixteen compiles in seconds, finals take seconds, preparing a large task some more. */
const CALL_MS = 300_000;

export const openHands = async (options: HandsOptions, fence: Fence, seconds: number = CALL_MS / 1000): Promise<Outcome<RemoteHands>> => {
  let child: ChildProcess | null = null, n = 0;
  const waiting = new Map<number, { resolve(gives: unknown): void; reject(error: Error): void }>();
  const lost = (process_: ChildProcess, how: string): void => {
    if (child !== process_) return;
    child = null;
    for (const { reject } of waiting.values()) reject(new Error(`the process that builds and measures ${how}`));
    waiting.clear();
  };
  const start = (): ChildProcess => {
    const [program = process.execPath, ...args] = [...fence.command, process.execPath, ...process.execArgv, handsProgram];
    // a group of its own, so that compilers and harness end with it
    const started = spawn(program, args, { cwd: options.folder, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
    started.on('message', (reply: Reply) => {
      const waiter = waiting.get(reply.n);
      waiting.delete(reply.n);
      if (reply.ok) waiter?.resolve(reply.gives);
      else waiter?.reject(Object.assign(new Error(reply.message), { stack: reply.stack }));
    });
    started.on('exit', (code, signal) => lost(started, `ended (${signal ?? code})`));
    started.on('error', (error) => lost(started, `could not be started: ${error.message}`));
    return child = started;
  };
  const end = (process_: ChildProcess): void => {
    try { if (process_.pid !== undefined) process.kill(-process_.pid, 'SIGKILL'); } catch { /* it has ended */ }
  };
  const send = <K extends CallName>(to: ChildProcess, call: K, takes: Calls[K]['takes']): Promise<Calls[K]['gives']> => new Promise((resolve, reject) => {
    const id = n++;
    const timer = setTimeout(() => {
      lost(to, `gave no answer to "${call}" in ${seconds} s`);
      end(to);
    }, seconds * 1000);
    const settle = <T>(how: (value: T) => void) => (value: T): void => { clearTimeout(timer); how(value); };
    waiting.set(id, { resolve: settle(resolve as (gives: unknown) => void), reject: settle(reject) });
    to.send({ n: id, call, takes } satisfies Call);
  });
  let opening: Promise<Outcome<Opened>> | null = null;
  const ready = async (): Promise<ChildProcess> => {
    if (!child) {
      const started = start();
      opening = send(started, 'open', options);
    }
    const opened = await opening!;
    if (!opened.ok) return refuse(opened.failure);
    return child ?? refuse({ code: 'infrastructure', stage: 'measure', message: 'the process that builds and measures ended at its start; its last words are in the log' });
  };
  const call = async <K extends CallName>(name: K, takes: Calls[K]['takes']): Promise<Calls[K]['gives']> => send(await ready(), name, takes);

  try {
    await ready();
  } catch (error) {
    if (child) end(child);
    const failure = (error as { failure?: Parameters<typeof fail>[0] }).failure;
    if (failure) return fail(failure);
    throw error;
  }
  const opened = await opening!;
  if (!opened.ok) return opened;
  const { environment, protocol, fingerprint } = opened.value;
  const packed = ({ id, candidate, library, kernel, report }: Artifact): HandsArtifact => ({ id, candidate, library, kernel: kernelText(kernel), report });
  const unpacked = (built: Outcome<HandsArtifact>): Outcome<Artifact> => {
    if (!built.ok) return built;
    const kernel = readKernel(built.value.kernel);
    return kernel.ok ? succeed({ ...built.value, kernel: kernel.value }) : kernel;
  };
  return succeed({
    opened: opened.value,
    builder:
      fingerprint === null
        ? null
        : {
            fingerprint,
            build: async (task, batch) =>
              (
                await call('build', {
                  task: taskText(task),
                  candidates: batch.map(({ id, point, schedule }) => ({ id, point, schedule: printSchedule(schedule) })),
                })
              ).map(unpacked),
          },
    device:
      environment === null || protocol === null
        ? null
        : {
            environment,
            protocol,
            prepare: async (task: Task) => {
              const text = taskText(task),
                prepared = await call('prepare', { task: text });
              return prepared.ok
                ? succeed({
                    // a process that was started again prepares the task again by itself
                    measure: (artifact, request) => call('measure', { task: text, artifact: packed(artifact), request }),
                    compare: (artifacts, rounds, roundNs) =>
                      call('compare', { task: text, artifacts: artifacts.map(packed), rounds, ...(roundNs === undefined ? {} : { roundNs }) }),
                    close: async () => undefined,
                  })
                : prepared;
            },
            close: async () => undefined,
          },
    close: async () => {
      const last = child;
      if (!last) return;
      await Promise.race([
        send(last, 'close', null).catch(() => null),
        new Promise((resolve) => {
          setTimeout(resolve, 5000).unref();
        }),
      ]);
      child = null;
      last.disconnect();
      end(last);
    },
  });
};
