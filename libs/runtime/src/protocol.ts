/** Commands and answers of the harness as values (grammar: native/harness/harness.c). Pure text; starts nothing. */
import { layoutSize, outputOf, shapeOf, type Definition } from '@loopsmith/ir';
import type { KernelBuffer } from '@loopsmith/contracts';
import { fail, succeed, type Failure, type Outcome } from '@loopsmith/util';
import type { Generator } from './generator.js';
import type { Tolerance } from './tolerance.js';

/** What a kernel's candidate is to the harness. */
export interface CandidateDescription {
  readonly library: string;
  readonly symbols: readonly string[];
  readonly scratchBytes: number;
  readonly buffers: readonly KernelBuffer[];
  /** Files with the values of compile-time stages, by tensor: row-major, in the buffer's dtype. */
  readonly values: ReadonlyMap<string, string>;
  /** Name of the input whose memory the output takes, or null. */
  readonly inPlace: string | null;
  /** How many times the tolerance of the measurement its answers may lie off; 1 unless its algorithm rounds more. */
  readonly allowance?: number;
}

/** `memory`: weights in no cache. `l3`: in L3 but no L2. `warm`: as the last call left them. */
export type WeightTemperature = 'memory' | 'l3' | 'warm';

export interface MeasureSettings {
  readonly threads: number;
  /** CPU of each thread, locked host-wide meanwhile; null pins and locks nothing. */
  readonly cores: readonly number[] | null;
  /** Candidates are handed over to a device, which stays open from one measurement to the next. */
  readonly onDevice: boolean;
  readonly weights: WeightTemperature;
  readonly l2Bytes: number;
  /** Samples of one candidate: at most, at least, and the nanoseconds after which `fewest` are enough. `most: 0` checks only. */
  readonly most: number;
  readonly fewest: number;
  readonly budgetNs: number;
  readonly cutoffNs: number | null;
  readonly timeoutMs: number;
  /** Memory that kernels may take beyond their buffers. */
  readonly memoryBytes: number;
  readonly tolerance: Tolerance;
}
export interface CandidateTiming { readonly error: number; readonly samplesNs: readonly number[] }

/** Names reach the harness as labels for messages only; control characters would break its lines. */
const label = (name: string): string => [...name].map((letter) => (letter < ' ' || letter === '\x7f' ? '?' : letter)).join('').slice(0, 60);
const shapeWords = (shape: readonly number[]): string => [shape.length, ...shape].join(' ');

export const taskLines = (id: string, definition: Definition, generators: readonly Generator[], reference: string, timeoutMs: number): readonly string[] => [
  `task ${id}`,
  ...definition.inputs.map((input, i) => {
    const { kind, a, b, key } = generators[i]!;
    return `input ${input.dtype} ${input.when} ${kind} ${a} ${b} ${key} ${shapeWords(input.shape)} ${label(input.name)}`;
  }),
  `output ${outputOf(definition).dtype} ${shapeWords(shapeOf(outputOf(definition)))} ${label(outputOf(definition).name)}`,
  `reference ${reference}`,
  `timeout ${timeoutMs}`,
];

const bufferLines = (buffer: KernelBuffer, definition: Definition, values: ReadonlyMap<string, string>): readonly string[] => {
  const input = definition.inputs.findIndex(({ name }) => name === buffer.tensor);
  const dims = buffer.layout.map(({ axis, offset, divide, modulo, size }) => `${axis} ${offset} ${divide} ${modulo ?? 0} ${size}`);
  const size = Math.max(buffer.size, layoutSize(buffer.layout));
  const position = buffer.role === 'input' || buffer.role === 'compile' ? input : -1;
  const file = values.get(buffer.tensor);
  return [
    [`buffer ${buffer.role} ${position} ${buffer.dtype} ${size} ${buffer.slack} ${shapeWords(buffer.shape)}`, dims.length, ...dims, label(buffer.tensor)].join(' '),
    ...(position < 0 && buffer.role === 'compile' && file !== undefined ? [`values ${file}`] : []),
  ];
};

const candidateLines = (candidate: CandidateDescription, definition: Definition): readonly string[] => {
  const alias = candidate.buffers.findIndex((buffer) => buffer.role === 'input' && buffer.tensor === candidate.inPlace);
  return [
    `candidate ${candidate.library}`,
    ...candidate.symbols.map((symbol) => `symbol ${symbol}`),
    `scratch ${candidate.scratchBytes}`,
    ...candidate.buffers.flatMap((buffer) => bufferLines(buffer, definition, candidate.values)),
    ...(alias >= 0 ? [`alias ${alias}`] : []),
    ...(candidate.allowance === undefined ? [] : [`allowance ${candidate.allowance}`]),
  ];
};

