/** Starts engine processes, pinned to as many cores as they have threads, and asks them. Computes no figures. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allowedCpus } from './machine.js';
import type { Answer, EngineSetup, Question } from './engine-messages.js';

export interface Engine { ask(question: Question): Promise<readonly number[]> }

const pinning = '/usr/bin/taskset';

/** Whether engines are held on their cores; where the program for it is missing the kernel places them. */
export const pinned = existsSync(pinning);

export const startEngine = (setup: EngineSetup): Engine => {
  const program = fileURLToPath(new URL('engine.js', import.meta.url));
  const cores = allowedCpus().slice(-setup.threads).join(',');
  const child = fork(program, [JSON.stringify(setup)], pinned ? { execPath: pinning, execArgv: ['-c', cores, process.execPath] } : {});
  return {
    ask: (question) => new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the ${setup.engine} process of ${setup.path} ${why}`));
      const onEnd = (code: number | null): void => fail(`ended with ${code ?? 'a signal'}`);
      child.once('exit', onEnd);
      child.once('message', (answer: Answer) => {
        child.off('exit', onEnd);
        if ('trouble' in answer) fail(`says: ${answer.trouble}`);
        else resolve(answer.numbers);
      });
      child.send(question);
    }),
  };
};
