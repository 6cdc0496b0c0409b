/**
 * What one access of a warp touches: pieces of 32 bytes and lines of 128 of a GPU's memory, and how often the busiest bank of shared memory
 * is asked for another word. It reads addresses; what that takes, the draft model says.
 */
import type { Index, Launch } from '@loopsmith/ir';

export interface WarpAccess {
  /** Pieces of 32 bytes, which is what a cache is asked for. */
  readonly sectors: number;
  /** Times that the unit's memory is gone to, each for one line; of shared memory for one word of every bank. */
  readonly passes: number;
}

/** Threads as their positions in the block's directions. */
export type Warp = readonly (readonly [number, number, number])[];
/** The first warp of a block. */
export const firstWarp = ({ threads: [x, y, z] }: Launch, warp: number): Warp =>
  Array.from({ length: Math.min(warp, x * y * z) }, (_, lane) => [lane % x, Math.floor(lane / x) % y, Math.floor(lane / x / y)] as const);

/** Of the pieces. */
export const sectorBytes = 32;
const lineBytes = 128, banks = 32, wordBytes = 4;

/** `at`: of the first element, by lane; `width`: elements that a thread moves at once; `bytes`: of an element. */
export const warpAccess = (at: readonly number[], width: number, bytes: number, shared: boolean): WarpAccess => {
  const places = [...new Set(at)];
  if (shared) {
    const words = Array.from({ length: banks }, () => 0);
    for (const place of places) words[Math.floor((place * bytes) / wordBytes) % banks]! += 1;
    return { sectors: 0, passes: Math.max(...words, (places.length * width) / banks) };
  }
  const touched = (size: number): number => {
    const pieces = new Set<number>();
    for (const place of places) for (let i = 0; i < width; i++) pieces.add(Math.floor(((place + i) * bytes) / size));
    return pieces.size;
  };
  const sectors = touched(sectorBytes);
  return { sectors, passes: Math.max(touched(lineBytes), (sectors * sectorBytes) / lineBytes) };
};

/** Which direction of the block a loop's variable is, and its last value there. */
export type Directions = ReadonlyMap<string, { readonly at: number; readonly last: number }>;

/** What an index is for every lane, other variables being 0. What is gathered lies anywhere: of each lane apart from the others'. */
export const ofLanes = (index: Index, warp: Warp, directions: Directions): number[] => {
  const made = warp.map(() => index.constant);
  for (const { coefficient, atom } of index.terms)
    switch (atom.kind) {
      case 'variable': {
        const bound = directions.get(atom.name);
        if (bound) warp.forEach((thread, lane) => { made[lane]! += coefficient * Math.min(thread[bound.at]!, bound.last); });
        break;
      }
      case 'floorDivision': ofLanes(atom.index, warp, directions).forEach((inner, lane) => { made[lane]! += coefficient * Math.floor(inner / atom.divisor); }); break;
      case 'indirect': warp.forEach((_, lane) => { made[lane]! += lane * lineBytes; }); break;
      default: return atom satisfies never;
    }
  return made;
};