export const measureLines = (id: string, definition: Definition, settings: MeasureSettings, candidates: readonly CandidateDescription[]): readonly string[] => [
  `measure ${id}`,
  `threads ${settings.threads}`,
  ...(settings.cores === null ? [] : [`cores ${settings.cores.join(' ')}`]),
  ...(settings.onDevice ? ['device'] : []),
  `weights ${settings.weights}`,
  `l2 ${settings.l2Bytes}`,
  `samples ${settings.most} ${settings.fewest} ${settings.budgetNs} ${settings.cutoffNs ?? 0}`,
  `timeout ${settings.timeoutMs}`,
  `memory ${settings.memoryBytes}`,
  `tolerance ${settings.tolerance.relative} ${settings.tolerance.ofScale} ${settings.tolerance.absolute}`,
  ...candidates.flatMap((candidate) => candidateLines(candidate, definition)),
];

const outOfStep = (line: string | undefined): Failure => ({
  code: 'harness-failed', stage: 'measure', message: `the measuring harness answers '${line ?? ''}', which its protocol does not know; rebuild it by emptying its cache directory`,
});

/** A line `failed CLASS TEXT` as the Failure it stands for; null for any other line. */
const failureOf = (line: string): Failure | null => {
  const parts = /^failed ([a-z-]+) (.*)$/s.exec(line);
  return parts === null ? null : { code: parts[1]!, stage: 'measure', message: parts[2]! };
};

/** One outcome per candidate of a `measure` command. */
export const parseTimings = (answer: readonly string[], count: number): readonly Outcome<CandidateTiming>[] =>
  Array.from({ length: count }, (_, i): Outcome<CandidateTiming> => {
    const line = answer[i];
    const failure = line === undefined ? null : failureOf(line);
    if (failure !== null) return fail(failure);
    const [word, ...numbers] = (line ?? '').split(' ');
    const values = numbers.map(Number);
    if (word !== 'ok' || values.length === 0 || values.some((value) => Number.isNaN(value))) return fail(outOfStep(line));
    return succeed({ error: values[0]!, samplesNs: values.slice(1) });
  });

/** The numbers behind `ok` of a one-line answer. */
export const parseNumbers = (answer: readonly string[]): Outcome<readonly number[]> => {
  const failure = failureOf(answer[0] ?? '');
  if (failure !== null) return fail(failure);
  const [word, ...numbers] = (answer[0] ?? '').split(' ');
  return word === 'ok' ? succeed(numbers.map(Number)) : fail(outOfStep(answer[0]));
};

/** What cores can do alone: f32 operations per second at best, and loads of 8 bytes out of L1 per second at the median, which tells how busy their other threads are. */
export interface CoreFigures { readonly flops: number; readonly loadsPerSecond: number }
/** What the machine can do at best besides: bytes per second of all threads, nanoseconds of a cache line's round trip between two cores. */
export interface PeakFigures extends CoreFigures { readonly l3BytesPerSecond: number; readonly memoryBytesPerSecond: number; readonly pingPongNs: number }
export type PeakIsa = 'sse' | 'avx2' | 'avx512' | 'generic';

export const peakLines = (isa: PeakIsa, cores: readonly number[], caches: { readonly l2: number; readonly l3: number }): readonly string[] =>
  [`peak ${isa}`, `threads ${cores.length}`, `cores ${cores.join(' ')}`, `l2 ${caches.l2}`, `l3 ${caches.l3}`];

/** What answers them is a `PeakFigures` whose others are 0. */
export const coreLines = (isa: PeakIsa, cores: readonly number[]): readonly string[] => peakLines(isa, cores, { l2: 0, l3: 0 });

export const parsePeak = (answer: readonly string[]): Outcome<PeakFigures> => {
  const numbers = parseNumbers(answer);
  if (!numbers.ok) return numbers;
  const [flops, l3BytesPerSecond, memoryBytesPerSecond, pingPongNs, loadsPerSecond] = numbers.value;
  return succeed({ flops: flops!, l3BytesPerSecond: l3BytesPerSecond!, memoryBytesPerSecond: memoryBytesPerSecond!, pingPongNs: pingPongNs!, loadsPerSecond: loadsPerSecond! });
};
