/**
 * A case on its way to C: import with its shapes bound, network, memory plan, untuned schedules, kernels as text. The
 * definitions are held against the case's answers before, so that a wrong meaning and a wrong kernel can be told apart.
 * Compiles and runs nothing.
 */
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { libraryParts, type CallKernel, type LibraryParts } from '@loopsmith/codegen-c-family';
import type { Target } from '@loopsmith/contracts';
import { mxnet } from '@loopsmith/frontend-mxnet';
import { onnx } from '@loopsmith/frontend-onnx';
import { tensorflow } from '@loopsmith/frontend-tensorflow';
import { printSchedule, type Network, type TensorData } from '@loopsmith/ir';
import { planMemory, toNetwork } from '@loopsmith/lowering';
import { evaluateNetwork } from '@loopsmith/lowering/testing';
import { extractTasks } from '@loopsmith/stages';
import { shortHash, unwrap } from '@loopsmith/util';
import { bindToCase, detectModel, readCases, readModelFile, verifyCase, type Case, type Constants, type Verdict } from 'loopsmith/verify';
import type { ConformanceCase } from './case-list.js';

export interface PreparedCase {
  readonly one: ConformanceCase;
  readonly cases: readonly Case[];
  readonly constants: Constants;
  readonly parts: LibraryParts;
  /** Translation units, each named by its text, so that equal ones of several cases are one. */
  readonly sources: readonly string[];
  /** What the definitions alone answer, one verdict per data set; empty for a case that is not small. */
  readonly evaluated: readonly Verdict[];
}

const frontends = [onnx, mxnet, tensorflow];

/** A refusal leaves as a FailureError; every other error is a crash. */
export const prepareCase = async (one: ConformanceCase, target: Target): Promise<PreparedCase> => {
  const { frontend, bytes, file, readBeside, listBeside } = detectModel(readModelFile(one.model, '/'), frontends);
  const cases = readCases(one.vectors, one.name).map((each): Case => (one.outputs ? { ...each, outputs: new Map([...each.outputs].filter(([position]) => one.outputs!.includes(position))) } : each));
  const { made: graph, binding } = await bindToCase(cases[0], { shapes: {}, values: {} }, ({ shapes, values }) => unwrap(frontend.import(bytes, { name: one.name, file, shapes, values, readBeside, listBeside, ...(one.cutAt ? { inputs: one.cutAt } : {}) })));
  const network = unwrap(toNetwork(graph, { channelBlock: x86Avx.channelBlock(target) }));
  const constants: Constants = new Map(Object.entries(binding.values));
  return { one, cases, constants, evaluated: one.small ? await evaluatedCases(one, network, constants, cases) : [], ...kernelsOf(network, target) };
};

/** The network through its definitions, seen as a session. */
const evaluatedCases = (one: ConformanceCase, network: Network, constants: Constants, cases: readonly Case[]): Promise<readonly Verdict[]> => {
  const signature = (names: readonly string[]) => names.map((name) => network.tensors.get(name)!);
  const session = {
    threads: 1, inputs: signature(network.inputs), outputs: signature(network.outputs), close: () => Promise.resolve(),
    run: (inputs: ReadonlyMap<string, TensorData>) => Promise.resolve(evaluateNetwork(network, inputs)),
  };
  return Promise.all(cases.map((each) => verifyCase(session, constants, each, one.tolerance)));
};

/** The network's parts with untuned kernels, as text. */
export const kernelsOf = (network: Network, target: Target): Pick<PreparedCase, 'parts' | 'sources'> => {
  const sources: string[] = [];
  const ofCall = new Map(extractTasks(network, { target, threads: 1 }).flatMap(({ task, calls }) => {
    const space = x86Avx.space(task), schedule = unwrap(space.schedule(space.untuned())), lowered = unwrap(x86Avx.lower(task, schedule));
    const kernel = x86Avx.emit(task, lowered, `kernel_${shortHash(x86Avx.emit(task, lowered, 'kernel').source)}`);
    sources.push(kernel.source);
    const made: CallKernel = { kernel, task: task.key, label: task.label, schedule: printSchedule(schedule), record: null };
    return calls.map((call) => [call, made] as const);
  }));
  const kernels = network.calls.map(({ name }) => ofCall.get(name)!);
  return { sources, parts: libraryParts({ network, memory: planMemory(network), kernels, threads: 1, features: [], target: target.id, modelHash: '' }) };
};
