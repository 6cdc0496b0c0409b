/** The memory plan: nothing that is alive together overlaps, offsets are aligned, and memory is shared where it can be. */
import { expect } from 'chai';
import fc from 'fast-check';
import { bytesOf, layoutSize } from '@loopsmith/ir';
import { networkFrom } from '../testing/graphs.js';
import { planMemory } from './plan-memory.js';

describe('planMemory', () => {
  it('a chain needs two places; the signature has none in the arena', () => {
    const plan = planMemory(networkFrom(`graph g(x: f32[1024]) -> y
      a: f32[1024] = relu(x)
      b: f32[1024] = exp(a)
      c: f32[1024] = relu(b)
      d: f32[512] = slice(c) {starts: [0], ends: [512]}
      y: f32[512] = relu(d)`));
    expect(plan).to.deep.equal({ bytes: 8192, offsets: new Map([['a', 0], ['b', 4096], ['c', 0], ['d', 4096]]) });
  });

  it('what is read late is not overwritten early', () => {
    const plan = planMemory(networkFrom(`graph g(x: f32[16]) -> y
      a: f32[16] = relu(x)
      b: f32[16] = exp(a)
      c: f32[16] = relu(b)
      y: f32[16] = add(a, c)`));
    expect(plan).to.deep.equal({ bytes: 3 * 64, offsets: new Map([['a', 0], ['b', 64], ['c', 128]]) });
  });

  it('needs nothing where nothing lies between calls', () => {
    expect(planMemory(networkFrom('graph g(x: f32[16]) -> y\n  y: f32[16] = relu(x)'))).to.deep.equal({ bytes: 0, offsets: new Map() });
  });

  it('any network: aligned, inside the arena, and apart while alive together', () => {
    fc.assert(fc.property(fc.array(fc.record({ size: fc.integer({ min: 1, max: 5000 }), from: fc.nat(), also: fc.nat() }), { minLength: 1, maxLength: 20 }), (steps) => {
      const names = ['x'], sizes = [7], lines: string[] = [];
      steps.forEach(({ size, from, also }, i) => {
        const a = from % names.length, b = also % names.length, all = sizes[a]! + sizes[b]!;
        lines.push(`  j${i}: f32[${all}] = concat(${names[a]}, ${names[b]})`, `  t${i}: f32[${Math.min(all, size)}] = slice(j${i}) {starts: [0], ends: [${size}]}`);
        names.push(`t${i}`);
        sizes.push(Math.min(all, size));
      });
      const network = networkFrom([`graph g(x: f32[7]) -> ${names.at(-1)!}`, ...lines].join('\n')), plan = planMemory(network);
      const lives = [...plan.offsets].map(([name, offset]) => {
        const tensor = network.tensors.get(name)!, begin = network.calls.findIndex((call) => call.output === name);
        return { name, offset, end: offset + layoutSize(tensor.layout) * bytesOf[tensor.dtype], begin, last: Math.max(begin, network.calls.findLastIndex((call) => call.inputs.includes(name))) };
      });
      expect(lives.length).to.equal(network.calls.length - 1);
      for (const life of lives) {
        expect(life.offset % 64).to.equal(0);
        expect(life.end).to.be.at.most(plan.bytes);
        for (const other of lives) if (other !== life && other.begin <= life.last && life.begin <= other.last)
          expect(life.end <= other.offset || other.end <= life.offset, `${life.name} and ${other.name}`).to.equal(true);
      }
    }), { seed: 1, numRuns: 60 });
  });
});
