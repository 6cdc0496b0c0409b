/** Sizes to try with, and what is shown of a model that leaves sizes open. */
import { expect } from 'chai';
import type { OpenModel } from '@loopsmith/contracts';
import type { CompilerOptions } from './compiler.js';
import { missingOperators } from './missing-operators.js';
import { completedCommand, exampleShapes, openModelText } from './open-model.js';

describe('a model that leaves sizes open', () => {
  type Shape = OpenModel['inputs'][number]['shape'];
  const input = (name: string, shape: Shape): OpenModel['inputs'][number] => ({ name, dtype: 'f32', shape });
  const options: CompilerOptions = { target: { hardware: 'x86-avx', isa: 'host' }, threads: 2, plugin: [], shape: { given: [7] }, value: new Map(), exact: false };

  const cases: readonly (readonly [what: string, inputs: OpenModel['inputs'], shapes: Readonly<Record<string, readonly number[]>>])[] = [
    ['one picture of a usual size', [input('x', [null, 3, 'height', 'width'])], { x: [1, 3, 224, 224] }],
    ['one of a sequence', [input('ids', ['batch', 'sequence'])], { ids: [1, 128] }],
    ['one size for a symbol, wherever it stands', [input('a', ['N', 'L']), input('b', ['L', 4])], { a: [1, 128], b: [128, 4] }],
    ['nothing for what is closed, or has no rank', [input('a', [2, 3]), input('b', null), input('c', [null])], { c: [1] }],
  ];
  for (const [what, inputs, shapes] of cases) it(`gets as an example ${what}`, () => expect(exampleShapes(inputs)).to.deep.equal(shapes));

  it('gets the command again, with what was given and what is open', () => {
    const model: OpenModel = { inputs: [input('given', [7]), input('an input', ['N', 2])], operators: [] };
    expect(completedCommand(['inspect', 'my model.onnx'], model, options)).to.equal("loopsmith inspect 'my model.onnx' --threads 2 --shape given=7 --shape 'an input=1,2'");
    expect(completedCommand(['inspect', 'm'], { inputs: [input('x', null)], operators: [] }, options)).to.equal(null);
  });

  it('is shown with its operators, the commonest first, and those that are not imported', () => {
    const missing = missingOperators();
    missing.told([{ operator: 'Frobnicate', nodes: ['a', 'b', 'c'] }], { code: 'unknown-operator', stage: 'import', message: 'no' });
    const model: OpenModel = { inputs: [input('x', null), input('y', ['N', null, 3])], operators: [{ operator: 'Add', nodes: 1 }, { operator: 'Relu', nodes: 2 }] };
    expect(openModelText(['inspect', 'm'], model, missing, options).split('\n')).to.deep.equal([
      '6 nodes of a model that leaves sizes open; inputs of the part that needs no operator that is not imported', 'input x: f32 of open rank', 'input y: f32 [N,?,3]',
      'nodes  state         operator', '    2  imported      Relu', '    1  imported      Add', '    3  not imported  Frobnicate', '',
    ]);
  });
});
