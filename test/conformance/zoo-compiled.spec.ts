/** Networks of the zoo through compiled kernels: the small ones, and batches. The others are in `test/full`. */
import { expect } from 'chai';
import { command, needs } from '@loopsmith/testing';
import type { ZooName } from '@loopsmith/zoo';
import { zooErrors, zooGraph } from './zoo-answers.js';

describe('compiled zoo networks', function () {
  this.timeout(600_000);
  for (const [name, batch] of [['squeezenet1.1', 1], ['squeezenet1.1', 3], ['mobilenet_v2', 1], ['mobilenet', 8], ['resnet18', 8]] as const satisfies readonly (readonly [ZooName, number])[])
    it(`${name}, batch ${batch}, computes what ONNX Runtime does, at one thread and at two`, async function () {
      needs(this, command('gcc'));
      const errors = await zooErrors(name, zooGraph(name, batch), { batch, threads: [1, 2] });
      expect(errors.length).to.equal(4);
      expect(Math.max(...errors)).to.be.at.most(1e-4);
    });
});
