/** The real program as its users start it: a process in a folder of its own. Knows no command and judges no answer. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { repository } from '@loopsmith/testing';
import { nodeWorld, runCli } from 'loopsmith';

export const program = repository('apps', 'cli', 'bin', 'loopsmith.js');

const { npm_config_user_agent: _npm, ...outside } = process.env;
/** Of a shell that has the program on its PATH. Not of npm, which starts tests, and changes how the program is typed. */
export const onPath: NodeJS.ProcessEnv = { ...outside, PATH: `${repository('node_modules', '.bin')}${delimiter}${outside['PATH'] ?? ''}` };

export interface Ended {
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}
export interface Started { readonly process: ChildProcess; readonly ended: Promise<Ended> }

/** A folder under the system's folder for temporary files, in which programs are started; texts show it as FOLDER. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'loopsmith-e2e-'));
  readonly #running = new Set<ChildProcess>();

  path(...parts: readonly string[]): string { return join(this.folder, ...parts); }
  write(name: string, content: string | Uint8Array): void { writeFileSync(this.path(name), content); }
  /** Ends what a test that failed has left running. */
  remove(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `group`: in a process group of its own, as a shell starts what is typed into a terminal. */
  start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env, { group = false } = {}): Started {
    const child = spawn(command, [...args], { cwd: this.folder, env: environment, detached: group, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    let out = '', err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
    const shown = (text: string): string => text.replaceAll(this.folder, 'FOLDER');
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#running.delete(child);
        resolve({ code: code ?? signal, out: shown(out), err: shown(err) });
      });
    });
    return { process: child, ended };
  }

  /** The same command line as a function, in this process: a second quicker, without what the process around it adds. */
  async command(...args: readonly string[]): Promise<Ended> {
    let out = '', err = '';
    const shown = (text: string): string => text.replaceAll(this.folder, 'FOLDER');
    const code = await runCli(args, { ...nodeWorld(), folder: this.folder, out: { write: (text) => { out += text; }, columns: null }, err: { write: (text) => { err += text; }, columns: null } }, '0');
    return { code, out: shown(out), err: shown(err) };
  }
  /** As a shell does that has it on its PATH, by its first line. */
  loopsmith(...args: readonly string[]): Promise<Ended> { return this.start('loopsmith', args, onPath).ended; }
}
