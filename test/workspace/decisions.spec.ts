// docs/decisions.md is looked up by subject: its table must name each decision once, and the numbers must run on.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { repository } from '@loopsmith/testing';

describe('docs/decisions.md', () => {
  const text = readFileSync(repository('docs', 'decisions.md'), 'utf8');
  const decisions = [...text.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));

  it('numbers decisions one after another, newest last', () => {
    expect(decisions.length).to.be.greaterThan(100);
    expect(decisions).to.deep.equal(decisions.map((_, i) => i + 1));
  });

  it('lists each once by subject', () => {
    const rows = [...text.matchAll(/^\| [^|]+ \| ([\d, -]+) \|$/gm)].flatMap(([, numbers]) => numbers!.split(', '));
    const listed = rows.flatMap((range) => { const [from, to = from] = range.split('-').map(Number); return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i); });
    expect(listed.sort((a, b) => a - b)).to.deep.equal(decisions);
  });
});
