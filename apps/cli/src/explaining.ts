/** Everything there is to say of one record: what was scheduled, what the models thought, what was measured, the code. Runs nothing. */
import { readableText } from '@loopsmith/codegen-c-family';
import type { TuningRecord } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { bytesMoved, parseSchedule } from '@loopsmith/ir';
import { candidateOfRecord, medianInterval } from '@loopsmith/stages';
import { refuse, unwrap } from '@loopsmith/util';
import { bytesText, flopText } from './quantities.js';
import { medianNsOf, placeText, timeText } from './recorded.js';
import { taskOfRecord } from './recorded-tasks.js';
import { rooflineOf, rooflineText, shareOfRoofline } from './roofline.js';

export interface RecordExplanation {
  readonly record: TuningRecord;
  /** Why the schedule no longer makes code, or null; then what follows is null too. */
  readonly stale: string | null;
  readonly features: readonly { readonly name: string; readonly value: number }[] | null;
  readonly predictedMs: number | null;
  readonly measuredNs: number | null;
  readonly intervalNs: readonly [number, number] | null;
  readonly gflops: number | null;
  readonly flops: number;
  readonly bytes: number;
  readonly roofline: { readonly text: string; readonly share: number | null };
  /** The kernel as C or assembly, as it is read. */
  readonly source: string | null;
}

/** By the id or the beginning of one. */
export const findRecord = (records: readonly TuningRecord[], id: string): TuningRecord => {
  const found = records.filter((record) => record.id.startsWith(id));
  if (found.length === 0) return refuse({ code: 'record-unknown', stage: 'records', message: `no record has the id "${id}"; \`loopsmith records list --task TEXT\` shows ids` });
  if (found.length > 1)
    return refuse({
      code: 'record-ambiguous',
      stage: 'records',
      message: `${found.length} records begin with "${id}"; give more of the id: ${found
        .slice(0, 3)
        .map((record) => record.id)
        .join(', ')}${found.length > 3 ? ', …' : ''}`,
    });
  return found[0]!;
};

export const explainRecord = async (record: TuningRecord, host: Host): Promise<RecordExplanation> => {
  const { task, hardware } = unwrap(await taskOfRecord(record, host));
  const space = hardware.space(task), bytes = bytesMoved(task.definition, task.layouts), measuredNs = medianNsOf(record);
  // a point is read only by the space that made it; the step text outlives spaces
  const candidate = candidateOfRecord(task, space, record), draft = candidate && space.draft(candidate.point);
  const schedule = parseSchedule(record.schedule), lowered = schedule.ok ? hardware.lower(task, schedule.value) : schedule;
  const roofline = rooflineOf(task.target, task.threads, bytes, null);
  return {
    record, stale: lowered.ok ? null : lowered.failure.message,
    features: draft && space.featureNames ? space.featureNames.map((name, i) => ({ name, value: draft.features[i]! })) : null,
    predictedMs: draft?.milliseconds ?? null, measuredNs, intervalNs: record.outcome.ok ? medianInterval(record.outcome.samplesNs) : null,
    gflops: measuredNs === null ? null : task.flops / measuredNs, flops: task.flops, bytes,
    roofline: { text: rooflineText(roofline), share: measuredNs === null ? null : shareOfRoofline(roofline, { flops: task.flops, bytes }, measuredNs) },
    source: lowered.ok ? readableText(hardware.emit(task, lowered.value, 'kernel').source) : null,
  };
};

export const explanationText = (explanation: RecordExplanation): string => {
  const { record, stale, features, predictedMs, measuredNs, intervalNs, gflops, flops, bytes, roofline, source } = explanation;
  const { outcome, environment, report } = record;
  const share = roofline.share === null ? '' : `, ${(100 * roofline.share).toFixed(0)} % of it`;
  return (
    [
      `record ${record.id} of task ${record.task}: ${record.label}`,
      `${record.purpose}${record.repeat === 0 ? '' : ` ${record.repeat}`}, strategy ${record.strategy}, model ${record.model}, seed ${record.seed}, ${record.time}`,
      `${placeText(environment)}, ${environment.os}, ${environment.compiler.split(' -')[0]!}, protocol ${record.protocol}`,
      '',
      ...record.workload.trimEnd().split('\n'),
      '',
      `schedule (${record.space}; ${Object.entries(record.point)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')})`,
      ...record.schedule.split('; ').map((step) => `  ${step}`),
      '',
      ...(outcome.ok && measuredNs !== null && intervalNs
        ? [
            `measured: ${timeText(measuredNs)} (${intervalNs.map(timeText).join(' to ')}), ${outcome.samplesNs.length} samples, ${gflops!.toFixed(1)} GFLOP/s; error ${outcome.error.toPrecision(2)} of the tolerance`,
          ]
        : outcome.ok
          ? []
          : [
              `failed: ${outcome.failure.code}: ${outcome.failure.message}`,
              ...(outcome.failure.text === undefined ? [] : outcome.failure.text.trimEnd().split('\n')),
            ]),
      predictedMs === null ? `predicted: nothing, for ${record.space} is no more the space that made this schedule` : `predicted: ${timeText(predictedMs * 1e6)}`,
      `${flopText(flops)}, ${bytesText(bytes)}; ${roofline.text}${share}`,
      ...(report?.resources ?? []).map(
        ({ registers, scalarRegisters, spilledBytes, sharedBytes }, i) =>
          `kernel ${i + 1}: ${registers} registers${scalarRegisters === undefined ? '' : `, ${scalarRegisters} scalar registers`}, ${spilledBytes} bytes spilled, ${sharedBytes} bytes of shared memory`,
      ),
      ...(report && report.resources === undefined
        ? [`hot loop: ${report.hotLoopInstructions} instructions, ${report.hotLoopStackAccesses} stack accesses`]
        : []),
      ...(features ? ['', 'features', ...features.map(({ name, value }) => `  ${name} ${Number(value.toPrecision(6))}`)] : []),
      '',
      ...(source === null ? [`no source: ${stale}`] : ['source', ...source.trimEnd().split('\n')]),
    ].join('\n') + '\n'
  );
};
