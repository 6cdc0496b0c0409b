/** Keeps a worker running: starts it again when it left with 70 or 75, later and later when it keeps leaving. Passes signals on. */
import { spawn } from 'node:child_process';
import { exitCodes, type ExitCode } from '../exit-codes.js';

/** Milliseconds before the next start; a worker that ran for a minute begins anew. */
const FIRST = 1000, LONGEST = 30_000, STEADY = 60_000;

export const supervise = async (program: string, args: readonly string[], say: (text: string) => void): Promise<ExitCode> => {
  let pause = FIRST, leaving = false;
  for (;;) {
    const began = performance.now();
    const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => { leaving = true; child.kill(signal); };
    process.on('SIGTERM', pass);
    process.on('SIGINT', pass);
    const code = await new Promise<number>((resolve) => { child.on('exit', (exit) => resolve(exit ?? exitCodes.bug)); });
    process.off('SIGTERM', pass);
    process.off('SIGINT', pass);
    if (leaving || (code !== exitCodes.bug && code !== exitCodes.restart)) return code as ExitCode;
    if (performance.now() - began > STEADY) pause = FIRST;
    say(`the worker left with ${code}; it is started again in ${pause / 1000} s`);
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    pause = Math.min(LONGEST, 2 * pause);
  }
};
