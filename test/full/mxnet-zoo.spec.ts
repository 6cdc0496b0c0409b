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
import { costOfLooking, differencesFrom, importedFrom, noDifferences as none, verified, type Differences } from './made-network.js';
import { makeModels, mxnetMaker, needsOf } from './makers.js';

/** The two files name a block's projection before and after its last convolution: whichever comes later takes the sum. */
const sumsElsewhere: Differences = {
  model: ['conv2d 1x1 128→256 s2 @28', 'conv2d 1x1 256→512 s2 @14', 'conv2d 1x1 64→128 s2 @56', 'conv2d 3x3 128→128 @28 +add +relu', 'conv2d 3x3 256→256 @14 +add +relu', 'conv2d 3x3 512→512 @7 +add +relu', 'conv2d 3x3 64→64 @56 +add +relu'],
  zoo: [
    'conv2d 1x1 128→256 s2 @28 +add +relu', 'conv2d 1x1 256→512 s2 @14 +add +relu', 'conv2d 1x1 64→128 s2 @56 +add +relu', 'conv2d 3x3 128→128 @28', 'conv2d 3x3 128→128 @28 +add +relu', 'conv2d 3x3 256→256 @14',
    'conv2d 3x3 256→256 @14 +add +relu', 'conv2d 3x3 512→512 @7', 'conv2d 3x3 512→512 @7 +add +relu', 'conv2d 3x3 64→64 @56 +add +relu',
  ],
};
/** Gluon's first block expands by one where the paper's has no expansion, and its classifier is a convolution. */
const otherEnds: Differences = {
  model: ['conv2d 1x1 1280→1000 @1 +reshape', 'conv2d 1x1 32→32 @112 +clip', 'global_average_pool 1280 @7'],
  zoo: ['dense 1280→1000', 'global_average_pool 1280 @7 +reshape'],
};
const networks: readonly (readonly [string, ZooName, Differences])[] = [
  ['resnet18_v1', 'resnet18', sumsElsewhere], ['resnet50_v1', 'resnet50', none], ['densenet121', 'densenet121', none], ['inceptionv3', 'inception_v3', none], ['mobilenet1_0', 'mobilenet', none],
  ['mobilenet_v2_1_0', 'mobilenet_v2', otherEnds], ['squeezenet1_0', 'squeezenet1.0', none], ['squeezenet1_1', 'squeezenet1.1', none], ['vgg16', 'vgg16', none], ['vgg19', 'vgg19', none],
];

describe('the ten networks as MXNet exports them', function () {
  this.timeout(1_200_000);
  let folder: string;
  before(function () { needs(this, ...needsOf(mxnetMaker), command('gcc')); });
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-mxnet-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, zoo, differences] of networks) {
    it(name, async () => {
      makeModels(mxnetMaker, folder, name);
      const model = join(folder, name), shape = zooInputShape(zoo);
      const [code, said] = await verified(model, model);
      expect(code, said).to.equal(0);
      expect(await differencesFrom(importedFrom(mxnet, join(model, `${name}-symbol.json`), { data: shape }), zoo)).to.deep.equal(differences);
      const { bytes, memory, seconds } = await costOfLooking(model, '--shape', `data=${shape.join(',')}`);
      process.stdout.write(`      ${name}: ${(bytes / 1e6).toFixed(0)} MB, extract ${seconds.toFixed(2)} s, memory ${memory.toFixed(2)} x the file\n`);
    });
  }
});
