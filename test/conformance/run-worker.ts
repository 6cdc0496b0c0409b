/**
 * The process that runs cases: prepares and builds the batch it is sent, runs it, and tells its parent what it is about to do
 * and what came of it, so that the parent knows whose case a crash was. One batch, then it waits for the next.
 */
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { FailureError, unwrap } from '@loopsmith/util';
import { verifyCase, type Verdict } from 'loopsmith/verify';
import { buildCases } from './build-cases.js';
import { prepareCase, type PreparedCase } from './prepare-case.js';
import type { CaseResult, FromWorker, ToWorker } from './run-cases.js';

const tell = (message: FromWorker): void => { process.send!(message); };

const result = (name: string, verdict: CaseResult['verdict'], reason: string): void => { tell({ result: { name, verdict, reason } }); };
/** A refusal to compile is an answer; any other error is a bug, and so is a refusal to run what was compiled. */
const caught = (name: string, error: unknown, running: boolean): void => {
  if (error instanceof FailureError && !running) result(name, 'refused', error.failure.message);
  else result(name, 'crashed', error instanceof Error ? error.stack ?? error.message : String(error));
};

const differences = (verdicts: readonly Verdict[]): string =>
  verdicts.filter(({ agrees }) => !agrees).flatMap(({ case: name, outputs }) => outputs.filter(({ agrees }) => !agrees).map((output) => `${name} ${output.name} ${output.summary}`)).join('; ');

const runBatch = async ({ batch, isa, scratch, runtime }: ToWorker): Promise<void> => {
  const target = unwrap(await x86Avx.resolve(isa));
  const prepared: PreparedCase[] = [];
  for (const one of batch) {
    tell({ working: one.name });
    try {
      prepared.push(await prepareCase(one, target));
    } catch (error) { caught(one.name, error, false); }
  }
  const right = prepared.filter(({ one, evaluated }) => {
    const wrong = differences(evaluated);
    if (wrong !== '') result(one.name, 'wrong', `by its definitions: ${wrong}`);
    return wrong === '';
  });
  if (right.length === 0) return;
  const built = await buildCases(right, { target, scratch, runtime, compilers: 1, starting: (name) => { tell({ working: name }); } });
  for (const [i, each] of built.entries()) {
    const { one, cases, constants } = right[i]!;
    if (!each.ok) { result(one.name, 'crashed', each.failure.message); continue; }
    tell({ working: one.name });
    try {
      const session = unwrap(await x86Avx.session(each.value.directory, 1));
      const verdicts: Verdict[] = [];
      for (const data of cases) verdicts.push(await verifyCase(session, constants, data, one.tolerance));
      await session.close();
      const wrong = differences(verdicts);
      result(one.name, wrong === '' ? 'pass' : 'wrong', wrong === '' ? '' : `by its kernels: ${wrong}`);
    } catch (error) { caught(one.name, error, true); }
  }
};

process.on('message', (work: ToWorker) => {
  runBatch(work).then(() => { tell({ done: true }); }, (error: unknown) => { throw error; });
});
