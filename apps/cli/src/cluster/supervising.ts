/** Keeps a worker running: starts it again when it left with 70 or 75, was killed or could not be started, later and later when it keeps leaving. Passes signals on. */
import { spawn } from 'node:child_process';
import { exitCodes, type ExitCode } from '../exit-codes.js';

/** Milliseconds before the next start; a worker that ran for a minute begins anew. */
const FIRST = 1000, LONGEST = 30_000, STEADY = 60_000;

export const supervise = async (program: string, args: readonly string[], say: (text: string) => void, first: number = FIRST): Promise<ExitCode> => {
  let pause = first;
  const passed = new Set<number | NodeJS.Signals | Error>();
  for (;;) {
    const began = performance.now();
    // with the options this process has of Node, such as the room for young objects
    const child = spawn(process.execPath, [...process.execArgv, program, ...args], { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => { passed.add(signal); child.kill(signal); };
    process.on('SIGTERM', pass);
    process.on('SIGINT', pass);
    const ended = await new Promise<number | NodeJS.Signals | Error>((resolve) => {
      child.on('exit', (code, signal) => resolve(code ?? signal ?? exitCodes.bug));
      // as where there is no memory, or no more processes: for a moment, mostly
      child.on('error', resolve);
    });
    process.off('SIGTERM', pass);
    process.off('SIGINT', pass);
    const code = typeof ended === 'number' ? ended as ExitCode : exitCodes.bug;
    // a worker that was still being started has no more to finish
    if (passed.has(ended)) return exitCodes.ok;
    if (passed.size > 0 || (code !== exitCodes.bug && code !== exitCodes.restart)) return code;
    if (performance.now() - began > STEADY) pause = first;
    say(`the worker ${endText(ended)}; it is started again in ${pause / 1000} s`);
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    pause = Math.min(LONGEST, 2 * pause);
  }
};

const endText = (ended: number | NodeJS.Signals | Error): string =>
  typeof ended === 'number' ? `left with ${ended}` : typeof ended === 'string' ? `was ended by ${ended}` : `could not be started (${ended.message})`;
