// Plants one untidy file at a time in a folder of its own and expects tools/tidy.mjs to name it, and nothing else.
// The untidy words are put together here, so that this file stays tidy.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { repository } from '@loopsmith/testing';

const OPENING = '// A planted file that says what it is and that it refuses to be anything else.\n';

const COMPLAINTS: [string, string, RegExp][] = [
  ['libs/a/src/bare.ts', 'export const a = 1;\n', /^libs\/a\/src\/bare\.ts:1: open the file with a comment/],
  ['libs/a/src/short.ts', '// Numbers.\nexport const a = 1;\n', /short\.ts:1: open the file with a comment/],
  ['tools/bare.sh', '#!/bin/sh\necho\n', /bare\.sh:1: open the file with a comment/],
  ['libs/a/src/long.ts', `${OPENING}${'export {};\n'.repeat(800)}`, /long\.ts:801: 801 lines/],
  ['libs/a/src/later.ts', `${OPENING}// ${'TO' + 'DO'}: more\n`, /later\.ts:2: "\w+": do it now/],
  ['libs/a/src/fix.ts', `${OPENING}// ${'FIX' + 'ME'}\n`, /fix\.ts:2: "\w+": do it now/],
  ['libs/a/src/a.spec.ts', `${OPENING}it.${'on' + 'ly'}('x', () => {});\n`, /a\.spec\.ts:2: "it\.only" hides/],
  ['libs/a/src/b.spec.ts', `${OPENING}describe.${'sk' + 'ip'}('x', () => {});\n`, /b\.spec\.ts:2: "describe\.skip": a test skips through needs/],
  ['libs/a/src/c.spec.ts', `${OPENING}it('x', function () { this.${'sk' + 'ip'}(); });\n`, /c\.spec\.ts:2: "this\.skip"/],
  ['libs/a/src/d.spec.ts', `${OPENING}x${'it'}('x', () => {});\n`, /d\.spec\.ts:2: "xit\("/],
  ['libs/a/src/off.ts', `${OPENING}// eslint-${'dis' + 'able'}-next-line eqeqeq\nexport {};\n`, /off\.ts:2: a rule is switched off without a reason/],
  ['libs/a/src/out.ts', `${OPENING}// ox${'lint-' + 'dis' + 'able'}-line eqeqeq\nexport {};\n`, /out\.ts:2: a rule is switched off without a reason/],
  ['docs/place.md', `It lies in ${'/ro' + 'ot/'}models.\n`, /place\.md:1: a path of one machine/],
  ['libs/a/place.json', `{ "path": "${'/wo' + 'rk/'}models" }\n`, /place\.json:1: a path of one machine/],
  ['docs/host.md', `See https://${'regis' + 'try'}.example.org/x\n`, /host\.md:1: the name of a package registry/],
  ['.npmrc', `${'regis' + 'try'}=https://example.org/\n`, /\.npmrc:1: the name of a package registry/],
  ['package-lock.json', '{ "resolved": "https://example.org/a.tgz" }\n', /package-lock\.json:1: the lock file names a registry/],
];

describe('tools/tidy.mjs', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tidy-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function tidy(name: string, text: string): { status: number | null; lines: string[] } {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    const { status, stdout } = spawnSync(process.execPath, [repository('tools', 'tidy.mjs'), '--root', folder], { encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n').map((line) => line.replace(/^tidy: /, '')) };
  }

  for (const [name, text, expected] of COMPLAINTS) {
    it(`complains about ${name}`, () => {
      const { status, lines } = tidy(name, text);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(expected);
      expect(status).to.equal(1);
    });
  }

  it('is content with a file that introduces itself', () => {
    expect(tidy('libs/a/src/good.ts', `${OPENING}export const a = 1;\n`)).to.deep.equal({ status: 0, lines: ['1 files in order'] });
    expect(tidy('package-lock.json', '{ "resolved": "libs/a" }\n').status).to.equal(0);
  });
});
