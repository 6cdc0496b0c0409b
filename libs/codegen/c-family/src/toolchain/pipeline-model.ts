/**
 * Cycles of a loop by LLVM's model of a processor's pipelines (llvm-mca): everything in the first-level cache, branches
 * predicted. A figure to rank by, never a time. Absent or without a model of the processor it answers null.
 */
import { spawn } from 'node:child_process';

export interface PipelineModel {
  /** `llvm-mca-19`. */
  readonly program: string;
  /** `aarch64-linux-gnu`. */
  readonly triple: string;
  /** LLVM's name of the processor whose pipelines are modelled. */
  readonly processor: string;
  /** What the loop's instructions need beside the processor's defaults: `+neon`. */
  readonly attributes?: string;
}

const iterations = 100;

/** Of one iteration in the steady state. `loop`: assembly from the loop's label to the branch that closes it, and nothing else. */
export const loopCycles = async (loop: string, { program, triple, processor, attributes }: PipelineModel): Promise<number | null> => {
  if (loop === '') return null;
  // directives say nothing of the loop, and some belong to text that is not here
  const text = loop.split('\n').filter((line) => !/^\s+\./.test(line)).join('\n');
  const printed = await filter(
    program,
    [
      `-mtriple=${triple}`,
      `-mcpu=${processor}`,
      ...(attributes === undefined ? [] : [`-mattr=${attributes}`]),
      `-iterations=${iterations}`,
      '-skip-unsupported-instructions=lack-sched',
      '--json',
    ],
    `${text}\n`,
  );
  if (printed === null) return null;
  try {
    const report = JSON.parse(printed) as { readonly CodeRegions?: readonly { readonly SummaryView?: { readonly TotalCycles?: number } }[] };
    const cycles = report.CodeRegions?.[0]?.SummaryView?.TotalCycles;
    return cycles === undefined ? null : cycles / iterations;
  } catch {
    return null;
  }
};

/** What a program answers to a text; null when it fails or is not there. */
const filter = (program: string, options: readonly string[], text: string): Promise<string | null> => new Promise((resolve) => {
  const child = spawn(program, options, { stdio: ['pipe', 'pipe', 'ignore'] });
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => { answer += part; });
  child.on('error', () => resolve(null));
  child.stdin.on('error', () => { /* it ended early; its status tells */ });
  child.on('close', (code) => resolve(code === 0 ? answer : null));
  child.stdin.end(text);
});
