/** Command lines to be pasted as they stand: the options of a compiler as somebody would type them. Runs nothing. */
import type { CompilerOptions } from './compiler.js';
import { defaults } from './plugins.js';

/** `loopsmith` and `words`, then the options that say something else than their defaults, then `more`. `target`: what stands for `options.target`. */
export const commandLine = (words: readonly string[], options: CompilerOptions, { target, more = [] }: { readonly target?: string; readonly more?: readonly string[] } = {}): string => {
  const { threads, exact, shape, value, inputs, outputs, plugin } = options, asked = `${options.target.hardware}:${options.target.isa}`;
  return [
    'loopsmith', ...words,
    ...(threads === 1 ? [] : ['--threads', String(threads)]),
    ...(asked === defaults.target ? [] : ['--target', target ?? asked]),
    ...(exact ? ['--exact'] : []),
    ...shapeWords(shape),
    ...[...value].flatMap(([name, file]) => ['--value', `${name}=${file}`]),
    ...(inputs === undefined ? [] : ['--inputs', inputs.join(',')]),
    ...(outputs === undefined ? [] : ['--outputs', outputs.join(',')]),
    ...plugin.flatMap((one) => ['--plugin', one]),
    ...more,
  ].map(quoted).join(' ');
};

const shapeWords = (shapes: CompilerOptions['shape']): readonly string[] =>
  Object.entries(shapes).flatMap(([name, extents]) => ['--shape', `${name}=${extents.join(',')}`]);

/** A word as a shell takes it for one. */
export const quoted = (word: string): string => (/^[\p{L}\p{N}_@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
