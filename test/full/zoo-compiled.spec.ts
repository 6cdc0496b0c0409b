/** Every network of the zoo, untuned, against its stored outputs, for every instruction set that this machine can run, at one thread and at two. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isas } from '@loopsmith/codegen-x86-avx';
import { command, needs } from '@loopsmith/testing';
import { zooNames } from '@loopsmith/zoo';
import { zooErrors, zooGraph } from '../conformance/zoo-answers.js';

/** Features of this CPU. */
const here = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' '));

describe('every zoo network', function () {
  this.timeout(1_800_000);
  for (const name of zooNames)
    it(name, async function () {
      needs(this, command('gcc'));
      const graph = zooGraph(name, 1);
      for (const isa of isas.filter(({ toolchain }) => toolchain.features.every((feature) => here.has(feature)))) {
        const errors = await zooErrors(name, graph, { batch: 1, threads: [1, 2], isa: isa.name });
        expect(errors.length, isa.name).to.equal(4);
        expect(Math.max(...errors), isa.name).to.be.at.most(1e-4);
      }
    });
});
