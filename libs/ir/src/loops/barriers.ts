/**
 * Where threads of a block need a barrier: two accesses to one element of shared memory by two threads, one of them a store, on
 * a way through the kernel that meets no barrier. `verifyProgram` refuses a kernel that has such a place, and the pass that
 * inserts barriers puts one there. It proves by range analysis, so it may ask for a barrier too many, never for one too few. Gathers
 * inside of indices are not looked at: nothing is gathered from shared memory, as `lowering/schedule/place` keeps it at root.
 */
import { add, plus, type Guard, type Index } from '../index/index-expression.js';
import { hardwareVariables, isBound, onHardware } from './hardware.js';
import { partsOf, typeOf, valueOf, type Buffer, type Expression, type Kernel, type Launch, type SimpleStatement, type Statement } from './program.js';
import { meet, questionOf } from './races.js';
import type { SharedAccess } from './shared-accesses.js';
import { simpleText } from './text.js';

type Body = readonly Statement[];
/** A place in a kernel: the statement of a body, outermost body first. */
export interface Position { readonly body: Body; readonly statement: Statement }
interface Access extends SharedAccess { readonly path: readonly Position[] }
export interface Hazard {
  readonly buffer: string;
  /** The two statements as text, in the order in which they run. */
  readonly first: string;
  readonly second: string;
  /** Where a barrier would separate them: before this statement of this body. */
  readonly before: Position;
  /** What surrounds that body, outermost first. */
  readonly around: readonly Position[];
}

/** In the order in which a thread meets them; empty when every two conflicting accesses have a barrier between. */
export const sharedHazards = (kernel: Kernel): readonly Hazard[] => {
  const { launch } = kernel;
  if (launch === null) return [];
  const apart = pairsApart(launch);
  const hazards: Hazard[] = [];
  const asked = new Set<Statement>();
  /** Accesses since the last barrier, of the present iteration of every loop or of the one before. */
  let live: readonly Access[] = [];
  const addresses = new Map<string, Index>();

  const report = (first: Access, second: Access, path: readonly Position[]): void => {
    const before = path.at(-1)!;
    if (asked.has(before.statement)) return;
    asked.add(before.statement);
    hazards.push({ buffer: second.buffer, first: first.text, second: second.text, before, around: path.slice(0, -1) });
  };
  /** `backEdge`: the body whose loop goes round, when the accesses before it are of the iteration before. */
  const leaf = (statement: SimpleStatement, path: readonly Position[], guard: Guard, old: ReadonlySet<Access> | null, backEdge: readonly Position[] | null): void => {
    const found = sharedAccesses(statement, path, guard, launch, addresses);
    for (const access of found)
      for (const earlier of live) {
        if (old !== null && !old.has(earlier)) continue;
        if (apart(earlier, access)) continue;
        report(earlier, access, backEdge === null ? commonPath(earlier.path, access.path) : access.path.slice(0, backEdge.length + 1));
      }
    live = [...live, ...found];
  };
  const walk = (body: Body, outer: readonly Position[], guard: Guard, old: ReadonlySet<Access> | null, backEdge: readonly Position[] | null): void => {
    for (const statement of body) {
      const path = [...outer, { body, statement }];
      switch (statement.kind) {
        case 'barrier': live = []; break;
        case 'if': {
          const before = live;
          walk(statement.body, path, [...guard, ...statement.when], old, backEdge);
          live = [...new Set([...before, ...live])];
          break;
        }
        case 'for':
          walk(statement.body, path, guard, old, backEdge);
          // round the back edge once; what an outer loop's second round meets is met in the first pass of this one
          if (old === null && !isBound(statement.as) && statement.variable.last > statement.variable.first) walk(statement.body, path, guard, new Set(live), path);
          break;
        default: leaf(statement, path, guard, old, backEdge);
      }
    }
  };
  walk(kernel.body, [], [], null, null);
  return hazards;
};

/** Down to the innermost body that holds both, ending with what holds the second. */
const commonPath = (first: readonly Position[], second: readonly Position[]): readonly Position[] => {
  let depth = 0;
  while (first[depth + 1]?.body === second[depth + 1]?.body && second[depth + 1] !== undefined) depth++;
  return second.slice(0, depth + 1);
};

/** Whether no two threads of a block can meet in two accesses. Remembers answers. */
const pairsApart = (launch: Launch): ((a: Access, b: Access) => boolean) => {
  const threads = hardwareVariables(launch, 'thread');
  const known = new Map<string, boolean>();
  return (a, b) => {
    if (a.buffer !== b.buffer || !(a.stores || b.stores)) return true;
    const question = questionOf(a, b);
    let answer = known.get(question);
    if (answer === undefined) known.set(question, answer = threads.every((thread) => meet(thread, a, b).kind === 'apart'));
    return answer;
  };
};

const sharedAccesses = (statement: SimpleStatement, path: readonly Position[], guard: Guard, launch: Launch, addresses: Map<string, Index>): readonly Access[] => {
  const loops = path.flatMap(({ statement: each }) => (each.kind === 'for' ? [each] : []));
  const here = onHardware(loops, launch);
  const found: Access[] = [], text = simpleText(statement);
  const note = (buffer: Buffer, base: string | null, at: Index, lanes: number, stores: boolean, under: Guard): void => {
    if (buffer.scope !== 'shared') return;
    const start = base === null ? null : addresses.get(base);
    found.push({ buffer: buffer.name, at: here.apply(start ? add(start, at) : at), lanes, guard: [...here.guard, ...[...guard, ...under].map(here.apply)], stores, text, path });
  };
  const value = (expression: Expression, under: Guard): void => {
    switch (expression.kind) {
      case 'load': note(expression.buffer, null, expression.at, 1, false, under); return;
      case 'read': note(expression.buffer, expression.base, expression.at, expression.type.lanes, false, under); return;
      case 'gather':
        for (let i = 0; i < expression.type.lanes; i++) note(expression.buffer, expression.base, plus(expression.at, i * expression.step), 1, false, under);
        return;
      case 'select': value(expression.then, [...under, ...expression.when]); value(expression.otherwise, under); return;
      default: for (const part of partsOf(expression)) value(part, under);
    }
  };
  const computed = valueOf(statement);
  if (computed) value(computed, []);
  if (statement.kind === 'address') addresses.set(statement.name, statement.at);
  if (statement.kind === 'store') note(statement.buffer, null, statement.at, 1, true, []);
  if (statement.kind === 'write') note(statement.buffer, statement.base, statement.at, typeOf(statement.value).lanes, true, []);
  return found;
};
