/** Any legal schedule keeps the numbers: random steps, interpreted loops, the definition's own evaluation as the answer. */
import { expect } from 'chai';
import { blockedLayout, evaluate, outputOf, parseDefinition, parseSchedule, printSchedule, toNumbers, verifyProgram, type Definition, type Layout, type Schedule } from '@loopsmith/ir';
import { seededRandom, unwrap } from '@loopsmith/util';
import { buildProgram } from '../loops/build.js';
import { convolution, dense, maxPool, plain, softmax } from '../testing/definitions.js';
import { randomSchedule } from '../testing/random-schedule.js';
import { largestDifference, randomInputs, runProgram } from '../testing/run-program.js';

const blocked = (definition: Definition, lanes: number): Readonly<Record<string, Layout>> =>
  Object.fromEntries([...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, blockedLayout(shape, 0, lanes)] as const),
    [outputOf(definition).name, blockedLayout(outputOf(definition).axes.map(({ last }) => last + 1), 0, lanes)] as const]);

/** What the generic schedule of CPUs makes of a maximum along a row of 11: two vectors of four at a time. */
const rowInLanes = unwrap(parseSchedule('splitReduction M.j by 4 strided; splitReduction Mp.j by 2 strided'));

const cases: readonly { readonly name: string; readonly definition: Definition; readonly layouts: Readonly<Record<string, Layout>>; readonly begin?: Schedule }[] = [
  ...[
    convolution({ channels: 4, outputs: 6, size: 7, kernel: 3, pad: 1 }),
    convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, stride: 2, pad: 1 }),
    convolution({ channels: 2, outputs: 3, size: 9, kernel: 3, pad: 2, dilation: 2 }),
    convolution({ channels: 4, outputs: 6, size: 6, kernel: 3, pad: 1, groups: 2 }),
    convolution({ channels: 5, outputs: 5, size: 6, kernel: 3, pad: 1, groups: 5 }),
  ].flatMap((definition, i) => [
    { name: `convolution ${i}, plain`, definition, layouts: plain },
    { name: `convolution ${i}, blocked`, definition, layouts: blocked(definition, 4) },
  ]),
  ...[2, 4].map((tile) => ({
    name: `winograd ${tile}`, definition: convolution({ channels: 2, outputs: 3, size: 5, kernel: 3, pad: 1 }), layouts: plain,
    begin: [{ step: 'algorithm', algorithm: 'winograd', tile }] as const,
  })),
  { name: 'max pool', definition: maxPool(3, 9, 3, 2, 1), layouts: plain },
  { name: 'softmax', definition: softmax(3, 7), layouts: plain },
  { name: 'softmax of rows that lanes do not divide', definition: softmax(2, 11), layouts: plain, begin: rowInLanes },
  { name: 'dense', definition: dense(3, 8, 10), layouts: plain },
  // a tile of Y begins before the first of S, whose memory does not reach there
  { name: 'a stage that is read one place further down, under a guard', definition: unwrap(parseDefinition(`tensor shifted(X: f32[8])
  S[y<8] = X[y] * 2
  Y[y<10] = select y-1 >= 0 & -y+8 >= 0 then S[y-1] else 0
`)), layouts: plain },
  // its last tile runs past the end, and so before the first of S
  { name: 'a stage that is read backwards', definition: unwrap(parseDefinition(`tensor backwards(X: f32[7])
  S[y<7] = X[y] * 2
  Y[y<7] = S[-y+6] + 1
`)), layouts: plain },
];
const each = 40;

describe('random legal schedules', () => {
  for (const { name, definition, layouts, begin } of cases) {
    it(`keep the numbers of ${name}`, () => {
      const inputs = randomInputs(definition, 7);
      const expected = toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
      for (let seed = 0; seed < each; seed++) {
        const { schedule, plan } = randomSchedule(definition, layouts, seededRandom(seed).fork(name), begin);
        const text = printSchedule(schedule);
        expect(parseSchedule(text)).to.deep.equal({ ok: true, value: schedule });
        const program = buildProgram(plan);
        if (!program.ok) throw new Error(`seed ${seed}: ${program.failure.message}\n${text}`);
        expect(verifyProgram(program.value).map(({ message }) => message), `seed ${seed}: ${text}`).to.deep.equal([]);
        const found = runProgram(plan, program.value, inputs);
        expect(largestDifference(found, expected), `seed ${seed}: ${text}`).to.be.lessThan(1e-5);
      }
    });
  }
});
