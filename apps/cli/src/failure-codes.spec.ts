/** Whether every failure code in the sources of the house is explained, and no explanation outlives its code. */
import { repository } from '@loopsmith/testing';
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureCodes } from './failure-codes.js';
import { fakeWorld } from './testing/fake-world.js';

const sources = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['dist', 'node_modules', 'testing'].includes(entry.name) ? [] : sources(path);
    return /\.(ts|c|h)$/.test(entry.name) && !/\.(spec|fixture)\.ts$/.test(entry.name) ? [path] : [];
  });

/** `code: 'x'`; `refuseImport('x-y', ..)` and its like; the classes that the harness prints. */
const patterns = { ts: [/\bcode: '([a-z0-9-]+)'/g, /\b(?:refuse|fault|fail|illegal)\w*\(\s*'([a-z0-9]+(?:-[a-z0-9]+)+)'/g], c: [/fail_with\([^,]+, "([a-z-]+)"/g, /"failed ([a-z-]+) /g] };
/** What the harness chooses at run time (harness.c lists it). */
const chosen = ['crash', 'timeout', 'memory'];

describe('failure codes', () => {
  it('are explained, every one that is written anywhere, and nothing else is', () => {
    const found = new Set(chosen);
    for (const path of [...sources(repository('libs')), ...sources(repository('apps'))]) {
      const text = readFileSync(path, 'utf8');
      for (const pattern of path.endsWith('.ts') ? patterns.ts : patterns.c) for (const match of text.matchAll(pattern)) found.add(match[1]!);
    }
    expect(found.size).to.be.greaterThan(60);
    expect([...found].filter((code) => !Object.hasOwn(failureCodes, code)).sort(), 'not explained in failure-codes.ts').to.deep.equal([]);
    expect(Object.keys(failureCodes).filter((code) => !found.has(code)), 'explained, but nowhere used').to.deep.equal([]);
  });

  it('are explained in sentences', () => {
    for (const [code, { means, remedy }] of Object.entries(failureCodes)) for (const text of [means, remedy]) expect(text, code).to.match(/^(?:[A-Z]|`|--).*\.$/s);
  });

  it('are shown by explain-error, one or all', async () => {
    const world = fakeWorld();
    try {
      expect((await world.cli('explain-error', 'wrong-answer')).out).to.match(/^wrong-answer\nA kernel ran and its output is not that of the reference\. It cannot win\.\nWhat helps: /);
      const all = (await world.cli('explain-error', '--json')).out.trim().split('\n').map((line) => (JSON.parse(line) as { code: string }).code);
      expect(all).to.deep.equal(Object.keys(failureCodes).sort());
      const { code, err } = await world.cli('explain-error', 'frobnicated');
      expect([code, err]).to.deep.equal([3, `loopsmith: there is no failure code "frobnicated"; \`loopsmith explain-error\` lists all ${all.length}\n`]);
    } finally {
      world.remove();
    }
  });
});
