/** Whether answers agree, at the edges of the tolerance and beyond the numbers. */
import { fromNumbers, type TensorData } from '@loopsmith/ir';
import { expect } from 'chai';
import { compareTensors } from './answers.js';

const floats = (...values: number[]): TensorData => fromNumbers('f32', [values.length], values);
const integers = (...values: number[]): TensorData => fromNumbers('i64', [values.length], values);
const verdict = (out: TensorData, expected: TensorData): string => { const { agrees, summary } = compareTensors(out, expected); return `${agrees} ${summary}`; };

describe('answers', () => {
  it('compares floats by the norm of the difference', () => {
    expect(verdict(floats(1000, 1), floats(1000, 1))).to.equal('true relative error 0.0e+0');
    expect(verdict(floats(1000, 1.09), floats(1000, 1))).to.equal('true relative error 9.0e-5');
    expect(verdict(floats(1000, 1.11), floats(1000, 1))).to.equal('false relative error 1.1e-4, allowed 1.0e-4');
    expect(verdict(floats(0, 0, 0, 1.9e-6), floats(0, 0, 0, 0))).to.equal('true relative error 1.9e-6');
    expect(verdict(floats(0, 0, 0, 2.1e-6), floats(0, 0, 0, 0))).to.equal('false relative error 2.1e-6, allowed 2.0e-6');
  });

  it('lets NaN and infinities agree with themselves only', () => {
    expect(verdict(floats(NaN, Infinity, 1), floats(NaN, Infinity, 1))).to.match(/^true/);
    expect(verdict(floats(NaN, 1), floats(1, 1))).to.equal('false element 0 is NaN, expected 1');
    expect(verdict(floats(1, 1), floats(NaN, 1))).to.equal('false element 0 is 1, expected NaN');
    expect(verdict(floats(Infinity), floats(-Infinity))).to.equal('false element 0 is Infinity, expected -Infinity');
    expect(verdict(floats(0), floats(-0))).to.match(/^true/);
  });

  it('wants integers and booleans equal', () => {
    expect(verdict(integers(1, 2), integers(1, 2))).to.equal('true equal');
    expect(verdict(integers(1, 3), integers(1, 2))).to.equal('false element 1 is 3, expected 2');
    expect(verdict(fromNumbers('bool', [1], [1]), fromNumbers('bool', [1], [0]))).to.equal('false element 0 is 1, expected 0');
  });

  it('allows half precision its own rounding', () => {
    const half = fromNumbers('f16', [2], [1000, 1]);
    expect(verdict(floats(1000.4, 1), half)).to.equal('true relative error 4.0e-4');
    expect(verdict(floats(1000.6, 1), half)).to.equal('false relative error 6.0e-4, allowed 5.9e-4');
  });

  it('holds every element to a bound where a case gives one', () => {
    const within = (absolute: number): string => { const { agrees, summary } = compareTensors(floats(1.5, 100), floats(1, 100), { absolute }); return `${agrees} ${summary}`; };
    expect(within(0.5)).to.equal('true largest difference 5.0e-1');
    expect(within(0.4)).to.equal('false largest difference 5.0e-1, allowed 4.0e-1');
  });

  it('wants the same type and shape', () => {
    expect(verdict(floats(1), integers(1))).to.equal('false is f32, expected i64');
    expect(verdict(floats(1, 2), fromNumbers('f32', [1, 2], [1, 2]))).to.equal('false has shape [2], expected [1,2]');
  });
});
