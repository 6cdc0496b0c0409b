/**
 * The local CPU as a Device: one harness process that checks and times kernels on pinned, locked cores. It compiles nothing
 * itself and decides nothing about the search.
 */
import { readFileSync } from 'node:fs';
import { link, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOfData, compileTimeValues, partFor, printDefinition, type Definition, type Input, type TensorData } from '@loopsmith/ir';
import { mostThreads, type Artifact, type Bench, type Device, type DeviceOptions, type Environment, type Measurement, type Purpose, type Target, type Task, type Timing } from '@loopsmith/contracts';
import { alignedCopy, fail, shortHash, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { gathered } from './gathered.js';
import { generate, generatorsFor } from './generator.js';
import { startHarness, type Harness, type StandIn } from './harness.js';
import { coreLines, measureLines, parseNumbers, parsePeak, parseTimings, peakLines, taskLines, type CandidateDescription, type CandidateTiming, type CoreFigures, type MeasureSettings, type PeakFigures, type PeakIsa, type WeightTemperature } from './protocol.js';
import { checkReference } from './reference-check.js';
import { allowanceOf, toleranceFor } from './tolerance.js';
import { unwritten, writeWhole } from './write-whole.js';

/** What a hardware plugin adds to make this machine its device. */
export interface LocalDeviceParts {
  readonly target: Target;
  readonly environment: Environment;
  /** How cold weights are before each timed call: what the network that is tuned will find. */
  readonly weights: WeightTemperature;
  /** The shared object with `loopsmith_reference` of a definition. */
  compileReference(definition: Definition): Promise<Outcome<string>>;
  /** Whose clock times kernels: the host's, or that of a device to which candidates are handed over. */
  readonly clock?: 'device';
  readonly compiler?: string;
  /** What opening a device costs before the first kernels run there: added to time limits, and to the memory that candidates may take. */
  readonly opening?: { readonly milliseconds: number; readonly memoryBytes: number };
  /** Where the processor is not here: answers are checked under this, and times are those that the build reports model. */
  readonly standIn?: StandIn;
}
export interface LocalDevice extends Device {
  /** What the cores of this device can do at best, now. */
  peak(isa: PeakIsa): Promise<Outcome<PeakFigures>>;
  /** What they can do now without a cache that they share: some 15 ms, where `peak` takes a second. */
  core(isa: PeakIsa): Promise<Outcome<CoreFigures>>;
}

/** Number of the measuring protocol; changes whenever times or checks would. */
const protocolVersion = 1;
const referenceTimeoutMs = 120_000;
/** A search takes at most `most` samples, and stops with `fewest` once `budgetNs` are spent. */
const searchSamples = { most: 40, fewest: 4, budgetNs: 20e6 };
/**
 * Milliseconds one candidate of a search may take, checks included. A kernel may be a hundred times slower than the cutoff before it is
 * killed, and where that would be long, twenty times, which is what checks and samples call it and as much again. Without a cutoff it has the longest time.
 */
export const searchTimeoutMs = (cutoffNs: number | null): number =>
  cutoffNs === null ? 120_000 : Math.max(Math.min(30_000, 1000 + (100 * cutoffNs) / 1e6), (20 * cutoffNs) / 1e6);
/** Of finals: calls before and after the rounds check the answers, and a round that was disturbed is run again. */
export const finalsTimeoutMs = (rounds: number, roundNs: number): number => Math.ceil(120_000 + (4 * (rounds + 3) * roundNs) / 1e6);
/** After so much time no round of finals is repeated, however disturbed it was. */
const repeatingNs = 10e9;
const memoryBytes = 256 << 20;
/** An emulator takes some hundred times as long; limits are there for what hangs. */
const emulatedSlowness = 5;

/** CPUs of one line such as `0-2,5`. */
export const parseCpuList = (text: string): readonly number[] =>
  text.trim().split(',').filter((piece) => piece !== '').flatMap((piece) => {
    const [first, last = first] = piece.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });

/** The CPUs this process may use. */
export const allowedCpus = (): readonly number[] => parseCpuList(/^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0');

/** The last CPUs this process may use, one per thread: the first one takes most interrupts. More threads than CPUs share them. */
const coresFor = (threads: number): readonly number[] => {
  const allowed = allowedCpus();
  const chosen = allowed.slice(-threads);
  return Array.from({ length: threads }, (_, i) => chosen[i % chosen.length]!);
};

/** Starts the harness for this machine. */
export const openLocalDevice = async (options: DeviceOptions, parts: LocalDeviceParts): Promise<Outcome<LocalDevice>> => {
  if (options.threads > mostThreads)
    return fail({ code: 'option-invalid', stage: 'measure', message: `nothing can be measured with ${options.threads} threads; give ${mostThreads} at most` });
  const harness = await startHarness({
    directory: join(options.directory, 'harness'),
    standIn: parts.standIn,
    ...(parts.compiler === undefined ? {} : { compiler: parts.compiler }),
  });
  if (!harness.ok) return harness;
  const cores = parts.standIn ? null : coresFor(options.threads), valueFiles = new Map<string, Promise<string>>();
  let benches = 0;
  return succeed({
    environment: parts.environment,
    ...(cores === null ? {} : { cpus: cores }),
    // what is asked for at once shares a command, whose candidates are sampled by turns
    ...(parts.clock === 'device' ? { several: true } : {}),
    protocol: `${protocolVersion} ${cores === null ? 'modelled' : `weights-${parts.weights}${parts.clock === 'device' ? ' device-clock' : ''}`}`,
    prepare: (task) => openBench({ harness: harness.value, parts, options, cores, valueFiles, id: `bench-${++benches}` }, task).catch(unwritten(options.scratch ?? options.directory)),
    peak: async (isa) => {
      const answer = await harness.value.command(peakLines(isa, cores ?? [], parts.target.caches));
      return answer.ok ? parsePeak(answer.value) : answer;
    },
    core: async (isa) => {
      const answer = await harness.value.command(coreLines(isa, cores ?? []));
      return answer.ok ? parsePeak(answer.value) : answer;
    },
    close: () => harness.value.close(),
  });
};

/** What one request says of samples and time; the rest is the bench's. */
type Sampling = Pick<MeasureSettings, 'most' | 'fewest' | 'budgetNs' | 'cutoffNs' | 'timeoutMs'>;

interface Workplace {
  readonly harness: Harness;
  readonly parts: LocalDeviceParts;
  readonly options: DeviceOptions;
  readonly cores: readonly number[] | null;
  /** Files of what compile-time stages have for values, by content, in the folder of whichever bench made one last: it may be gone with that bench. */
  readonly valueFiles: Map<string, Promise<string>>;
  readonly id: string;
}

const openBench = async (workplace: Workplace, task: Task): Promise<Outcome<Bench>> => {
  const { harness, parts, options, id, cores, valueFiles } = workplace;
  const { definition } = task;
  const reference = await parts.compileReference(definition);
  if (!reference.ok) return reference;
  const generators = generatorsFor(definition, options.seed);
  const dataOf = (name: string): TensorData => {
    const position = definition.inputs.findIndex((input) => input.name === name);
    const input = definition.inputs[position];
    if (input === undefined) throw new Error(`task ${task.label} has no input ${name}`);
    return generate(generators[position]!, 0, input.dtype, input.shape);
  };

  const prepared = await harness.keep(id, taskLines(id, definition, generators, reference.value, referenceTimeoutMs * (parts.standIn ? emulatedSlowness : 1)));
  if (!prepared.ok) return prepared;
  const accepted = parseNumbers(prepared.value);
  if (!accepted.ok) return accepted;
  const place = options.scratch ?? options.directory;
  await mkdir(place, { recursive: true });
  const directory = await mkdtemp(join(place, 'values-'));
  const close = async (): Promise<void> => {
    await harness.forget(id, [`drop ${id}`]);
    await rm(directory, { recursive: true, force: true });
  };

  const answerPath = join(directory, 'reference');
  const dumped = await harness.command([`dump ${id}`, 'set 0', `path ${answerPath}`]);
  const written = dumped.ok ? parseNumbers(dumped.value) : dumped;
  if (!written.ok) { await close(); return written; }
  const answer = new Float64Array(alignedCopy(await readFile(answerPath)));
  await rm(answerPath);
  const checked = checkReference(definition, new Map(definition.inputs.map(({ name }) => [name, dataOf(name)])), answer, options.seed);
  if (!checked.ok) { await close(); return checked; }

  /**
   * Values of a compile-time stage as a file; candidates that ask for the same stage share it, those that ask at the same time too. Tasks that differ
   * in what follows a convolution transform the same weights: the file of another bench is taken where it is still there.
   */
  const files = new Map<string, Promise<string>>();
  const valuesFile = (rewritten: Definition, tensor: string): Promise<string> => {
    const part = { ...partFor(rewritten, [tensor]), name: 'part' }, drawn = part.inputs.map((input) => generators[definition.inputs.findIndex(({ name }) => name === input.name)]);
    const content = shortHash([printDefinition(part), JSON.stringify(drawn)].join('\n')), path = join(directory, content);
    const weightOf = ({ name, when }: Input): TensorData => {
      if (when === 'run') throw new Error(`${tensor} of ${task.label} is a buffer of compile time, but depends on ${name}, which is known at run time only`);
      return dataOf(name);
    };
    const make = async (): Promise<string> => {
      const linked = await valueFiles.get(content)?.then((from) => link(from, path)).then(() => true, () => false);
      if (!linked) await writeWhole(path, bytesOfData(compileTimeValues(part, weightOf).get(tensor)!));
      return path;
    };
    let file = files.get(content);
    if (!file) {
      file = make();
      files.set(content, file);
      valueFiles.set(content, file);
      // what could not be made, as on a full disk, is made for whoever asks next
      file.catch(() => files.delete(content));
    }
    return file;
  };
  const describe = async ({ library, kernel }: Artifact): Promise<CandidateDescription> => {
    const values = new Map<string, string>();
    for (const { role, tensor } of kernel.buffers) {
      if (role === 'compile' && !definition.inputs.some(({ name }) => name === tensor)) values.set(tensor, await valuesFile(kernel.rewritten, tensor));
    }
    return {
      library,
      symbols: kernel.symbols,
      scratchBytes: kernel.scratchBytes,
      buffers: kernel.buffers,
      values,
      inPlace: task.inPlace === null ? null : definition.inputs[task.inPlace]!.name,
      allowance: allowanceOf(kernel.algorithm),
    };
  };

  const settings: Omit<MeasureSettings, keyof Sampling> = {
    threads: options.threads,
    cores,
    onDevice: parts.clock === 'device',
    weights: parts.standIn ? 'warm' : parts.weights,
    l2Bytes: parts.target.caches.l2,
    memoryBytes: memoryBytes + (parts.opening?.memoryBytes ?? 0),
    tolerance: toleranceFor(definition),
  };
  const ask = async (candidates: readonly CandidateDescription[], sampling: Sampling): Promise<readonly Outcome<CandidateTiming>[]> => {
    const answered = await harness.command(measureLines(id, definition, { ...settings, ...sampling }, candidates));
    return answered.ok ? parseTimings(answered.value, candidates.length) : candidates.map(() => answered);
  };
  const measurement = (artifact: Artifact, purpose: Purpose, repeat: number, outcome: Outcome<CandidateTiming>): Measurement => ({
    candidate: artifact.candidate, task: task.key, purpose, repeat, artifact: artifact.id, report: artifact.report,
    outcome: outcome.ok ? timingOf(artifact, outcome.value) : outcome,
  });
  const timingOf = (artifact: Artifact, checked: CandidateTiming): Outcome<Timing> => {
    if (!parts.standIn) return succeed({ kind: 'measured', ...checked });
    if (!artifact.report.modelled) throw new Error(`the builder of ${parts.target.id} gives no modelled figures, and ${parts.standIn.how} gives no times`);
    return succeed({ kind: 'modelled', samplesNs: [artifact.report.modelled.draftNs], error: checked.error });
  };
  /** No samples: answers are checked, and that is all. */
  const checkOnly: Sampling = { most: 0, fewest: 0, budgetNs: 0, cutoffNs: null, timeoutMs: 120_000 * emulatedSlowness };

  /** In one process. One that ends it interrupts the others: they are asked for again without it. */
  const askTogether = async (artifacts: readonly Artifact[], sampling: Sampling): Promise<readonly Outcome<CandidateTiming>[]> => {
    const outcomes: (Outcome<CandidateTiming> | null)[] = artifacts.map(() => null);
    // one whose values cannot be written fails by itself
    const descriptions = await Promise.all(artifacts.map((artifact) => describe(artifact).then(succeed, unwritten(directory))));
    descriptions.forEach((description, i) => { if (!description.ok) outcomes[i] = description; });
    for (let left = artifacts.map((_, i) => i).filter((i) => descriptions[i]!.ok); left.length > 0; left = left.filter((i) => outcomes[i] === null)) {
      const answers = await ask(left.map((i) => unwrap(descriptions[i]!)), parts.standIn ? checkOnly : sampling);
      answers.forEach((answer, k) => { if (answer.ok || answer.failure.code !== 'interrupted') outcomes[left[k]!] = answer; });
    }
    return outcomes.map((outcome) => outcome ?? fail({ code: 'harness-failed', stage: 'measure', message: 'the comparison gave no answer' }));
  };
  const search = ({ length: count }: readonly Artifact[], cutoffNs: number | null): Sampling => ({
    ...searchSamples,
    cutoffNs,
    timeoutMs: count * searchTimeoutMs(cutoffNs) + (parts.opening?.milliseconds ?? 0),
  });
  const together = gathered<Artifact, number | null, Outcome<CandidateTiming>>((artifacts, cutoffNs) => askTogether(artifacts, search(artifacts, cutoffNs)));

  return succeed({
    // what comes of it is kept; a failure is told by whoever measures
    ready: (artifact) => describe(artifact).then(() => undefined, () => undefined),
    measure: async (artifact, { purpose, repeat, cutoffNs }) => {
      const outcome = parts.clock === 'device' ? await together(artifact, cutoffNs) : (await askTogether([artifact], search([artifact], cutoffNs)))[0]!;
      return measurement(artifact, purpose, repeat, outcome);
    },
    compare: async (artifacts, rounds, roundNs = 0) => {
      const outcomes = await askTogether(artifacts, { most: rounds, fewest: rounds, budgetNs: repeatingNs, cutoffNs: null, timeoutMs: finalsTimeoutMs(rounds, roundNs) });
      return artifacts.map((artifact, i) => measurement(artifact, 'final', 0, outcomes[i]!));
    },
    close,
  });
};
