/**
 * Six networks of Keras as TensorFlow itself writes them, as SavedModel and as frozen graph: right answers, and the
 * tasks of the zoo's network of the same name but for those that test/data/imported-networks.json lists. What looking at them costs is said;
 * its memory is judged from 20 MB on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { tensorflow } from '@loopsmith/frontend-tensorflow';
import { command, needs } from '@loopsmith/testing';
import { attempt } from '@loopsmith/util';
import type { ZooName } from '@loopsmith/zoo';
import { costOfLooking, differencesFrom, importedFrom, listedDifferences, verified } from './made-network.js';
import { makeModels, needsOf, tensorflowMaker } from './makers.js';

const networks: readonly (readonly [name: string, zoo: ZooName, size: number])[] = [
  ['MobileNet', 'mobilenet', 224], ['MobileNetV2', 'mobilenet_v2', 224], ['DenseNet121', 'densenet121', 224], ['ResNet50', 'resnet50', 224], ['InceptionV3', 'inception_v3', 299], ['VGG16', 'vgg16', 224],
];
/** The one input of a model with an open batch, as its refusal names it. */
const openInput = (message: string): string => /--shape ([^=]+)=/.exec(message)?.[1] ?? expect.fail(message);

describe('six networks as TensorFlow exports them', function () {
  this.timeout(1_200_000);
  let folder: string;
  before(function () { needs(this, ...needsOf(tensorflowMaker), command('gcc')); });
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-tensorflow-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, zoo, size] of networks) {
    it(name, async () => {
      makeModels(tensorflowMaker, folder, name);
      for (const [kind, file] of [['saved_model', 'saved_model.pb'], ['frozen', 'frozen.pb']] as const) {
        const model = join(folder, name, kind), read = (shapes: Readonly<Record<string, readonly number[]>>) => importedFrom(tensorflow, join(model, file), shapes);
        const open = attempt(() => read({})), input = open.ok ? undefined : openInput(open.failure.message), shape = [1, size, size, 3];
        const options = input === undefined ? [] : ['--shape', `${input}=${shape.join(',')}`], graph = open.ok ? open.value : read({ [input!]: shape });
        const [code, said] = await verified(model, model, ...options);
        expect(code, `${kind}: ${said}`).to.equal(0);
        expect(await differencesFrom(graph, zoo), kind).to.deep.equal(listedDifferences('tensorflow', name));
        const { bytes, memory } = await costOfLooking(`${name} ${kind}`, model, ...options);
        if (bytes >= 20e6) expect(memory, `memory of looking at a file of ${bytes} bytes, as a multiple of it`).to.be.at.most(3);
      }
    });
  }
});
