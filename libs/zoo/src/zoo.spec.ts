/** The zoo's networks are the published architectures, with the same bytes everywhere, and answer differently to different images. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readModel } from '@loopsmith/onnx-file';
import { repository } from '@loopsmith/testing';
import { sha256, unwrap } from '@loopsmith/util';
import { zooInput, zooModel, zooNames, type ZooName } from './index.js';
import { zooMultiplyAdds } from './zoo.js';

interface Reference { readonly sha256: string; readonly runs: readonly { readonly seed: number; readonly output: readonly number[] }[] }
const reference = (name: ZooName): Reference => JSON.parse(readFileSync(repository('test', 'data', 'zoo', `${name}.json`), 'utf8')) as Reference;

/** Billions of multiply-adds, as published for batch 1 (densenet121 to vgg19 in the usual tables of model sizes). */
const published: Readonly<Record<ZooName, number>> = {
  densenet121: 2.834, inception_v3: 5.713, mobilenet: 0.569, mobilenet_v2: 0.301, resnet18: 1.814, resnet50: 3.858,
  'squeezenet1.0': 0.819, 'squeezenet1.1': 0.349, vgg16: 15.47, vgg19: 19.63,
};

describe('zoo', () => {
  for (const name of zooNames) {
    it(`${name} has ${published[name]} G multiply-adds`, () => expect(zooMultiplyAdds(name) / 1e9).to.be.closeTo(published[name], published[name] < 10 ? 0.0005 : 0.005));
    it(`${name} has the bytes that its stored outputs were computed from`, () => {
      expect(sha256(zooModel(name)), `the weights drifted; if that is intended, run tools/zoo-references.mjs ${name}`).to.equal(reference(name).sha256);
    });
    it(`${name} tells two images apart by far more than any tolerance`, () => {
      const [a, b] = reference(name).runs, largest = Math.max(...a!.output.map(Math.abs));
      expect(Math.max(...a!.output.map((value, i) => Math.abs(value - b!.output[i]!))) / largest).to.be.greaterThan(0.1);
      expect([a!.output.length, b!.output.length]).to.deep.equal([1000, 1000]);
      expect(largest).to.be.within(1, 50);
    });
  }

  it('keeps batch norms apart from convolutions', () => {
    const { graph } = unwrap(readModel(zooModel('resnet18')));
    const counts = new Map<string, number>();
    for (const node of graph.nodes) counts.set(node.operator, (counts.get(node.operator) ?? 0) + 1);
    expect(Object.fromEntries(counts)).to.deep.equal({ Conv: 20, BatchNormalization: 20, Relu: 17, MaxPool: 1, Add: 8, GlobalAveragePool: 1, Flatten: 1, Gemm: 1 });
  });

  it('gives the same seeded image everywhere, another for another seed', () => {
    const image = zooInput('resnet18', 1);
    expect([image.length, sha256(new Uint8Array(image.buffer)).slice(0, 16)]).to.deep.equal([3 * 224 * 224, '9a928e0de41c671b']);
    expect(zooInput('resnet18', 2)).not.to.deep.equal(image);
    expect(zooInput('inception_v3', 1).length).to.equal(3 * 299 * 299);
  });
});
