/** Wrong kernels planted in a real search: none wins, and each is in the records with the class of its mistake. */
import type { TuningRecord } from '@loopsmith/contracts';
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Workplace } from './program.js';
import { caseFile, inputShape, numbers, pooledAnswer, pooledModel } from './models.js';

/** What was done to a kernel (see planted-kernels.ts) and how the record calls it. */
const classes: Readonly<Record<string, string>> = { tail: 'wrong-answer', accumulator: 'wrong-answer', overrun: 'out-of-bounds', nan: 'not-a-number', stale: 'wrong-answer' };

describe('planted wrong kernels', function () {
  const place = new Workplace();
  const plugin = ['--plugin', fileURLToPath(new URL('planted-kernels.js', import.meta.url)), '--target', 'planted:host'];
  const kindOf = ({ artifact }: TuningRecord): string => artifact!.split('-')[0]!;
  let records: readonly TuningRecord[] = [];

  before(async function () {
    needs(this, command('gcc'));
    place.write('pooled.onnx', pooledModel());
    const { code, err } = await place.loopsmith('tune', 'pooled.onnx', '--trials', '48', '--strategy', 'random', ...plugin);
    expect(code, err).to.equal(0);
    records = readFileSync(place.path('.loopsmith', 'records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as TuningRecord);
  });
  after(() => place.remove());

  it('are in the records, every one, with the class of the mistake', () => {
    expect(new Set(records.map(kindOf))).to.deep.equal(new Set(['right', ...Object.keys(classes)]));
    for (const record of records) {
      const kind = kindOf(record);
      expect(record.outcome.ok ? 'ok' : record.outcome.failure.code, `${kind}: ${JSON.stringify(record.outcome)}`).to.equal(kind === 'right' ? 'ok' : classes[kind]);
    }
  });

  it('win nowhere: every tuned kernel of the library is a right one, and the library answers right', async () => {
    const { code, out } = await place.command('compile', 'pooled.onnx', '-o', 'library', '--json', ...plugin);
    expect(code).to.equal(0);
    const { tuned, kernels } = JSON.parse(out) as { tuned: number; kernels: { record: string | null }[] };
    expect(tuned).to.be.greaterThan(0);
    for (const { record } of kernels) if (record !== null) expect(kindOf(records.find(({ id }) => id === record)!)).to.equal('right');
    mkdirSync(place.path('case', 'test_data_set_0'), { recursive: true });
    const image = numbers(inputShape);
    place.write('case/test_data_set_0/input_0.pb', caseFile('x', inputShape, image));
    place.write('case/test_data_set_0/output_0.pb', caseFile('y', [1, 8, 1, 1], pooledAnswer(image)));
    expect((await place.loopsmith('verify', 'library', 'case')).code).to.equal(0);
  });
});
