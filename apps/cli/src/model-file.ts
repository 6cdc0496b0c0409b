/**
 * The model that a user names: a file, or a folder that one format knows by a file in it. What lies beside is read only
 * inside the model's own folder, links included. Knows no format: front ends say what is theirs.
 */
import type { FilePart, Frontend } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { deployedFiles } from '@loopsmith/runtime';
import { didYouMean, refuse, unwrap, type Failure } from '@loopsmith/util';
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { reading } from './files.js';
import { foreignFile } from './foreign-file.js';

export interface ModelFile {
  /** What the model is called: of a file its name without the extension, of a folder its own. */
  readonly name: string;
  /** Base name of the file. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly readBeside: (path: string) => Uint8Array | undefined;
  /** Absent where files beside it are read whole. */
  readonly readPartsBeside?: (path: string, parts: readonly FilePart[]) => readonly Uint8Array[] | undefined;
  readonly listBeside: (path: string) => readonly string[];
}
/** A folder; which of its files is the model depends on the front ends there are. */
export interface ModelFolder { readonly name: string; readonly folder: string; readonly shown: string }
export type Model = ModelFile | ModelFolder;

const refuseModel = (code: string, message: string): never => refuse({ code, stage: 'import', message });

/** Whether a folder is what `compile` wrote, for whatever target. */
export const isCompiledLibrary = (path: string): boolean => [deployedFiles.manifest, deployedFiles.header].every((file) => existsSync(join(path, file)));

/** Nothing where there is no folder that may be read: then its files are of no help. */
const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

export const readModelFile = (path: string, folder: string): Model => {
  if (path === '') return refuseModel('model-missing', 'the name of the model is empty, as an unset variable leaves it; give the path of an .onnx file');
  const file = resolve(folder, path);
  if (!existsSync(file)) {
    const beside = filesIn(dirname(file));
    // a link that leads nowhere is listed all the same
    if (beside.includes(basename(file))) return refuseModel('model-missing', `${path} is a link that leads to no file; give the path of the model itself`);
    return refuseModel(
      'model-missing',
      `there is no model file ${path}${didYouMean(basename(file), beside)}; give the path of an .onnx file, or make one with \`loopsmith zoo resnet18 -o resnet18.onnx\``,
    );
  }
  return statSync(file).isDirectory() ? { name: basename(file), folder: file, shown: path } : opened(file, path, basename(file, extname(file)));
};

/** For what was there a moment ago. */
const gone = (shown: string): Failure => ({ code: 'model-missing', stage: 'import', message: `${shown} is not there any more; give the path of a model` });
const opened = (path: string, shown: string, name: string): ModelFile => ({
  name,
  file: basename(path),
  bytes: reading(shown, gone(shown), () => readFileSync(path)),
  ...besideOf(dirname(path)),
});

export type DetectedModel = ModelFile & { readonly frontend: Frontend };

/** The front end whose format it is, and the file. */
export const detectModel = (model: Model, frontends: readonly Frontend[]): DetectedModel => {
  const file = 'folder' in model ? enter(model, frontends) : model;
  const frontend = frontends.find((one) => one.detects(file.bytes, file.file));
  if (file.bytes.length === 0) return refuseModel('model-empty', `${file.file} is empty (0 bytes); download or export it again`);
  if (!frontend) {
    const foreign = foreignFile(file.bytes);
    return refuseModel('model-format', `${file.file} is ${foreign ?? `in no format that is known here (${frontends.map(({ id }) => id).join(', ')}); export it as ONNX`}`);
  }
  return { ...file, frontend };
};

/**
 * `detectModel` among what a host has: front ends are loaded one after the other until one knows the file, since most commands need one of them. Of a
 * folder all say together which file is the model.
 */
export const detectIn = async (model: Model, frontends: Host['frontends']): Promise<DetectedModel> => {
  if (!('folder' in model)) {
    for (const id of frontends.ids) {
      const frontend = unwrap(await frontends.get(id));
      if (frontend.detects(model.bytes, model.file)) return detectModel(model, [frontend]);
    }
  }
  return detectModel(model, unwrap(await frontends.all()));
};

const enter = ({ folder, shown, name }: ModelFolder, frontends: readonly Frontend[]): ModelFile => {
  if (isCompiledLibrary(folder))
    return refuseModel(
      'model-is-library',
      `folder ${shown} is a compiled library, which runs with \`loopsmith run ${shown}\`; give the model it was made from`,
    );
  const entries = frontends.flatMap((one) => one.entries), files = readdirSync(folder).sort();
  const found = files.filter((file) => entries.some((entry) => (entry.startsWith('*') ? file.endsWith(entry.slice(1)) && file.length >= entry.length : file === entry)));
  const [only] = found;
  if (only === undefined)
    return refuseModel(
      'folder-without-model',
      `folder ${shown} is no model and no compiled library: it has no ${entries.length === 0 ? 'file that a format is known by' : entries.join(', no ')}; give the model's file or its folder`,
    );
  if (found.length > 1)
    return refuseModel(
      'folder-of-models',
      `folder ${shown} holds ${found.length} models (${found.slice(0, 4).join(', ')}${found.length > 4 ? ', ..' : ''}); give one of them`,
    );
  return opened(join(folder, only), join(shown, only), name);
};

/** Files of a model's folder, by paths relative to it. */
export const besideOf = (path: string): Required<Pick<ModelFile, 'readBeside' | 'readPartsBeside' | 'listBeside'>> => {
  const folder = realpathSync(path);
  /** The real place of a path, or undefined when nothing is there. */
  const placeOf = (beside: string): string | undefined => {
    const there = resolve(folder, beside);
    if (!existsSync(there)) return undefined;
    const real = realpathSync(there), way = relative(folder, real);
    if (way === '..' || way.startsWith(`..${sep}`))
      return refuseModel(
        'path-outside',
        `${beside} lies outside the model's folder, or leads out of it by a link; only files in the model's own folder are read, so copy it there`,
      );
    return real;
  };
  return {
    readBeside: (beside) => {
      const place = placeOf(beside);
      return place === undefined ? undefined : readOwn(place, beside, (descriptor) => readFileSync(descriptor));
    },
    readPartsBeside: (beside, parts) => {
      const place = placeOf(beside);
      return place === undefined ? undefined : readOwn(place, beside, (descriptor, size) => parts.map((part) => bytesOfPart(descriptor, size, part)));
    },
    listBeside: (beside) => {
      const place = placeOf(beside);
      return place !== undefined && statSync(place).isDirectory()
        ? readdirSync(place, { withFileTypes: true })
            .filter((entry) => !entry.isDirectory())
            .map((entry) => entry.name)
            .sort()
        : [];
    },
  };
};

/** A plain file that no other name leads to: a second (hard) link may belong to a file outside, and a pipe would never end. */
const readOwn = <T>(path: string, shown: string, read: (descriptor: number, size: number) => T): T => reading(shown, gone(shown), () => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const state = fstatSync(descriptor);
    if (!state.isFile()) return refuseModel('path-outside', `${shown} is no plain file; put a plain file beside the model`);
    if (state.nlink > 1)
      return refuseModel(
        'path-outside',
        `${shown} has ${state.nlink} names (hard links), and another may be a file outside the model's folder; copy it in its place`,
      );
    return read(descriptor, state.size);
  } finally {
    closeSync(descriptor);
  }
});

/** As much of a part as the file has. */
const bytesOfPart = (descriptor: number, size: number, { begin, length }: FilePart): Uint8Array => {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - begin)));
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, begin + filled);
    // cut off since it was opened
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
};
