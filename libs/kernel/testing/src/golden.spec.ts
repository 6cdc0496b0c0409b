// A golden fails when it is missing and when it differs, and is written only on request.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compare, golden } from './golden.js';

describe('golden', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'golden-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const check = (text: string, update = false, part?: string) => compare(folder, ['print', 'a conv, 3x3'], part, text, update);

  it('fails with instructions when there is no file, and writes none', () => {
    expect(() => check('x')).to.throw(/no golden .*print\/a-conv-3x3\.txt\. Run this test with UPDATE_GOLDEN=1/);
    expect(() => check('x')).to.throw(/no golden/);
  });

  it('accepts the text it was given on UPDATE_GOLDEN and refuses any other', () => {
    check('one\ntwo', true);
    check('one\ntwo');
    check('one\ntwo\n');
    expect(readFileSync(join(folder, 'print', 'a-conv-3x3.txt'), 'utf8')).to.equal('one\ntwo\n');
    expect(() => check('one\nthree')).to.throw(/differs from .*a-conv-3x3\.txt/);
  });

  it('keeps the parts of one test apart', () => {
    check('header', true, 'header');
    check('source', true, 'source');
    check('header', false, 'header');
    expect(() => check('header', false, 'source')).to.throw(/differs/);
  });

  it('refuses a title that cannot name a file', () => {
    expect(() => compare(folder, ['suite', '???'], undefined, 'x', true)).to.throw(/letter or digit/);
  });

  it('reads its own golden', function () {
    golden(this, 'This text is kept in test/golden and read by the spec of golden().');
  });
});
