/** Option values as people write them. Refusals are in the spec of the command line, with their whole message. */
import { expect } from 'chai';
import { budgetOf, distance, duration, namedFile, namedShape, percentage, seedNumber, targetName } from './option-values.js';

describe('option values', () => {
  it('reads times', () => {
    expect(['90s', '2m', '2min', '1.5h'].map(duration)).to.deep.equal([90_000, 120_000, 120_000, 5_400_000]);
    for (const wrong of ['', '5', '0s', 'm', '-1m', '2 m', `${'9'.repeat(400)}h`]) expect(() => duration(wrong), wrong).to.throw('Give a number and a unit, such as 90s, 2m or 1h.');
  });

  it('takes trials before time, and two minutes when nothing is said', () => {
    expect(budgetOf({ trials: 5 })).to.deep.equal({ kind: 'trials', trials: 5 });
    expect(budgetOf({ budget: 1000 })).to.deep.equal({ kind: 'time', milliseconds: 1000 });
    expect(budgetOf({})).to.deep.equal({ kind: 'time', milliseconds: 120_000 });
    expect(budgetOf({ budget: 1000, stopBelow: 0.01 })).to.deep.equal({ kind: 'time', milliseconds: 1000, stopBelow: 0.01 });
    expect(budgetOf({ stopBelow: 0.01 })).to.deep.equal({ kind: 'time', milliseconds: 3_600_000, stopBelow: 0.01 });
  });

  it('reads percentages', () => {
    expect(['5%', '5', '0.5%'].map(percentage)).to.deep.equal([0.05, 0.05, 0.005]);
    for (const wrong of ['', '%', '-1%', 'five']) expect(() => percentage(wrong), wrong).to.throw('Give a percentage, such as 5%.');
  });

  it('reads how far a number may be off', () => {
    expect(['2e-3', '0', '1.5'].map(distance)).to.deep.equal([0.002, 0, 1.5]);
    for (const wrong of ['', ' ', '-1', 'NaN', 'Infinity', '1e-3x']) expect(() => distance(wrong), wrong).to.throw('Give a number from 0 up, such as 2e-3.');
  });

  it('reads targets, named files and named shapes', () => {
    expect(targetName('x86-avx:avx2')).to.deep.equal({ hardware: 'x86-avx', isa: 'avx2' });
    expect(targetName('opencl')).to.deep.equal({ hardware: 'opencl', isa: 'host' });
    expect([...namedFile('b=d=e.npy', namedFile('a=c.npy', new Map()))]).to.deep.equal([['a', 'c.npy'], ['b', 'd=e.npy']]);
    expect(() => namedFile('a=other.npy', namedFile('a=c.npy', new Map()))).to.throw('a has c.npy already; give one file for each input.');
    expect(namedShape('x=1,3', namedShape('scalar=', {}))).to.deep.equal({ scalar: [], x: [1, 3] });
    expect(() => namedShape('x=2,3', namedShape('x=1,3', {}))).to.throw('x is [1,3] already; give one shape for each input.');
    for (const wrong of ['x=1,a', 'x=1,99999999999999999999']) expect(() => namedShape(wrong, {}), wrong).to.throw('Give the name of the input and its shape, such as data=1,3,224,224.');
    expect(seedNumber('4294967295')).to.equal(4294967295);
  });
});
