/** The text of a schedule: one step a line, or `; ` between two. Prints and parses; judges no legality. */
import { refuse, attempt, type Outcome } from '@loopsmith/util';
import { cursorOver, tokenize, type Cursor } from '../text/tokens.js';
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
    case 'layout': return `layout ${step.tensor} [${step.dims.map(printDim).join(' ')}]`;
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

const printDim = (dim: LayoutDimText): string =>
  `${dim.axis}${dim.offset === 0 ? '' : `+${dim.offset}`}${dim.divide === 1 ? '' : `/${dim.divide}`}${dim.modulo === null ? '' : `%${dim.modulo}`}${dim.size === null ? '' : `:${dim.size}`}`;

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
    case 'algorithm': {
      const algorithm = cursor.name();
      if (algorithm !== 'winograd')
        return refuse({ code: 'text-unreadable', stage: 'parse', message: `"${algorithm}" is no algorithm; the one there is, is winograd` });
      return { step: verb, algorithm, tile: cursor.integer() };
    }
    case 'splitReduction': {
      const { stage, loop } = loopRef(cursor);
      cursor.expect('by');
      return { step: verb, stage, loop, by: cursor.integer(), strided: cursor.accept('strided') };
    }
    case 'cacheWrite': {
      const stage = cursor.name();
      cursor.expect('as');
      return { step: verb, stage, as: cursor.name() };
    }
    case 'cacheRead': {
      const stage = cursor.name();
      cursor.expect('of');
      const of = cursor.name();
      cursor.expect('as');
      return { step: verb, stage, of, as: cursor.name() };
    }
    case 'inline':
    case 'root':
      return { step: verb, stage: cursor.name() };
    case 'computeAt': {
      const stage = cursor.name();
      cursor.expect('in');
      return { step: verb, stage, in: loopRef(cursor), scope: scope(cursor) };
    }
    case 'layout': {
      const tensor = cursor.name();
      cursor.expect('[');
      const dims: LayoutDimText[] = [];
      while (!cursor.accept(']')) dims.push(parseDim(cursor));
      return { step: verb, tensor, dims };
    }
    case 'split': {
      const { stage, loop } = loopRef(cursor);
      cursor.expect('by');
      const by = cursor.integer();
      cursor.expect('into');
      return { step: verb, stage, loop, by, into: [cursor.name(), cursor.name()], round: cursor.accept('round') };
    }
    case 'fuse': {
      const { stage, loop } = loopRef(cursor);
      const second = cursor.name();
      cursor.expect('into');
      return { step: verb, stage, loops: [loop, second], into: cursor.name() };
    }
    case 'reorder': {
      const stage = cursor.name();
      return { step: verb, stage, loops: names(cursor) };
    }
    case 'unroll': {
      const { stage, loop } = loopRef(cursor);
      return { step: verb, stage, loops: [loop, ...names(cursor)] };
    }
    case 'vectorize':
    case 'parallel':
      return { step: verb, ...loopRef(cursor) };
    case 'bind': {
      const { stage, loop } = loopRef(cursor);
      cursor.expect('to');
      return { step: verb, stage, loop, to: hardwareIndex(cursor) };
    }
    default:
      return refuse({
        code: 'text-unreadable',
        stage: 'parse',
        message: `"${verb}" is no schedule step; steps are algorithm, splitReduction, cacheWrite, cacheRead, inline, computeAt, root, layout, split, fuse, reorder, unroll, vectorize, parallel and bind`,
      });
  }
};

const loopRef = (cursor: Cursor): LoopRef => {
  const text = cursor.name(), dot = text.indexOf('.');
  return dot < 0
    ? refuse({ code: 'text-unreadable', stage: 'parse', message: `"${text}" names no loop; a loop is written stage.loop` })
    : { stage: text.slice(0, dot), loop: text.slice(dot + 1) };
};
const hardwareIndex = (cursor: Cursor): HardwareIndex => {
  const text = cursor.name(), [, bound, dimension] = /^(block|thread)\.([xyz])$/.exec(text) ?? [];
  return bound === undefined
    ? refuse({
        code: 'text-unreadable',
        stage: 'parse',
        message: `"${text}" is no hardware index; those are block.x, block.y, block.z, thread.x, thread.y and thread.z`,
      })
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
  return refuse({ code: 'text-unreadable', stage: 'parse', message: `"${text}" is no scope; scopes are global, scratch, shared and register` });
};
const parseDim = (cursor: Cursor): LayoutDimText => ({
  axis: cursor.name(),
  offset: cursor.accept('+') ? cursor.integer() : 0,
  divide: cursor.accept('/') ? cursor.integer() : 1,
  modulo: cursor.accept('%') ? cursor.integer() : null,
  size: cursor.accept(':') ? cursor.integer() : null,
});
