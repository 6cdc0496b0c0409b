/** What is offered for mistyped names, and when nothing is. */
import { expect } from 'chai';
import { didYouMean, nearNames } from './near-names.js';

describe('near names', () => {
  const networks = ['densenet121', 'mobilenet', 'mobilenet_v2', 'resnet18', 'resnet50', 'vgg16', 'vgg19'];
  const cases: readonly (readonly [what: string, typed: string, names: readonly string[], near: readonly string[]])[] = [
    ['a letter too few', 'resnt18', networks, ['resnet18']],
    ['two letters swapped', 'resnte50', networks, ['resnet50']],
    ['another case', 'VGG16', networks, ['vgg16']],
    ['a beginning', 'resnet', networks, ['resnet18', 'resnet50']],
    ['a beginning that is long before its end', 'wrong', ['wrong-answer', 'build-failed'], ['wrong-answer']],
    ['an exact name before what begins with it', 'mobilenett', networks, ['mobilenet']],
    ['a dash', 'avx-512', ['host', 'avx512', 'avx2', 'sse2'], ['avx512']],
    ['a single letter', 'z', ['x', 'y'], []],
    ['one of two letters', 'xz', ['x1', 'ab'], ['x1']],
    ['nothing near', 'alexnet-of-2012', networks, []],
    ['a beginning of more than can be offered', 'net', ['net1', 'net22', 'net333', 'net4444', 'net55555'].map((name) => `${name}-long`), []],
    ['no names', 'x', [], []],
  ];
  for (const [what, typed, names, near] of cases) it(what, () => expect(nearNames(typed, names)).to.deep.equal(near));

  it('says it as a question behind the name', () => {
    expect(didYouMean('resnet', networks)).to.equal(' (did you mean resnet18 or resnet50?)');
    expect(didYouMean('alexnet-of-2012', networks)).to.equal('');
  });
});
