// A test's demands on the machine. Unmet, they skip the test with the reason in its title;
// in CI they fail it, because there everything is supposed to be present and a skip would hide that it is not.
// No test calls this.skip() itself (tools/tidy.mjs looks).
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something a test cannot run without. */
export interface Need {
  readonly what: string;
  readonly met: boolean;
}

/** What is used of mocha's `this`. */
export interface Skippable {
  runnable(): Mocha.Runnable;
  skip(): void;
}

/** A file or folder, usually `file(shared('models', ...))`. */
export function file(path: string): Need {
  return { what: `the file ${path}`, met: existsSync(path) };
}

/** A program on the PATH. */
export function command(name: string): Need {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return { what: `the program ${name}`, met: folders.some((folder) => isProgram(join(folder, name))) };
}

/** A feature of this machine's CPU as Linux spells it: `cpu('avx512f')`. */
export function cpu(flag: string): Need {
  const flags = existsSync('/proc/cpuinfo') ? (/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '') : '';
  return { what: `a CPU with ${flag}`, met: flags.split(/\s+/).includes(flag) };
}

/**
 * Call it first in a test or a before hook: `needs(this, file(shared('models/mnist.onnx')), command('gcc'))`.
 * `inCI` is a parameter only so that both answers can be tested.
 */
export function needs(context: Mocha.Context, ...demands: Need[]): void {
  demand(context, process.env['CI'] === 'true', demands);
}

export function demand(context: Skippable, inCI: boolean, demands: readonly Need[]): void {
  const missing = demands.filter((need) => !need.met).map((need) => need.what);
  if (missing.length === 0) return;
  const reason = `needs ${missing.join(' and ')}`;
  if (inCI) throw new Error(`${reason}; in CI that is a failure, not a skip`);
  const runnable = context.runnable() as Mocha.Hook | Mocha.Test;
  if (runnable.type === 'hook') {
    // A hook that skips takes its whole suite with it, and mocha lists the suite's tests, not the hook.
    runnable.parent?.eachTest((test) => (test.title += ` (${reason})`));
  } else {
    runnable.title += ` (${reason})`;
  }
  context.skip();
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
