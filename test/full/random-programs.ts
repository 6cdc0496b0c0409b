/**
 * Random structured programs, as schedules make them and as none would: sums in more registers than there are, vectors of which a guard leaves the first lanes,
 * scratch that is moved within itself, parts of any order. Whole kernels are random-values'; launches of GPUs and types but f32 are nobody's here.
 */
import { add, constant, loopVariable, plus, scale, subtract, sum, variable, type Buffer, type Index, type Kernel, type LoopVariable, type Program, type Statement } from '@loopsmith/ir';
import { binary, buffer, float, load, loop, store, when } from '@loopsmith/codegen-c-family/testing';
import type { Random } from '@loopsmith/util';
import { randomValues, type Place } from './random-values.js';

/** How many inputs and accumulators (each at least, and how many more), and in how many of the terms of an index quotients are. */
const styles = [
  { name: 'anything', inputs: [2, 3], sums: [[1, 4], [1, 3]], kindsOfTerms: 14, wide: false },
  { name: 'many sums', inputs: [2, 3], sums: [[2, 12], [1, 4]], kindsOfTerms: 14, wide: true },
  { name: 'many addresses', inputs: [8, 20], sums: [[1, 4], [1, 3]], kindsOfTerms: 8, wide: false },
] as const;

/** One or two kernels over inputs X0, X1, .. and one output Y, each of whose elements has one writer; vectors of `lanes` floats or of fewer. */
export const randomProgram = (random: Random, lanes: number): Program => {
  const style = random.pick(styles), { guard, value } = randomValues(random, lanes, style.kindsOfTerms);
  const chance = (of: number): boolean => random.next() < of;
  const from = ([least, more]: readonly [number, number]): number => least + random.below(more);
  let names = 0;
  const fresh = (of: string, extent: number): LoopVariable => loopVariable(`${of}${names++}`, extent);
  const guarded = (probability: number, loops: readonly LoopVariable[], body: Statement): Statement => (chance(probability) ? when(guard(loops), body) : body);

  const inputs = Array.from({ length: from(style.inputs) }, (_, i) => buffer(`X${i}`, 64 * lanes + random.below(50 * lanes), i % 3 === 2 ? 'compile' : 'input', 'global', 'f32', random.below(2) * lanes));
  /** Grows with every store into it; statements hold the object itself. */
  const Y: { -readonly [member in keyof Buffer]: Buffer[member] } = buffer('Y', 1, 'output', 'global', 'f32', 0);
  const ownPlace = (loops: readonly LoopVariable[], width: number): Index => {
    const begin = Math.ceil(Y.size / lanes) * lanes + random.below(3);
    let at = constant(begin), size = width;
    for (const each of [...loops].reverse()) {
      at = add(at, scale(plus(variable(each), -each.first), size));
      size *= each.last - each.first + 1;
    }
    Y.size = begin + size;
    return at;
  };
  const inLanes = (place: Place, make: (place: Place) => Statement): Statement => {
    if (place.width === 1) return make(place);
    const lane = fresh('l', place.width);
    return loop(lane, 'vectorized', make({ ...place, lane: variable(lane) }));
  };

  const accumulate = (place: Place): readonly Statement[] => {
    const { loops, width } = place, rows = from(style.sums[0]), columns = from(style.sums[1]);
    const A = buffer(`A${names++}`, rows * columns * width, 'temporary', 'register', 'f32', 0);
    const each = (make: (place: Place, own: readonly LoopVariable[], at: Index) => Statement): Statement => {
      const row = fresh('z', rows), column = fresh('y', columns), at = sum(scale(variable(row), columns * width), scale(variable(column), width));
      return loop(row, 'unrolled', loop(column, 'unrolled', inLanes(place, (inner) => make({ ...inner, loops: [...loops, row, column] }, [row, column], at))));
    };
    const zero = chance(1 / 3);
    const begin = each((inner, _, at) => store(A, add(at, inner.lane), zero ? float(0) : value(inner, 1)));
    const sums = Array.from({ length: 1 + random.below(2) }, () => {
      const reduced = Array.from({ length: 1 + random.below(2) }, () => fresh('r', random.pick([2, 3, 4, 4, 8, 8, 7, 12])));
      const operator = random.pick(['add', 'add', 'add', 'subtract', 'max'] as const);
      const update = each((inner, own, first) => {
        const here = { ...inner, loops: [...loops, ...reduced, ...own] }, at = add(first, inner.lane);
        const term = operator === 'max' ? value(here, 1) : chance(0.8) ? binary('multiply', value(here, 0), value(here, 0)) : value(here, 2);
        return guarded(0.3, [...loops, ...reduced, ...(chance(0.5) ? own : [])], store(A, at, binary(operator, load(A, at), term)));
      });
      return guarded(0.2, loops, reduced.reduceRight((body, r) => loop(r, 'serial', body), guarded(0.25, [...loops, ...reduced], update)));
    });
    const end = each((inner, own, first) => {
      const turned = subtract(constant((rows * columns - 1) * width), first), other = chance(0.3) ? load(A, add(turned, inner.lane)) : value(inner, 1);
      return guarded(0.3, inner.loops, store(Y, add(ownPlace([...loops, ...own], width), inner.lane), binary(random.pick(['add', 'subtract', 'max']), load(A, add(first, inner.lane)), other)));
    });
    return [{ kind: 'declare', buffer: A }, begin, ...sums, end];
  };

  /** Of a vector the first lanes alone, from what may be the last elements of a buffer. */
  const firstLanes = ({ loops, lane, width }: Place, at: Index): Statement => {
    const many = 1 + random.below(width - 1), source = random.pick(inputs), last = loops.at(-1), cut = subtract(constant(many - 1), lane);
    const fewer = last !== undefined && chance(0.5) ? [subtract(cut, scale(plus(variable(last), -last.first), random.pick([0, 0, lanes, 1])))] : [];
    return when([...fewer, cut], store(Y, at, binary(random.pick(['add', 'subtract']), float(2), load(source, plus(lane, chance(0.5) ? source.size - many : random.below(source.size - many))))));
  };
  const assign = (place: Place, parallel: boolean): readonly Statement[] => {
    const more = Array.from({ length: random.below(3) }, () => ({ v: fresh('s', 1 + random.below(6)), as: chance(0.3) ? 'unrolled' as const : 'serial' as const }));
    const loops = [...place.loops, ...more.map(({ v }) => v)];
    const inner = inLanes({ ...place, loops }, (here) => {
      const at = add(ownPlace(loops, here.width), here.lane);
      if (here.width > 1 && chance(0.3)) return firstLanes(here, at);
      const computed = value(here, 3);
      return guarded(0.3, loops, store(Y, at, !parallel && chance(0.3) ? binary('add', computed, load(Y, at)) : computed));
    });
    return [more.reduceRight((body, { v, as }) => loop(v, as, body), inner)];
  };

  /** Memory that each part has for itself, which what comes behind may read. */
  const scratch = (place: Place, readable: Buffer[]): readonly Statement[] => {
    const { loops, width } = place, many = 1 + random.below(6), S = buffer(`S${names++}`, many * width + random.below(3), 'temporary', 'scratch', 'f32', 0);
    const all = fresh('i', S.size), i = fresh('i', many), j = fresh('j', many);
    const filled = loop(all, 'serial', store(S, variable(all), float(random.pick([0, 1, 2]))));
    const written = loop(i, chance(0.3) ? 'unrolled' : 'serial', inLanes({ ...place, loops: [...loops, i] }, (here) => store(S, add(scale(variable(i), width), here.lane), value(here, 2))));
    const shift = random.below(S.size - many * width + 1);
    const moved = loop(j, chance(0.6) ? 'unrolled' : 'serial', inLanes(place, ({ lane }) =>
      store(S, plus(add(scale(variable(j), width), lane), shift), binary('add', load(S, plus(add(scale(variable(j), -width), lane), (many - 1) * width)), float(1)))));
    readable.push(S);
    return [{ kind: 'declare', buffer: S }, filled, written, ...(chance(0.5) ? [moved] : [])];
  };

  const kernel = (name: string): Kernel => {
    const width = style.wide ? lanes : random.pick([lanes, lanes, lanes, lanes / 2, lanes === 16 ? 4 : lanes, 1]), parallel = chance(0.5), readable = [...inputs];
    const loops = Array.from({ length: parallel ? 1 + random.below(2) : random.below(3) }, () => {
      const first = chance(0.2) ? 1 + random.below(3) : 0;
      return { ...fresh('o', 1), first, last: first + 1 + random.below(7) };
    });
    const place: Place = { loops, lane: constant(0), width, readable, asked: [] };
    const body = Array.from({ length: 1 + random.below(3) }, () => {
      const kind = random.below(4);
      return kind === 3 ? scratch(place, readable) : kind === 2 || (kind === 1 && style.wide) ? accumulate(place) : assign(place, parallel);
    }).flat();
    return { name, launch: null, body: loops.reduceRight<readonly Statement[]>((inner, v, i) => [loop(v, parallel && i === 0 ? 'parallel' : 'serial', ...inner)], body) };
  };
  return { kernels: Array.from({ length: 1 + random.below(2) }, (_, k) => kernel(`k${k}`)), buffers: [...inputs, Y] };
};
