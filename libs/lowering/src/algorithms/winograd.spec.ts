/** Winograd's rewrite computes what the definition says, at every size and in batches, and says why it leaves any other definition alone. */
import { expect } from 'chai';
import { compileTimeTensors, evaluate, outputOf, parseDefinition, parseSchedule, printDefinition, toNumbers, verifyDefinition, type Definition } from '@loopsmith/ir';
import { golden } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { applySchedule } from '../schedule/apply.js';
import { convolution, maxPool, plain } from '../testing/definitions.js';
import { largestDifference, randomInputs } from '../testing/run-program.js';
import { winograd } from './winograd.js';

const rewritten = (definition: Definition, tile: number): Definition => {
  const found = winograd(definition, tile);
  if (typeof found === 'string') throw new Error(found);
  return found;
};

/** Two pictures, 9 rows by 6 columns, and a prologue on the data. */
const batched = unwrap(parseDefinition(`tensor batched(X: f32[2,3,9,6], W: f32[4,3,3,3] compile, shift: f32[3] compile)
  Z[n<2, c<3, y<9, x<6] = max(X[n, c, y, x] + shift[c], 0)
  P[n<2, c<3, y<11, x<8] = select y-1 >= 0 & -y+9 >= 0 & x-1 >= 0 & -x+6 >= 0 then Z[n, c, y-1, x-1] else 0
  Y[n<2, k<4, y<9, x<6] = sum[c<3, r<3, s<3] P[n, c, r+y, s+x] * W[k, c, r, s]
`));

describe('winograd', () => {
  for (const tile of [2, 4]) {
    const cases: readonly (readonly [string, Definition])[] = [
      ...[7, 8, 12, 13, 35].map((size) => [`${size}x${size} padded`, convolution({ channels: 5, outputs: 3, size, kernel: 3, pad: 1 })] as const),
      ...[8, 9].map((size) => [`${size}x${size} without padding`, convolution({ channels: 2, outputs: 6, size, kernel: 3 })] as const),
      ['a batch behind a prologue', batched],
    ];
    for (const [name, definition] of cases) {
      it(`with tiles of ${tile} computes ${name} as the definition does`, () => {
        const other = rewritten(definition, tile), inputs = randomInputs(definition, 5), output = outputOf(definition).name;
        expect(verifyDefinition(other)).to.deep.equal([]);
        const [expected, found] = [definition, other].map((each) => toNumbers(evaluate(each, inputs).get(output)!)) as [Float64Array, Float64Array];
        expect(largestDifference(found, expected)).to.be.lessThan(tile === 2 ? 1e-6 : 1e-5);
      });
    }
  }

  it('adds stages whose text is the definition, the weights transformed when the library is built', function () {
    const other = rewritten(convolution({ channels: 5, outputs: 3, size: 13, kernel: 3, pad: 1 }), 4);
    expect(compileTimeTensors(other).has('U')).to.equal(true);
    const text = printDefinition(other);
    expect(parseDefinition(text)).to.deep.equal({ ok: true, value: other });
    golden(this, text);
  });

  const needed = 'winograd needs one 3x3 convolution of f32 with stride 1, dilation 1 and no groups, and';
  const refusals: readonly (readonly [string, Definition, string])[] = [
    ['stride 2', convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, pad: 1, stride: 2 }), `${needed} A has stride 2x2; leave the step out`],
    ['dilation 2', convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, pad: 2, dilation: 2 }), `${needed} A has dilation 2x2; leave the step out`],
    ['a window of 5x5', convolution({ channels: 4, outputs: 4, size: 9, kernel: 5, pad: 2 }), `${needed} A is 5x5; leave the step out`],
    ['groups', convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, pad: 1, groups: 2 }), `${needed} A has groups, or reads P at places that are no window; leave the step out`],
    ['a window of one point', convolution({ channels: 4, outputs: 4, size: 9, kernel: 1 }), `${needed} A has a window of 0 axes; leave the step out`],
    ['a depthwise convolution', convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, pad: 1, groups: 4 }), `${needed} A sums over 0 axes of channels; leave the step out`],
    ['a pool', maxPool(4, 9, 3, 1, 1), `${needed} Y is no sum of products; leave the step out`],
    ['weights that arrive at run time', withWeights(convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, pad: 1 }), 'run'), `${needed} A has no weights that are known when the library is built; leave the step out`],
  ];
  for (const [name, definition, message] of refusals)
    it(`leaves ${name} alone`, () => { expect(refusal(definition, 'winograd 4')).to.equal(`algorithm winograd 4: ${message}`); });

  it('has matrices for two sizes of tiles', () => {
    expect(refusal(convolution({ channels: 4, outputs: 4, size: 9, kernel: 3 }), 'winograd 3')).to.equal('algorithm winograd 3: there are matrices for tiles of 2 and 4 only');
  });

  it('is the first step of a schedule', () => {
    const definition = convolution({ channels: 4, outputs: 4, size: 9, kernel: 3 });
    expect(refusal(definition, 'winograd 4', { step: 'inline', stage: 'P' })).to.equal('algorithm winograd 4: P has its place already; an algorithm is the first step');
    expect(refusal(definition, 'winograd 4', { step: 'split', stage: 'Y', loop: 'y', by: 2, into: ['yo', 'yi'], round: false }))
      .to.equal('algorithm winograd 4: Y is shaped already; algorithm before split, fuse, reorder and marks');
    expect(refusal(definition, 'winograd 4', { step: 'algorithm', algorithm: 'winograd', tile: 2 })).to.match(/^algorithm winograd 4: winograd needs one 3x3 convolution .*; leave the step out$/);
  });

  it('is the only algorithm that a schedule can name', () => {
    const read = parseSchedule('algorithm strassen 2');
    expect(read.ok ? '' : read.failure.message).to.equal('"strassen" is no algorithm; the one there is, is winograd');
  });

  it('keeps its names apart from those of the definition', () => {
    const definition = convolution({ channels: 4, outputs: 4, size: 9, kernel: 3 });
    const named: Definition = { ...definition, stages: definition.stages.map((stage) => (stage.name === 'Y' ? { ...stage, name: 'V' } : stage)) };
    expect(refusal(named, 'winograd 2')).to.equal('algorithm winograd 2: the definition has a tensor "V" already; rename it');
  });
});

const refusal = (definition: Definition, algorithm: string, ...before: Parameters<typeof applySchedule>[2]): string => {
  const plan = applySchedule(definition, plain, [...before, { step: 'algorithm', algorithm: 'winograd', tile: Number(algorithm.split(' ')[1]) }]);
  if (plan.ok) throw new Error('the step was legal');
  return plan.failure.message;
};

function withWeights(definition: Definition, when: 'run' | 'compile'): Definition {
  return { ...definition, inputs: definition.inputs.map((input) => (input.name === 'W' ? { ...input, when } : input)) };
}
