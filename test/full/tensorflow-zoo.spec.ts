/**
 * Six networks of Keras as TensorFlow itself writes them, as SavedModel and as frozen graph: right answers, the same tasks as
 * the zoo's network of that name up to the listed differences, and memory within three times the file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { tensorflow } from '@loopsmith/frontend-tensorflow';
import { command, needs } from '@loopsmith/testing';
import type { ZooName } from '@loopsmith/zoo';
import { costOfLooking, differencesFrom, importedFrom, noDifferences, verified, type Differences } from './made-network.js';
import { makeModels, needsOf, tensorflowMaker } from './makers.js';

const networks: readonly (readonly [name: string, zoo: ZooName, size: number, differences: Differences])[] = [
  ['MobileNet', 'mobilenet', 224, noDifferences], ['MobileNetV2', 'mobilenet_v2', 224, noDifferences], ['DenseNet121', 'densenet121', 224, noDifferences],
  ['ResNet50', 'resnet50', 224, noDifferences], ['InceptionV3', 'inception_v3', 299, noDifferences], ['VGG16', 'vgg16', 224, noDifferences],
];

describe('six networks as TensorFlow exports them', function () {
  this.timeout(1_200_000);
  let folder: string;
  before(function () { needs(this, ...needsOf(tensorflowMaker), command('gcc')); });
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-tensorflow-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, zoo, size, differences] of networks) {
    it(name, async () => {
      makeModels(tensorflowMaker, folder, name);
      const shape = [1, size, size, 3];
      for (const [kind, file, input] of [['saved_model', 'saved_model.pb', null], ['frozen', 'frozen.pb', 'data']] as const) {
        const model = join(folder, name, kind), graph = importedFrom(tensorflow, join(model, file), input ? { [input]: shape } : {});
        const [code, said] = await verified(model, model);
        expect(code, `${kind}: ${said}`).to.equal(0);
        expect(await differencesFrom(graph, zoo), kind).to.deep.equal(differences);
        const { seconds, bytes, memory } = await costOfLooking(model);
        process.stdout.write(`      ${name} ${kind}: ${(bytes / 1e6).toFixed(0)} MB, extract ${seconds.toFixed(2)} s, memory ${memory.toFixed(2)} x the file\n`);
        if (bytes >= 20e6) expect(memory, kind).to.be.at.most(3);
      }
    });
  }
});
