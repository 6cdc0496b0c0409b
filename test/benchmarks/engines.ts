/** Starts engine processes, pinned to as many cores as they have threads, and asks them. Computes no figures. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allowedCpus } from '@loopsmith/runtime';
import type { Answer, EngineSetup, PeerSetup, Question } from './engine-messages.js';
import { peerProgram, peerPython } from './peers.js';

export interface Engine { ask(question: Question): Promise<readonly number[]> }

const pinning = '/usr/bin/taskset';

/** Whether engines are held on their cores; where the program for it is missing the kernel places them. */
export const pinned = existsSync(pinning);

export const startEngine = (setup: EngineSetup): Engine => start(process.execPath, fileURLToPath(new URL('engine.js', import.meta.url)), setup);
export const startPeer = (setup: PeerSetup): Engine => start(peerPython, peerProgram, setup);

const start = (interpreter: string, program: string, setup: EngineSetup | PeerSetup): Engine => {
  const cores = allowedCpus().slice(-setup.threads).join(',');
  const child = fork(program, [JSON.stringify(setup)], pinned ? { execPath: pinning, execArgv: ['-c', cores, interpreter] } : { execPath: interpreter, execArgv: [] });
  return {
    ask: (question) => new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the ${setup.engine} process of ${setup.path} ${why}`));
      const onEnd = (code: number | null): void => fail(`ended with ${code ?? 'a signal'}`);
      child.once('exit', onEnd);
      child.once('message', (answer: Answer) => {
        child.off('exit', onEnd);
        if (question.ask === 'memory') child.disconnect();
        if ('trouble' in answer) fail(`says: ${answer.trouble}`);
        else resolve(answer.numbers);
      });
      child.send(question);
    }),
  };
};
