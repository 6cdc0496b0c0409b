/** Which points a recording measures. The recording itself is a thing of the real program (`npm run bench -- --only spaces`). */
import { expect } from 'chai';
import type { Space } from '@loopsmith/contracts';
import type { Step } from '@loopsmith/ir';
import { fail, succeed } from '@loopsmith/util';
import { legalPoints } from './space-recording.js';

describe('the points of a space that is recorded', () => {
  it('are those that no draft refuses and that have a schedule, once where two have the same', () => {
    const unroll = (...loops: readonly string[]): Step => ({ step: 'unroll', stage: 's', loops });
    // together: of one output there are no two to load at once
    const space: Space = {
      id: 'one', choices: [{ name: 'outputs', kind: 'ordinal', values: [1, 2, 3, 4] }, { name: 'together', kind: 'ordinal', values: [1, 2] }],
      draft: ({ outputs }) => ({ milliseconds: 1, refused: outputs === 3 ? 'three are refused' : null, features: new Float64Array() }),
      schedule: ({ outputs, together }) =>
        outputs === 4 ? fail({ code: 'schedule-illegal', stage: 'schedule', message: 'four have none' }) : succeed([unroll(...(outputs === 2 && together === 2 ? ['k', 'j'] : [`k${outputs}`]))]),
      untuned: () => ({ outputs: 1, together: 1 }),
    };
    expect(legalPoints(space)).to.deep.equal([{ outputs: 1, together: 1 }, { outputs: 2, together: 1 }, { outputs: 2, together: 2 }]);
  });
});
