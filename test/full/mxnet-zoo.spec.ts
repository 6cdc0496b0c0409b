/**
 * The ten benchmark networks as MXNet itself writes and evaluates them: right answers, and the same tasks as Loopsmith's own
 * network of that name, so that records of one serve the other. Every difference is listed with its reason.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mxnet } from '@loopsmith/frontend-mxnet';
import { command, needs } from '@loopsmith/testing';
import { zooInputShape, type ZooName } from '@loopsmith/zoo';
import { costOfLooking, differencesFrom, importedFrom, listedDifferences, verified } from './made-network.js';
import { makeModels, mxnetMaker, needsOf } from './makers.js';

const networks: readonly (readonly [string, ZooName])[] = [
  ['resnet18_v1', 'resnet18'], ['resnet50_v1', 'resnet50'], ['densenet121', 'densenet121'], ['inceptionv3', 'inception_v3'], ['mobilenet1_0', 'mobilenet'],
  ['mobilenet_v2_1_0', 'mobilenet_v2'], ['squeezenet1_0', 'squeezenet1.0'], ['squeezenet1_1', 'squeezenet1.1'], ['vgg16', 'vgg16'], ['vgg19', 'vgg19'],
];

describe('the ten networks as MXNet exports them', function () {
  this.timeout(1_200_000);
  let folder: string;
  before(function () { needs(this, ...needsOf(mxnetMaker), command('gcc')); });
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-mxnet-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, zoo] of networks) {
    it(name, async () => {
      makeModels(mxnetMaker, folder, name);
      const model = join(folder, name), shape = zooInputShape(zoo);
      const [code, said] = await verified(model, model);
      expect(code, said).to.equal(0);
      expect(await differencesFrom(importedFrom(mxnet, join(model, `${name}-symbol.json`), { data: shape }), zoo)).to.deep.equal(listedDifferences('mxnet', name));
      const { bytes, memory } = await costOfLooking(name, model, '--shape', `data=${shape.join(',')}`);
      if (bytes >= 20e6) expect(memory, `memory of looking at a file of ${bytes} bytes, as a multiple of it`).to.be.at.most(3);
    });
  }
});
