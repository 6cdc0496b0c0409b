/** What the system refuses, in words by what was asked of it: reading is not called writing, and what is neither is nobody's file. */
import { expect } from 'chai';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemFailure } from './system-failure.js';

const thrown = (code: string, syscall: string, path?: string): Error => Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, ...(path === undefined ? {} : { path }) });
const cases: readonly (readonly [error: unknown, said: string | null])[] = [
  [thrown('EACCES', 'open', 'key.pem'), 'key.pem cannot be opened (EACCES); give a file you may read, in a place where you may write'],
  [thrown('EACCES', 'scandir', 'models'), 'models cannot be read (EACCES); give a file you may read'],
  [thrown('EPERM', 'mkdir', 'out'), 'out cannot be written (EPERM); name a place that exists and that you may write'],
  [thrown('EROFS', 'open', 'out'), 'out cannot be written (EROFS); name a place that exists and that you may write'],
  [thrown('ENOSPC', 'write'), `a file cannot be written (ENOSPC): the disk of the output, of .loopsmith or of ${tmpdir()} takes no more; make room there, name a place on another one, or set TMPDIR`],
  [thrown('ENOENT', 'mkdir', '.loopsmith'), '.loopsmith cannot be written (ENOENT); name a place that exists and that you may write'],
  [thrown('ENOENT', 'mkdtemp', join(tmpdir(), 'loopsmith-package-x')), `no folder can be made in ${tmpdir()} (ENOENT); set TMPDIR to a folder that exists and that you may write`],
  [thrown('EACCES', 'mkdtemp', join(tmpdir(), 'loopsmith-run-x')), `no folder can be made in ${tmpdir()} (EACCES); set TMPDIR to a folder that exists and that you may write`],
  [thrown('EROFS', 'mkdtemp', join(tmpdir(), 'loopsmith-run-x')), `no folder can be made in ${tmpdir()} (EROFS); set TMPDIR to a folder that exists and that you may write`],
  [thrown('EACCES', 'mkdir', tmpdir()), `no folder can be made in ${tmpdir()} (EACCES); set TMPDIR to a folder that exists and that you may write`],
  [thrown('EACCES', 'mkdir', join(tmpdir(), 'mine')), `${join(tmpdir(), 'mine')} cannot be written (EACCES); name a place that exists and that you may write`],
  [thrown('EMFILE', 'open', 'model.onnx'), 'no more files can be opened (EMFILE); allow more, with `ulimit -n 1024` in this shell'],
  [thrown('ENOENT', 'open', 'model.onnx'), null],
  [thrown('EACCES', 'listen'), null],
  [thrown('EISDIR', 'read'), null],
  [new TypeError('x is not iterable'), null],
  ['words', null],
];

describe('what the system refuses', () => {
  for (const [error, said] of cases) it(String(error), () => { expect(systemFailure(error)?.message ?? null).to.equal(said); });
});
