// Text kept in test/golden and compared as a whole: golden(this, text) in a mocha test.
// It never writes by itself: a missing or differing file fails until someone runs with UPDATE_GOLDEN=1 and reads the diff.
import { strictEqual } from 'node:assert';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { repository } from './places.js';

/** Compares with `test/golden/<suite>/<test>.txt`; `part` tells several texts of one test apart. */
export function golden(context: Mocha.Context, text: string, part?: string): void {
  const test = context.test ?? context.currentTest;
  if (test === undefined) throw new Error('golden(this, text) works inside a mocha test written as function () {...}');
  compare(repository('test', 'golden'), test.titlePath(), part, text, process.env['UPDATE_GOLDEN'] === '1');
}

export function compare(folder: string, titles: readonly string[], part: string | undefined, text: string, update: boolean): void {
  const names = [...titles.slice(0, -1), [...titles.slice(-1), ...(part === undefined ? [] : [part])].join(' ')];
  const path = `${join(folder, ...names.map(fileName))}.txt`;
  const ended = text.endsWith('\n') ? text : `${text}\n`;
  if (update) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, ended);
    return;
  }
  const shown = relative(repository(), path);
  if (!existsSync(path)) {
    throw new Error(`there is no golden ${shown}. Run this test with UPDATE_GOLDEN=1, read the file it writes, and commit it.`);
  }
  strictEqual(ended, readFileSync(path, 'utf8'), `the text differs from ${shown}; if the new text is right, rerun with UPDATE_GOLDEN=1`);
}

function fileName(title: string): string {
  const name = title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  if (name === '') throw new Error(`a golden needs a title with a letter or digit in it, not "${title}"`);
  return name.slice(0, 100);
}
