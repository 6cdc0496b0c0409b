/** Runs a program to its end and keeps what it said. Judges nothing. */
import { spawn } from 'node:child_process';

export const runProgram = (program: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
