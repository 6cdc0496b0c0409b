/**
 * Eleven networks of torchvision as PyTorch's own exporter writes them: right answers, and the tasks of the zoo's network of the same
 * name but for those that test/data/imported-networks.json lists. What looking at them costs is said; its memory is judged from 20 MB on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { onnx } from '@loopsmith/frontend-onnx';
import { command, needs } from '@loopsmith/testing';
import type { ZooName } from '@loopsmith/zoo';
import { costOfLooking, differencesFrom, importedFrom, listedDifferences, verified } from './made-network.js';
import { makeModels, needsOf, torchMaker } from './makers.js';

const networks: readonly (readonly [string, ZooName?])[] = [
  ['resnet18', 'resnet18'], ['resnet50', 'resnet50'], ['densenet121', 'densenet121'], ['inception_v3', 'inception_v3'], ['mobilenet_v2', 'mobilenet_v2'], ['squeezenet1_1', 'squeezenet1.1'], ['vgg16', 'vgg16'],
  ['shufflenet_v2_x0_5'], ['efficientnet_b1'], ['regnet_x_400mf'], ['vit_b_16'],
];

describe('eleven networks as PyTorch exports them', function () {
  this.timeout(1_200_000);
  let folder: string;
  before(function () { needs(this, ...needsOf(torchMaker), command('gcc')); });
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-torch-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, zoo] of networks) {
    it(name, async () => {
      makeModels(torchMaker, folder, name);
      const model = join(folder, name, 'model.onnx');
      const [code, said] = await verified(model, join(folder, name));
      expect(code, said).to.equal(0);
      if (zoo) expect(await differencesFrom(importedFrom(onnx, model, {}), zoo)).to.deep.equal(listedDifferences('torch', name));
      const { bytes, memory } = await costOfLooking(name, model);
      if (bytes >= 20e6) expect(memory, `memory of looking at a file of ${bytes} bytes, as a multiple of it`).to.be.at.most(3);
    });
  }
});
