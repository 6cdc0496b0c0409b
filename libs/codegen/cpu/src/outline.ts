/**
 * Outlines: what the draft model sees of a kernel. Per stage its loops and how far each of them moves in every tensor it reads; no index, no value,
 * no text. A plan has one, and so has a point whose kernel follows from its numbers (`tile-outline`). Counts nothing.
 */
import {
  bytesOf, coefficientOf, extentOf, layoutSize, loadsOf, pointsOf, variablesOf, visitIndices, visitValues,
  type Index, type Load, type LoopKind, type Plan, type PlannedLoop, type PlannedStage, type Table, type Value,
} from '@loopsmith/ir';
import { functionsIn } from '@loopsmith/codegen-spaces';
import { isUnder, loadAddress, loopsAround, overLoops } from '@loopsmith/lowering';

/** A loop around a stage, and whether it is one of a sum. */
export interface LoopAround { readonly extent: number; readonly reduces: boolean }
/** A loop of the stage itself. */
export interface OwnLoop extends LoopAround { readonly as: LoopKind }

/**
 * What a stage reads of one tensor: how far each loop around it and of it moves the address, in elements (null where the loop does not decide it, 0 where it
 * does in a division alone), bytes of an element, and of the whole tensor.
 */
export interface Reads { readonly steps: readonly (number | null)[]; readonly bytes: number; readonly size: number; readonly inRegister: boolean }

export interface OutlinedStage {
  /** Loops of the stages it is computed in, the kernel's outermost first. */
  readonly around: readonly LoopAround[];
  readonly own: readonly OwnLoop[];
  /** One per load; tables are text, not memory. */
  readonly reads: readonly Reads[];
  readonly reduces: boolean;
  readonly inRegisters: boolean;
  /** Bytes it has in scratch, 0 where it is stored elsewhere. */
  readonly scratch: number;
  /**
   * Of a step of a sum besides its multiply-adds: a formula in place of an operand is computed once for each of the values in which unrolled loops make it differ.
   * Of a formula without lanes the functions, which would be a vector's for as much.
   */
  readonly operations: number;
  /** The share of terms that the zeros of its tables leave; null where it reads none. */
  readonly density: number | null;
}

/** A kernel's stages in the order of its definition, and the iterations that threads share. */
export interface OutlinedKernel { readonly stages: readonly OutlinedStage[]; readonly parallel: number }

/** Whether a sum has no loop left to run: its terms are written out, as those of a transform by a table. */
export const isWrittenOut = ({ reduces, own }: Pick<OutlinedStage, 'reduces' | 'own'>): boolean =>
  reduces && own.every((loop) => !loop.reduces || loop.as === 'unrolled' || loop.extent === 1);

const tableOf = ({ definition }: Plan, { tensor }: Load): Table | undefined => definition.tables.find(({ name }) => name === tensor);

/** Every tensor a stage reads, as flat addresses over the loops of its chain. */
const readsIn = (plan: Plan, planned: PlannedStage, chain: readonly PlannedLoop[]): readonly Reads[] =>
  loadsOf(planned.stage.value).filter((load) => !tableOf(plan, load)).map((load) => {
    const source = plan.stages.get(load.tensor), address = loadAddress(plan, planned, load), names = variablesOf(address);
    return {
      steps: chain.map(({ variable: { name } }) => (names.has(name) ? Math.abs(coefficientOf(address, name)) : null)),
      bytes: bytesOf[load.dtype], size: layoutSize(source?.layout ?? plan.inputs.get(load.tensor)!) * bytesOf[load.dtype], inRegister: source?.scope === 'register',
    };
  });

const densityOf = (plan: Plan, { stage }: PlannedStage): number | null => loadsOf(stage.value).reduce<number | null>((share, load) => {
  const table = tableOf(plan, load);
  return table ? (share ?? 1) * (table.values.filter((value) => value !== 0).length / table.values.length) : share;
}, null);

/** The variables that decide each operation of a sum's value besides its multiply-adds; `namesIn` says which of an index do. */
export const operationsIn = (value: Value, namesIn: (index: Index) => Iterable<string> = variablesOf): readonly ReadonlySet<string>[] => {
  const operations: ReadonlySet<string>[] = [];
  visitValues(value, (part) => {
    if ((part.kind !== 'binary' && part.kind !== 'unary' && part.kind !== 'choose') || (part === value && part.kind === 'binary' && part.operator === 'multiply')) return;
    const names = new Set<string>();
    visitIndices(part, (index) => { for (const name of namesIn(index)) names.add(name); });
    operations.push(names);
  });
  return operations;
};

const operationsOf = (planned: PlannedStage): number => {
  const unrolled = planned.loops.filter((loop) => loop.as === 'unrolled');
  return operationsIn(planned.stage.value, (index) => variablesOf(overLoops(planned, index)))
    .reduce((total, names) => total + pointsOf(unrolled.flatMap(({ variable }) => (names.has(variable.name) ? [variable] : []))), 0);
};

const operationsBeside = (planned: PlannedStage, own: readonly OwnLoop[]): number => {
  const { reduce, value } = planned.stage;
  if (reduce) return isWrittenOut({ reduces: true, own }) ? 0 : operationsOf(planned);
  return own.some(({ as }) => as === 'vectorized') ? 0 : functionsIn(value);
};

const outlineOfStage = (plan: Plan, planned: PlannedStage): OutlinedStage => {
  const chain = loopsAround(plan, planned), { loops, stage, scope, place, layout } = planned;
  const around = ({ variable, reduces }: PlannedLoop): LoopAround => ({ extent: extentOf(variable), reduces });
  const own = loops.map((loop): OwnLoop => ({ ...around(loop), as: loop.as })), reduces = stage.reduce !== null;
  return {
    around: chain.slice(0, chain.length - loops.length).map(around), own,
    reads: readsIn(plan, planned, chain), reduces, inRegisters: scope === 'register',
    scratch: place.kind === 'at' && scope === 'scratch' ? layoutSize(layout) * bytesOf[stage.dtype] : 0,
    operations: operationsBeside(planned, own), density: densityOf(plan, planned),
  };
};

/** A plan's kernels. */
export const outlineOf = (plan: Plan): readonly OutlinedKernel[] => {
  const stages = [...plan.stages.values()];
  return stages.filter(({ place }) => place.kind === 'root').map((root) => {
    const parallel = root.loops.find((loop) => loop.as === 'parallel');
    return {
      stages: stages.filter((planned) => planned === root || isUnder(plan, planned, root.stage.name)).map((planned) => outlineOfStage(plan, planned)),
      parallel: parallel ? extentOf(parallel.variable) : 1,
    };
  });
};
