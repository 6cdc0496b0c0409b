/**
 * The ten benchmark networks as MXNet itself writes and evaluates them: right answers, and the same tasks as Loopsmith's own
 * network of that name, so that records of one serve the other. Every difference is listed with its reason.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { mxnet } from '@loopsmith/frontend-mxnet';
import { onnx } from '@loopsmith/frontend-onnx';
import type { Graph } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks } from '@loopsmith/stages';
import { command, file, needs, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooInputShape, zooModel, type ZooName } from '@loopsmith/zoo';
import { nodeWorld, runCli } from 'loopsmith';
import { makeModels, mxnetMaker } from './makers.js';

interface Differences { readonly mxnet: readonly string[]; readonly zoo: readonly string[] }
const none: Differences = { mxnet: [], zoo: [] };
/** The two files name a block's projection before and after its last convolution: whichever comes later takes the sum. */
const sumsElsewhere: Differences = {
  mxnet: ['conv2d 1x1 128→256 s2 @28', 'conv2d 1x1 256→512 s2 @14', 'conv2d 1x1 64→128 s2 @56', 'conv2d 3x3 128→128 @28 +add +relu', 'conv2d 3x3 256→256 @14 +add +relu', 'conv2d 3x3 512→512 @7 +add +relu', 'conv2d 3x3 64→64 @56 +add +relu'],
  zoo: [
    'conv2d 1x1 128→256 s2 @28 +add +relu', 'conv2d 1x1 256→512 s2 @14 +add +relu', 'conv2d 1x1 64→128 s2 @56 +add +relu', 'conv2d 3x3 128→128 @28', 'conv2d 3x3 128→128 @28 +add +relu', 'conv2d 3x3 256→256 @14',
    'conv2d 3x3 256→256 @14 +add +relu', 'conv2d 3x3 512→512 @7', 'conv2d 3x3 512→512 @7 +add +relu', 'conv2d 3x3 64→64 @56 +add +relu',
  ],
};
/** Gluon's first block expands by one where the paper's has no expansion, and its classifier is a convolution. */
const otherEnds: Differences = {
  mxnet: ['conv2d 1x1 1280→1000 @1 +reshape', 'conv2d 1x1 32→32 @112 +clip', 'global_average_pool 1280 @7'],
  zoo: ['dense 1280→1000', 'global_average_pool 1280 @7 +reshape'],
};
const networks: readonly (readonly [string, ZooName, Differences])[] = [
  ['resnet18_v1', 'resnet18', sumsElsewhere], ['resnet50_v1', 'resnet50', none], ['densenet121', 'densenet121', none], ['inceptionv3', 'inception_v3', none], ['mobilenet1_0', 'mobilenet', none],
  ['mobilenet_v2_1_0', 'mobilenet_v2', otherEnds], ['squeezenet1_0', 'squeezenet1.0', none], ['squeezenet1_1', 'squeezenet1.1', none], ['vgg16', 'vgg16', none], ['vgg19', 'vgg19', none],
];

describe('the ten networks as MXNet exports them', function () {
  this.timeout(1_200_000);
  const target = async () => unwrap(await x86Avx.resolve('avx2'));
  let folder: string;
  before(function () { needs(this, file(shared('tools', mxnetMaker.script)), command('python3'), command('gcc')); });
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-mxnet-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, zoo, differences] of networks) {
    it(name, async () => {
      makeModels(mxnetMaker, folder, name);
      const model = join(folder, name), shape = zooInputShape(zoo);
      let said = '';
      const world = { ...nodeWorld(), out: { write: (text: string) => { said += text; }, columns: null }, err: { write: (text: string) => { said += text; }, columns: null } };
      const code = await runCli(['verify', model, model, '--target', 'x86-avx:host'], world, '0');
      expect([code, said]).to.deep.equal([0, said]);

      const isa = await target(), tasks = (graph: Graph): ReadonlyMap<string, string> => new Map(extractTasks(unwrap(toNetwork(graph, { channelBlock: x86Avx.channelBlock(isa) })), { target: isa, threads: 1 }).map(({ task }) => [task.key, task.label]));
      const mine = tasks(unwrap(mxnet.import(readFileSync(join(model, `${name}-symbol.json`)), { name, file: `${name}-symbol.json`, shapes: { data: shape }, listBeside: () => readdirSync(model), readBeside: (path) => readFileSync(join(model, path)) })));
      const own = tasks(unwrap(onnx.import(zooModel(zoo), { name: zoo, shapes: {} })));
      const missing = (from: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] => [...from].flatMap(([key, label]) => (other.has(key) ? [] : [label])).sort();
      expect({ mxnet: missing(mine, own), zoo: missing(own, mine) }).to.deep.equal(differences);
    });
  }
});
