/**
 * Failures that say something of the place and nothing of the candidate: the machine, its disk and memory, the compiler's process,
 * a plugin, the workers around. Lists them; what is done about one is decided elsewhere.
 */
import type { Failure } from '@loopsmith/util';

const codes: ReadonlySet<string> = new Set([
  'artifact-damaged', 'artifact-missing', 'build-cut-short', 'cancelled', 'compiler-missing', 'device-differs', 'file-unwritable', 'harness-failed',
  'infrastructure', 'interrupted', 'load-failed', 'lock-failed', 'no-memory', 'plugin-crashed', 'protocol', 'unsupported',
]);

/** Told like any other, but kept nowhere as a result: the next run tries the candidate again. */
export const ofThePlace = ({ code }: Pick<Failure, 'code'>): boolean => codes.has(code);
