/**
 * The small process that starts compilers for a large one (see `run-process`), as a program of its own: requests in, results out.
 * It ends with the process that it works for, and ends what it has started then. Decides nothing.
 */
import { startProcess, type ProcessRequest, type ProcessResult } from './start-process.js';

/** `request: null`: stop what was asked for under this number. */
export interface StarterRequest { readonly id: number; readonly request: Omit<ProcessRequest, 'signal'> | null }
export interface StarterAnswer { readonly id: number; readonly result: ProcessResult }

const running = new Map<number, AbortController>();

process.on('message', ({ id, request }: StarterRequest) => {
  if (request === null) { running.get(id)?.abort(); return; }
  const controller = new AbortController();
  running.set(id, controller);
  void startProcess({ ...request, signal: controller.signal }).then((result) => {
    running.delete(id);
    const answer: StarterAnswer = { id, result };
    if (process.connected) process.send!(answer);
  });
});
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
  process.exit();
});
