/**
 * What the sums of a kernel ask for while they read one panel of packed weights again and again, for tile after tile: the next panel, a share of it in
 * every pass, so that a kernel never waits for a whole panel at once. A hint, as `read-ahead` is; it changes no value and no order, and goes to L2.
 */
import {
  add, bytesOf, coefficientOf, extentOf, floorDivide, onlyVariable, plus, scale, subtract, sum, variable, variablesOf, zero,
  type Buffer, type Index, type LoopVariable, type Statement,
} from '@loopsmith/ir';
import { cacheLine, weightsInOrder, type InOrder, type Reach } from './read-ahead.js';

type Loop = Extract<Statement, { readonly kind: 'for' }>;

/** A place that a turn of a loop asks for: bytes from the start of a buffer. */
export interface Share { readonly buffer: Buffer; readonly at: Index }

/** By innermost loop, one share for each of its addresses of weights that are one panel to several passes, longer than what is asked for ahead anyhow. */
export const sharesOfNextPanels = (kernel: readonly Statement[], reach: Reach): ReadonlyMap<Loop, readonly Share[]> => {
  const shares = new Map<Loop, readonly Share[]>();
  const walk = (body: readonly Statement[], around: readonly LoopVariable[]): void => body.forEach((statement) => {
    if (statement.kind === 'if') walk(statement.body, around);
    if (statement.kind !== 'for') return;
    const loops = [statement.variable, ...around];
    shares.set(statement, weightsInOrder(statement).flatMap(({ address, step }) => shareOf(address, step, loops, reach)));
    walk(statement.body, loops);
  });
  walk(kernel, []);
  return shares;
};

/** Bytes of the smallest share: 32 passes of two lines a turn. */
const leastShare = 4;

/**
 * The share of one turn; none where these are all panels there are, where so many passes share that one pass without it is no loss, and none in a turn of one
 * line, which multiplies as many numbers as it loads and has no load to spare. Loops are innermost first.
 */
const shareOf = ({ buffer, at }: InOrder['address'], step: number, loops: readonly LoopVariable[], reach: Reach): readonly Share[] => {
  let panel = step, passes = 1, start = at, turn = zero, pass = zero, outside = 0;
  for (; outside < loops.length && coefficientOf(at, loops[outside]!.name) === panel; outside++) {
    const loop = variable(loops[outside]!);
    start = subtract(start, scale(loop, panel));
    turn = add(turn, scale(loop, panel / step));
    panel *= extentOf(loops[outside]!);
  }
  for (; outside < loops.length; outside++) {
    const loop = loops[outside]!, digit = passOf(at, loop);
    if (digit) { pass = add(pass, scale(digit.index, passes)); passes *= digit.of; }
    if (!digit || variablesOf(at).has(loop.name)) break;
  }
  const bytes = bytesOf[buffer.dtype], ofTurn = Math.floor(step * bytes / passes);
  if (passes === 1 || start.terms.length === 0 || ofTurn < leastShare || step * bytes <= cacheLine || panel * bytes <= reach.bytes) return [];
  return [{ buffer, at: sum(scale(plus(start, panel), bytes), scale(turn, ofTurn), scale(pass, ofTurn * (panel / step))) }];
};

/** Which pass over the panel an iteration is, and of how many: all of a loop that does not move the panel, the rest of one that does so in a division. */
const passOf = (at: Index, loop: LoopVariable): { readonly index: Index; readonly of: number } | null => {
  const index = variable(loop);
  if (!variablesOf(at).has(loop.name)) return { index: plus(index, -loop.first), of: extentOf(loop) };
  const ofLoop = at.terms.filter(({ atom }) => variablesOf({ kind: 'index', constant: 0, terms: [{ coefficient: 1, atom }] }).has(loop.name)), atom = ofLoop[0]?.atom;
  if (ofLoop.length !== 1 || atom?.kind !== 'floorDivision' || onlyVariable(atom.index)?.name !== loop.name) return null;
  return { index: subtract(index, scale(floorDivide(index, atom.divisor), atom.divisor)), of: atom.divisor };
};
