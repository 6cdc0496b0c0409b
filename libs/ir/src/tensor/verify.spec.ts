/** What is accepted, and the whole sentence for everything that is not. */
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { constant, loopVariable, variable } from '../index/index-expression.js';
import { example, exampleNames } from '../testing/definitions.js';
import * as build from './build.js';
import { parseDefinition } from './parse.js';
import type { Definition } from './tensor.js';
import { verifyDefinition } from './verify.js';

const faults = (definition: Definition): string[] => verifyDefinition(definition).map(({ code, message }) => {
  expect(code).to.equal('definition-invalid');
  return message;
});
const faultsOf = (text: string): string[] => faults(unwrap(parseDefinition(text)));

describe('verifyDefinition', () => {
  for (const name of exampleNames) it(`accepts ${name}`, () => expect(faults(example(name))).to.deep.equal([]));

  const accepted: Readonly<Record<string, string>> = {
    'reflected padding': 'Y[y<13] = select y-2 >= 0 then (select -y+10 >= 0 then X[y-2] else X[-y+18]) else X[-y+2]',
    'edge padding': 'Y[y<13] = select y-2 >= 0 & -y+10 >= 0 then X[y-2] else (select -y+1 >= 0 then X[0] else X[8])',
    'wrapped padding': 'Y[y<13] = X[y+7-9*((y+7)/9)]',
    'a slice backwards': 'Y[i<3] = X[-3*i+8]',
    'a slice with a start and a step': 'Y[i<4] = X[2*i+1]',
    'a pool window that is cut at the end': 'Y[y<5] = max[r<3] select -r-2*y+8 >= 0 then X[2*y+r] else -inf',
    'nearest resize by 7/9': 'Y[y<7] = X[9*y/7]',
    'linear resize by two, clamped at both ends': 'Y[y<18] = (select y-1 >= 0 then X[(y-1)/2] else X[0]) + (select -((y+1)/2)+8 >= 0 then X[(y+1)/2] else X[8])',
    'a strided scatter': 'Y[y<21] = sum[r<5] select -r+y-2*((-r+y)/2) >= 0 & 2*((-r+y)/2)+r-y >= 0 & -r+y >= 0 & r-y+17 >= 0 then X[(-r+y)/2] else 0',
    'a scatter guarded by its quotient': 'Y[y<21] = sum[r<5] select (-r+y)/2 >= 0 & -((-r+y)/2)+8 >= 0 then X[(-r+y)/2] else 0',
    'space to depth': 'Y[c<3, y<3] = X[c+3*y]',
    'a flattened view': 'Y[i<3, j<3] = X[3*i+j]',
    'three pieces side by side': 'Y[i<20] = select -i+8 >= 0 then X[i] else (select -i+17 >= 0 then X[i-9] else X[i-18])',
    'a diagonal band': 'Y[i<9] = sum[j<9] select i-j >= 0 & j-i+2 >= 0 then X[i-j] else 0',
    'a branch that is never taken': 'Y[i<9] = select i >= 0 then X[i] else X[i+99]',
  };
  for (const [what, stage] of Object.entries(accepted))
    it(`accepts ${what}`, () => expect(faultsOf(`tensor f(X: f32[9])\n  ${stage}`)).to.deep.equal([]));

  it('finds loads that leave their tensor', () => {
    expect(faultsOf('tensor f(X: f32[9])\n  Y[i<9] = X[i+1]'))
      .to.deep.equal(['f: stage Y loads X[i+1]: coordinate i+1 reaches 1..9, outside 0..8 of axis 0; guard the load with select']);
    expect(faultsOf('tensor f(X: f32[9])\n  Y[y<11] = select y-1 >= 0 & -y+10 >= 0 then X[y-1] else 0'))
      .to.deep.equal(['f: stage Y loads X[y-1]: coordinate y-1 reaches 0..9, outside 0..8 of axis 0; guard the load with select']);
    expect(faultsOf('tensor f(X: f32[9])\n  Y[y<11] = select y-1 >= 0 & -y+9 >= 0 then 0 else X[y-1]'))
      .to.deep.equal(['f: stage Y loads X[y-1]: coordinate y-1 reaches -1..9, outside 0..8 of axis 0; guard the load with select']);
    expect(faultsOf('tensor f(X: f32[9], I: i32[4])\n  Y[y<5] = X[I{y; 0..8}]'))
      .to.deep.equal(['f: stage Y gathers I{y; 0..8}: coordinate y reaches 0..4, outside 0..3 of axis 0; guard the load with select']);
    expect(faultsOf('tensor f(X: f32[9])\n  table T: i32[3] = 0, 4, 9\n  Y[y<3] = X[T{y; 0..8}]'))
      .to.deep.equal(['f: stage Y gathers T{y; 0..8}, but table T holds 9']);
  });

  it('finds wrong ranks, unknown tensors and wrong order', () => {
    expect(faultsOf('tensor f(X: f32[9])\n  Y[i<9] = X[i, i]')).to.deep.equal(['f: stage Y loads X[i, i] with 2 coordinates, but X has rank 1']);
    const [{ i }, axes] = build.axesOf({ i: 4 });
    const later = build.stage('B', 'f32', axes, build.literal(1));
    const early = build.stage('A', 'f32', axes, build.load(later, i));
    expect(faults({ name: 'f', inputs: [], tables: [], stages: [early, later] }))
      .to.deep.equal(['f: stage A loads B[i], but no input, table or earlier stage is named "B"']);
    expect(faults({ name: 'f', inputs: [], tables: [], stages: [build.stage('A', 'f32', axes, { kind: 'load', dtype: 'f32', tensor: 'A', at: [i] })] }))
      .to.deep.equal(['f: stage A loads A[i], but no input, table or earlier stage is named "A"']);
    expect(faults({ name: 'f', inputs: [], tables: [], stages: [] })).to.deep.equal(['f: it has no stage; the last stage is what it computes']);
  });

  it('finds axes that are not there, twice there, or not from 0', () => {
    const [{ i }, axes] = build.axesOf({ i: 4 });
    const X = build.input('X', 'f32', [4]);
    expect(faults({ name: 'f', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', [], build.load(X, i))] }))
      .to.deep.equal(['f: stage Y uses "i" in loads X[i], which is none of its axes']);
    expect(faults({ name: 'f', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', axes, build.load(X, i), build.over('sum', axes, 'f32'))] }))
      .to.deep.equal(['f: stage Y has two axes named "i"; axes of a stage and of its reduction are distinct']);
    expect(faults({ name: 'f', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', [{ ...loopVariable('i', 4), first: 1 }], build.literal(1))] }))
      .to.deep.equal(['f: axis i of stage Y runs from 1 to 3; an axis starts at 0 and has at least one value']);
    expect(faults({ name: 'f', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', axes, build.load(X, variable(loopVariable('i', 3))))] }))
      .to.deep.equal(['f: stage Y uses "i" with bounds 0..2 in loads X[i], but its axis has 0..3']);
    expect(faults({ name: 'f', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', [], build.load(X, constant(0)), build.over('sum', [], 'f32'))] }))
      .to.deep.equal(['f: stage Y reduces over no axis; leave the reduction out']);
  });

  it('finds names that clash or cannot be written', () => {
    const [, axes] = build.axesOf({ i: 4 });
    const one = (inputs: string[], stage: string): string[] => faults({ name: 'f', inputs: inputs.map((name) => build.input(name, 'f32', [4])), tables: [], stages: [build.stage(stage, 'f32', axes, build.literal(1))] });
    expect(one(['X', 'X'], 'Y')).to.deep.equal(['f: input X has the name of another tensor; names of inputs, tables and stages are distinct']);
    expect(one(['X'], 'X')).to.deep.equal(['f: stage X has the name of another tensor; names of inputs, tables and stages are distinct']);
    expect(one(['X'], 'max')).to.deep.equal(['f: stage max is named "max", which is a word of the text form; choose another name']);
    expect(one(['conv/1'], 'Y')).to.deep.equal(['f: input conv/1 is named "conv/1"; a name is letters, digits and _, and starts with a letter and with neither of the numbers inf and nan']);
    // the text of a load from it would begin with a number
    expect(one(['inf.weight'], 'Y')).to.deep.equal(['f: input inf.weight is named "inf.weight"; a name is letters, digits and _, and starts with a letter and with neither of the numbers inf and nan']);
    expect(one(['infinite', 'nan_1'], 'Y')).to.deep.equal([]);
  });

  it('finds shapes and tables that do not fit', () => {
    expect(faultsOf('tensor f(X: f32[4,0])\n  Y[] = 1')).to.deep.equal(['f: input X has shape [4,0]; every extent must be a positive integer']);
    expect(faultsOf('tensor f()\n  table T: f32[2,2] = 1, 2, 3\n  Y[] = T[0, 0]')).to.deep.equal(['f: table T has 3 values for shape [2,2], which takes 4']);
  });

  it('finds dtypes that do not agree', () => {
    const typed = (stage: string): string[] => faultsOf(`tensor f(X: f32[4], I: i32[4], B: bool[4])\n  ${stage}`);
    expect(typed('Y[i<4] = X[i] + I[i]')).to.deep.equal(['f: stage Y computes X[i] + I[i] with operands f32 and i32; cast one']);
    expect(typed('Y: i64[i<4] = I[i]')).to.deep.equal(['f: stage Y is i64 but its value is i32; cast it with i64(..)']);
    expect(typed('Y: i64[] = sum[i<4] I[i]')).to.deep.equal(['f: stage Y accumulates in i64 but the value it reduces is i32; cast it with i64(..)']);
    expect(typed('Y[] = sum: i32[i<4] I[i]')).to.deep.equal(['f: stage Y is f32 but accumulates in i32; rounding at the end cannot change an integer to a float, cast in a stage of its own']);
    expect(typed('Y[i<4] = choose X[i] < I[i] then 1 else 2')).to.deep.equal(['f: stage Y compares f32 with i32 in choose X[i] < I[i] then 1 else 2; cast one']);
    expect(typed('Y[i<4] = select i-1 >= 0 then X[i] else 0:i32')).to.deep.equal(['f: stage Y has branches of f32 and i32 in select i-1 >= 0 then X[i] else 0:i32; cast one']);
    expect(typed('Y[i<4] = and(X[i], X[i])')).to.deep.equal(['f: stage Y computes and(X[i], X[i]) on f32; and needs integers or bool']);
    expect(typed('Y[i<4] = not(X[i])')).to.deep.equal(['f: stage Y computes not(X[i]) on f32; not needs integers or bool']);
    // a byte of 1 + 1 is 2 in C and true in `evaluate`
    expect(typed('Y: bool[i<4] = B[i] + B[i]')).to.deep.equal(['f: stage Y computes B[i] + B[i] on bool; add needs numbers, so cast its operands']);
    expect(typed('Y: bool[i<4] = -B[i]')).to.deep.equal(['f: stage Y computes -B[i] on bool; negate needs numbers, so cast its operand']);
    expect(typed('Y: bool[] = sum[i<4] B[i]')).to.deep.equal(['f: stage Y reduces bool by sum, which needs numbers; cast the value, or reduce by max or min']);
    expect(typed('Y: bool[] = max[i<4] and(B[i], not(B[i]))')).to.deep.equal([]);
    expect(typed('Y[i<4] = X[B{i; 0..1}]')).to.deep.equal(['f: stage Y gathers B{i; 0..1}, but B is bool; an index is an integer']);
    const X = build.input('X', 'f16', [4]), [{ i }, axes] = build.axesOf({ i: 4 });
    expect(faults({ name: 'f', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', axes, { ...build.load(X, i), dtype: 'f32' } as ReturnType<typeof build.load>)] }))
      .to.deep.equal(['f: stage Y loads X[i] as f32, but X is f16']);
  });
});
