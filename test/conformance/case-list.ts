/** Which conformance cases there are: folders of `shared` that hold a model and its test vectors. Reads lists, no model. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from '@loopsmith/testing';

/** Plain data: it travels to the process that runs it. */
export interface ConformanceCase {
  /** Unique: `test_add` or `yunet-n-320/model.onnx`. */
  readonly name: string;
  /** A file, or the folder of one. */
  readonly model: string;
  /** Folder with `test_data_set_K`. */
  readonly vectors: string;
  /** Whether to evaluate the network in JavaScript before any C is made: for one operator, not for a whole model. */
  readonly small: boolean;
  /** The row's own tolerance, where the usual one is not meant. */
  readonly tolerance?: { readonly absolute: number };
  /** Outputs by position that the vectors hold for; all when absent. */
  readonly outputs?: readonly number[];
  /** Tensors that the vectors are given at, where the model begins before them. */
  readonly cutAt?: readonly string[];
}

interface Row { readonly case: string; readonly tier: number }

export const nodeFolder = shared('conformance', 'onnx-node'), pytorchFolder = shared('conformance', 'onnx-pytorch');

/** The cases of a folder in the order of its list, of one tier or all; empty where they are not on this machine. */
const listed = (folder: string, tier?: number): readonly ConformanceCase[] => {
  const list = join(folder, 'cases.json');
  if (!existsSync(list)) return [];
  return (JSON.parse(readFileSync(list, 'utf8')) as readonly Row[]).filter((row) => tier === undefined || row.tier === tier)
    .map((row) => ({ name: row.case, model: join(folder, row.case, 'model.onnx'), vectors: join(folder, row.case), small: true }));
};
export const nodeCases = (tier?: 1 | 2): readonly ConformanceCase[] => listed(nodeFolder, tier);
export const pytorchCases = (): readonly ConformanceCase[] => listed(pytorchFolder);

export const modelFolders = [shared('models', 'onnx'), shared('models', 'onnx-light')] as const;

/**
 * Of models/README.md. squeezenet-fp16: the vectors were made by the f32 original of an f16 model. basic-pitch: the logarithm
 * of near silence; ONNX Runtime and tfjs differ by 1.3e-3 on the same input, and ONNX Runtime from double precision by 4e-4.
 * The simplified ultraface does not decode its boxes.
 */
const rows: Readonly<Record<string, Pick<ConformanceCase, 'tolerance' | 'outputs'>>> = {
  'squeezenet-fp16/model.onnx': { tolerance: { absolute: 2e-3 } },
  'basic-pitch/model.onnx': { tolerance: { absolute: 1.3e-3 } },
  'ultraface-rfb320/model-simplified.onnx': { outputs: [0] },
};
/** Its published logits hold for the order of the first two alone; that is a test of its own. */
const excluded: ReadonlySet<string> = new Set(['shufflenet-v2-int8']);

/** Every model with vectors to compare with, each file of a folder as a case of its own. Folders without vectors have none. */
export const modelCases = (): readonly ConformanceCase[] => modelFolders.filter((folder) => existsSync(folder)).flatMap((folder) =>
  readdirSync(folder).filter((name) => !excluded.has(name) && existsSync(join(folder, name, 'test_data_set_0'))).flatMap((name) =>
    readdirSync(join(folder, name)).filter((file) => file.endsWith('.onnx')).map((file): ConformanceCase => ({
      name: `${name}/${file}`, model: join(folder, name, file), vectors: join(folder, name), small: false,
      ...rows[`${name}/${file}`],
    }))));

export const mxnetFolder = shared('models', 'mxnet');

/** Trained MXNet models, a folder each. */
export const mxnetCases = (): readonly ConformanceCase[] => (existsSync(mxnetFolder) ? readdirSync(mxnetFolder) : []).filter((name) => existsSync(join(mxnetFolder, name, 'test_data_set_0')))
  .map((name) => ({ name, model: join(mxnetFolder, name), vectors: join(mxnetFolder, name), small: false }));

export const tensorflowFolders = { graphdef: shared('models', 'tf', 'graphdef'), tfjs: shared('models', 'tfjs') } as const;

/** The keyword spotters begin with a decoder of sound files; their vectors are what it hands over. The loop of one is written out. */
const spotter = { cutAt: ['Mfcc'] };
/** The logarithm of near silence; see basic-pitch above. */
const tensorflowRows: Readonly<Record<string, Pick<ConformanceCase, 'tolerance' | 'cutAt'>>> = {
  'kws-DNN_S': spotter, 'kws-CNN_S': spotter, 'kws-DS_CNN_S': spotter, 'kws-CRNN_S': spotter, 'basic-pitch': { tolerance: { absolute: 1.3e-3 } },
};
const large: ReadonlySet<string> = new Set(['posenet', 'nsfw-mobilenet_v2_mid', 'facemesh', 'selfie', 'basic-pitch']);

/** Frozen graphs and tfjs models, a folder each. The large ones are for the long form. */
export const tensorflowCases = (which: 'small' | 'large'): readonly ConformanceCase[] => Object.entries(tensorflowFolders).flatMap(([format, folder]) =>
  (existsSync(folder) ? readdirSync(folder) : []).filter((name) => existsSync(join(folder, name, 'test_data_set_0')) && large.has(name) === (which === 'large'))
    .map((name): ConformanceCase => ({ name: `${format}/${name}`, model: join(folder, name), vectors: join(folder, name), small: false, ...tensorflowRows[name] })));
