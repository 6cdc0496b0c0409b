/** A session for a model or a folder, and the verdict on one test case. Prints nothing. */
import type { Session, SessionTensor } from '@loopsmith/contracts';
import { bytesOfData, type TensorData } from '@loopsmith/ir';
import { FailureError, refuse, unwrap } from '@loopsmith/util';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compareTensors, widened, type Comparison, type Tolerance } from './answers.js';
import { checkInputs, readArray } from './arrays.js';
import { bindToCase } from './binding.js';
import type { Case, NamedTensor } from './cases.js';
import { openCompiler, readModelFile, type Compiler, type CompilerOptions, type Model } from './compiler.js';
import { compileModel, placeOf, recordsToChooseFrom } from './compiling.js';
import { isCompiledLibrary } from './model-file.js';
import { openFolder, withSession } from './opening.js';
import { count } from './progress.js';
import { whileWaiting } from './waiting.js';
import type { World } from './world.js';

export interface Verdict { readonly case: string; readonly agrees: boolean; readonly outputs: readonly ({ readonly name: string } & Comparison)[] }

/** Values that were compiled in, by input name. */
export type Constants = ReadonlyMap<string, TensorData>;

/** Compiles a model file into a folder that is gone afterwards, or opens the folder it is given. */
export const withSessionOf = async (
  world: World,
  model: string,
  options: CompilerOptions & { readonly records?: string },
  cases: readonly Case[],
  work: (session: Session, constants: Constants) => Promise<void>,
): Promise<void> => {
  const path = resolve(world.folder, model);
  if (isCompiledLibrary(path)) return withSession(openFolder(world, model, 0, options.plugin), (session) => work(session, new Map()));
  const { compiler, constants } = await compilerFor(world, readModelFile(model, world.folder), options, cases);
  // not before: Ctrl-C ends an import at once, and would leave it
  const scratch = mkdtempSync(join(tmpdir(), 'loopsmith-verify-'));
  try {
    const records = options.records === undefined ? null : await recordsToChooseFrom(world, compiler, options.plugin, options.records);
    try {
      const place = records && (await placeOf(compiler, scratch, false));
      await whileWaiting(world.err, `Building ${count(compiler.tasks.length, 'kernel')}`, () => compileModel(world, compiler, records, place, join(scratch, 'library')).catch(unnamed));
    } finally {
      await records?.close();
    }
    await withSession(compiler.hardware.session(join(scratch, 'library'), options.threads).then(unwrap), (session) => work(session, constants));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Nobody named the folder of a check. */
const unnamed = (error: unknown): never =>
  error instanceof FailureError && error.failure.code === 'cancelled'
    ? refuse({ ...error.failure, message: 'stopped before the model was compiled: nothing was checked; the same command begins again' })
    : rethrown(error);
const rethrown = (error: unknown): never => {
  throw error;
};

const compilerFor = async (
  world: World,
  model: Model,
  options: CompilerOptions,
  [first]: readonly Case[],
): Promise<{ readonly compiler: Compiler; readonly constants: Constants }> => {
  const given = {
    shapes: options.shape,
    values: Object.fromEntries([...options.value].map(([name, file]) => [name, readArray(file, world.folder)])),
  };
  const { made, binding } = await bindToCase(first, given, ({ shapes, values }) => openCompiler(world, model, { ...options, shape: shapes }, values));
  return { compiler: made, constants: new Map(Object.entries(binding.values)) };
};

export const verifyCase = async (session: Pick<Session, 'inputs' | 'outputs' | 'run'>, constants: Constants, one: Case, tolerance?: Tolerance): Promise<Verdict> => {
  const inputs = new Map([...one.inputs].flatMap(([position, tensor]) => {
    const constant = constants.get(tensor.name);
    if (!constant) return [[tensorFor(tensor, position, session.inputs, one.name, 'input'), widened(tensor.data)] as const];
    if (!Buffer.from(bytesOfData(constant)).equals(bytesOfData(tensor.data)))
      refuse({
        code: 'case-mismatch',
        stage: 'verify',
        message: `case ${one.name} has another value for ${tensor.name}, which decides shapes, than the first case; verify it by itself`,
      });
    return [];
  }));
  checkInputs(session, inputs);
  const outputs = await session.run(inputs);
  const compared = [...one.outputs].map(([position, tensor]) => {
    const name = tensorFor(tensor, position, session.outputs, one.name, 'output');
    return { name, ...compareTensors(outputOf(outputs, name), tensor.data, tolerance) };
  });
  return { case: one.name, agrees: compared.every(({ agrees }) => agrees), outputs: compared };
};

/** By the tensor's own name where the model has it, else by position: old cases carry no names. */
const tensorFor = ({ name }: NamedTensor, position: number, tensors: readonly SessionTensor[], shown: string, kind: string): string =>
  (tensors.find((tensor) => tensor.name === name) ?? tensors[position])?.name ??
  refuse({
    code: 'case-mismatch',
    stage: 'verify',
    message: `case ${shown} has ${kind}_${position}.pb, but the model has ${tensors.length} ${kind}${tensors.length === 1 ? '' : 's'}; give the model that the case was made for`,
  });

const outputOf = (outputs: ReadonlyMap<string, TensorData>, name: string): TensorData => {
  const output = outputs.get(name);
  if (!output) throw new Error(`the session gave no output ${name}`);
  return output;
};
