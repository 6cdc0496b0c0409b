/** The text of a schedule: one step a line, or `; ` between two. Prints and parses; judges no legality. */
import { attempt, type Outcome } from '@loopsmith/util';
import { dimText } from '../tensor/layout.js';
import { cursorOver, tokenize, unreadable, type Cursor } from '../text/tokens.js';
import type { HardwareIndex, LayoutDimText, LoopRef, Schedule, Scope, Step } from './step.js';

export const printStep = (step: Step): string => {
  switch (step.step) {
    case 'algorithm': return `algorithm ${step.algorithm} ${step.tile}`;
    case 'splitReduction': return `splitReduction ${step.stage}.${step.loop} by ${step.by}${step.strided ? ' strided' : ''}`;
    case 'cacheWrite': return `cacheWrite ${step.stage} as ${step.as}`;
    case 'cacheRead': return `cacheRead ${step.stage} of ${step.of} as ${step.as}`;
    case 'inline': return `inline ${step.stage}`;
    case 'computeAt': return `computeAt ${step.stage} in ${step.in.stage}.${step.in.loop} ${step.scope}`;
    case 'root': return `root ${step.stage}`;
    case 'layout': return `layout ${step.tensor} [${step.dims.map((dim) => dimText(dim.axis, dim)).join(' ')}]`;
    case 'split': return `split ${step.stage}.${step.loop} by ${step.by} into ${step.into[0]} ${step.into[1]}${step.round ? ' round' : ''}`;
    case 'fuse': return `fuse ${step.stage}.${step.loops[0]} ${step.loops[1]} into ${step.into}`;
    case 'reorder': return `reorder ${step.stage} ${step.loops.join(' ')}`;
    case 'unroll': return `unroll ${step.stage}.${step.loops.join(' ')}`;
    case 'vectorize': return `vectorize ${step.stage}.${step.loop}`;
    case 'parallel': return `parallel ${step.stage}.${step.loop}`;
    case 'bind': return `bind ${step.stage}.${step.loop} to ${step.to.bound}.${step.to.dimension}`;
    default: return step satisfies never;
  }
};
export const printSchedule = (schedule: Schedule): string => schedule.map(printStep).join('; ');

export const parseSchedule = (text: string): Outcome<Schedule> => attempt(() => {
  const cursor = cursorOver(tokenize(text));
  const steps: Step[] = [];
  const skip = (): void => { while (cursor.peek().kind === 'newline' || cursor.peek().text === ';') cursor.next(); };
  for (skip(); cursor.peek().kind !== 'end'; skip()) steps.push(parseStep(cursor));
  return steps;
});

const parseStep = (cursor: Cursor): Step => {
  const verb = cursor.name();
  switch (verb) {
    case 'algorithm': return { step: verb, algorithm: algorithm(cursor), tile: cursor.integer() };
    case 'splitReduction': return { step: verb, ...loopRef(cursor), by: cursor.after('by').integer(), strided: cursor.accept('strided') };
    case 'cacheWrite': return { step: verb, stage: cursor.name(), as: cursor.after('as').name() };
    case 'cacheRead': return { step: verb, stage: cursor.name(), of: cursor.after('of').name(), as: cursor.after('as').name() };
    case 'inline': case 'root': return { step: verb, stage: cursor.name() };
    case 'computeAt': return { step: verb, stage: cursor.name(), in: loopRef(cursor.after('in')), scope: scope(cursor) };
    case 'layout': return { step: verb, tensor: cursor.name(), dims: dims(cursor.after('[')) };
    case 'split': return { step: verb, ...loopRef(cursor), by: cursor.after('by').integer(), into: [cursor.after('into').name(), cursor.name()], round: cursor.accept('round') };
    case 'fuse': {
      const { stage, loop } = loopRef(cursor);
      return { step: verb, stage, loops: [loop, cursor.name()], into: cursor.after('into').name() };
    }
    case 'reorder': return { step: verb, stage: cursor.name(), loops: names(cursor) };
    case 'unroll': {
      const { stage, loop } = loopRef(cursor);
      return { step: verb, stage, loops: [loop, ...names(cursor)] };
    }
    case 'vectorize': case 'parallel': return { step: verb, ...loopRef(cursor) };
    case 'bind': return { step: verb, ...loopRef(cursor), to: hardwareIndex(cursor.after('to')) };
    default:
      return unreadable(`"${verb}" is no schedule step; steps are algorithm, splitReduction, cacheWrite, cacheRead, inline, computeAt, root, layout, split, fuse, reorder, unroll, vectorize, parallel and bind`);
  }
};

const algorithm = (cursor: Cursor): 'winograd' => {
  const name = cursor.name();
  return name === 'winograd' ? name : unreadable(`"${name}" is no algorithm; the one there is, is winograd`);
};
const loopRef = (cursor: Cursor): LoopRef => {
  const text = cursor.name(), dot = text.indexOf('.');
  return dot < 0
    ? unreadable(`"${text}" names no loop; a loop is written stage.loop`)
    : { stage: text.slice(0, dot), loop: text.slice(dot + 1) };
};
const hardwareIndex = (cursor: Cursor): HardwareIndex => {
  const text = cursor.name(), [, bound, dimension] = /^(block|thread)\.([xyz])$/.exec(text) ?? [];
  return bound === undefined
    ? unreadable(`"${text}" is no hardware index; those are block.x, block.y, block.z, thread.x, thread.y and thread.z`)
    : { bound: bound as HardwareIndex['bound'], dimension: dimension as HardwareIndex['dimension'] };
};
const names = (cursor: Cursor): readonly string[] => {
  const list: string[] = [];
  while (cursor.peek().kind === 'name') list.push(cursor.name());
  return list;
};
const scope = (cursor: Cursor): Scope => {
  const text = cursor.name();
  if (text === 'global' || text === 'scratch' || text === 'shared' || text === 'register') return text;
  return unreadable(`"${text}" is no scope; scopes are global, scratch, shared and register`);
};
/** Up to the closing bracket. */
const dims = (cursor: Cursor): readonly LayoutDimText[] => {
  const list: LayoutDimText[] = [];
  while (!cursor.accept(']')) list.push(parseDim(cursor));
  return list;
};
const parseDim = (cursor: Cursor): LayoutDimText => ({
  axis: cursor.name(),
  offset: cursor.accept('+') ? cursor.integer() : 0,
  divide: cursor.accept('/') ? cursor.integer() : 1,
  modulo: cursor.accept('%') ? cursor.integer() : null,
  size: cursor.accept(':') ? cursor.integer() : null,
});
