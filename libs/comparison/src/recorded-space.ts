/**
 * A space that was measured whole, so that searches run on it without hardware: its choices, and for every legal point the draft, what
 * building and measuring it cost, and its samples. Text, one JSON value per line: a head, then a point per line. What is not listed
 * is a point the space refuses. Numbers keep four or five digits, which is far below the noise.
 */
import { pointKey, type Choice, type Draft, type Environment, type Point, type Space } from '@loopsmith/contracts';
import { median } from '@loopsmith/stages';
import { attempt, fail, refuse, succeed, type Outcome } from '@loopsmith/util';

interface RecordedHead {
  readonly v: 1;
  readonly form: 'recorded-space';
  readonly label: string;
  readonly task: string;
  /** Id and version of the space the points are of. */
  readonly space: string;
  readonly choices: readonly Choice[];
  readonly untuned: Point;
  readonly environment: Environment;
  readonly protocol: string;
  /** What was known of the machine then: `quiet`, or what disturbed it. */
  readonly conditions: string;
  readonly time: string;
}
export interface RecordedPoint {
  readonly point: Point;
  readonly draftMilliseconds: number;
  readonly features: readonly number[];
  /** Its share of the time its batch took to build, and the time its first measurement took. */
  readonly buildMilliseconds: number;
  readonly measureMilliseconds: number;
  /** Nanoseconds of one call: one list per measurement; none when it failed. */
  readonly samplesNs: readonly (readonly number[])[];
  /** Class of the failure, or null. */
  readonly failure: string | null;
}
export interface RecordedSpace { readonly head: RecordedHead; readonly points: readonly RecordedPoint[] }

/** Milliseconds of a point as far as all its samples say; null for one that failed. */
export const recordedTime = ({ samplesNs }: RecordedPoint): number | null => (samplesNs.length === 0 ? null : median(samplesNs.map((samples) => median(samples))) / 1e6);

/** How far the first two measurements of a point are apart, by the smaller: the median over all points; null where none was measured twice. */
export const recordedSpread = ({ points }: RecordedSpace): number | null => {
  const spreads = points.flatMap(({ samplesNs: [first, second] }) => {
    if (!first || !second) return [];
    const [a, b] = [median(first), median(second)];
    return [Math.max(a, b) / Math.min(a, b) - 1];
  });
  return spreads.length === 0 ? null : median(spreads);
};

const digits = (value: number, count: number): number => Number(value.toPrecision(count));

export const printRecordedSpace = ({ head, points }: RecordedSpace): string => {
  const lines = points.map(({ point, draftMilliseconds, features, buildMilliseconds, measureMilliseconds, samplesNs, failure }) => JSON.stringify([
    head.choices.map(({ name, values }) => values.indexOf(point[name]!)), digits(draftMilliseconds, 5), features.map((value) => digits(value, 5)),
    digits(buildMilliseconds, 3), digits(measureMilliseconds, 3), failure ?? samplesNs.map((samples) => samples.map((value) => digits(value, 4))),
  ]));
  return `${[JSON.stringify(head), ...lines].join('\n')}\n`;
};

/** `name` is what messages call it. */
export const parseRecordedSpace = (text: string, name: string): Outcome<RecordedSpace> =>
  attempt(() => {
    const wrong = (line: number, what: string): never =>
      refuse({
        code: 'recorded-space-invalid',
        stage: 'records',
        message: `${name}:${line}: ${what}; record the space again with \`loopsmith space record\``,
      });
    const lines = text.split('\n').filter((line) => line !== '');
    const json = (line: string, at: number): unknown => { try { return JSON.parse(line); } catch { return wrong(at, 'is no JSON'); } };
    const head = (lines.length > 0 ? json(lines[0]!, 1) : {}) as RecordedHead;
    if (head.v !== 1 || head.form !== 'recorded-space' || !Array.isArray(head.choices)) return wrong(1, 'is not the head of a recorded space');
    const points = lines.slice(1).map((line, i): RecordedPoint => {
      const row = json(line, i + 2);
      if (!Array.isArray(row) || row.length !== 6 || !Array.isArray(row[0]) || row[0].length !== head.choices.length) return wrong(i + 2, 'is no point of the space');
      const [at, draftMilliseconds, features, buildMilliseconds, measureMilliseconds, outcome] = row as [number[], number, number[], number, number, string | number[][]];
      const point = Object.fromEntries(head.choices.map(({ name: choice, values }, k) => [choice, values[at[k]!] ?? wrong(i + 2, `has no value number ${at[k]} of ${choice}`)]));
      return {
        point,
        draftMilliseconds,
        features,
        buildMilliseconds,
        measureMilliseconds,
        samplesNs: typeof outcome === 'string' ? [] : outcome,
        failure: typeof outcome === 'string' ? outcome : null,
      };
    });
    if (points.every((point) => recordedTime(point) === null)) return wrong(1, 'no point has a time');
    return { head, points };
  });

/** The space as strategies see it. Its schedules are empty: nothing is built. */
export const spaceOfRecord = ({ head, points }: RecordedSpace): Space => {
  const refused: Draft = { milliseconds: Infinity, refused: 'not among the recorded points', features: new Float64Array(points[0]?.features.length ?? 0) };
  const drafts = new Map(
    points.map((one): [string, Draft] => [
      pointKey(head.choices, one.point),
      { milliseconds: one.draftMilliseconds, refused: null, features: Float64Array.from(one.features) },
    ]),
  );
  return {
    id: head.space,
    choices: head.choices,
    schedule: (point) => {
      const key = pointKey(head.choices, point);
      return drafts.has(key) ? succeed([]) : fail({ code: 'schedule-illegal', stage: 'schedule', message: `${key} is not among the recorded points; take one that is` });
    },
    draft: (point) => drafts.get(pointKey(head.choices, point)) ?? refused,
    untuned: () => head.untuned,
  };
};
