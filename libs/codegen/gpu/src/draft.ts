/**
 * The draft model of GPUs: how long a plan should take, from the Plan alone, before any text exists. It ranks points, refuses what
 * the device cannot hold and gives the untuned schedule. It claims no accuracy in milliseconds and measures nothing.
 *
 * Terms per kernel: multiply-adds and loads of one thread, loads counted once per value that the unrolled loops tell apart; threads
 * that fill no warp; blocks that fill no unit; and the bytes that all blocks together read.
 */
import { bytesOf, extentOf, isBound, variablesOf, type HardwareIndex, type Index, type Launch, type Plan, type PlannedStage } from '@loopsmith/ir';
import { isUnder, launchRefusal, loopsAround } from '@loopsmith/lowering';
import type { Draft, Target } from '@loopsmith/contracts';
import { gpuOf } from './lower.js';
import { isTogether, loadedFrom, storedAt } from './wide.js';

export const gpuFeatureNames = [
  'milliseconds', 'multiplyAdds', 'globalLoads', 'sharedLoads', 'stores', 'barriers', 'threads', 'blocks', 'warps', 'sharedBytes', 'accumulators',
  'kernels', 'bytes', 'unrolledStatements',
] as const;

/** Cycles of a load, of a barrier, and of starting a kernel, next to one multiply-add; common figures, for ranking only. */
const globalLoadCycles = 4, sharedLoadCycles = 1, barrierCycles = 30, launchSeconds = 5e-6;

/** Instructions that move `lanes` elements at once, next to one: half of an access is the instruction, half its data. */
const accesses = (lanes: number): number => (1 + lanes) / 2;

interface Count { multiplyAdds: number; globalLoads: number; sharedLoads: number; stores: number; barriers: number; accumulators: number; statements: number; globalBytes: number }

/** Work of one thread in one stage. */
const countStage = (plan: Plan, planned: PlannedStage, total: Count): void => {
  const loops = loopsAround(plan, planned).filter(({ as }) => !isBound(as));
  const iterations = loops.reduce((product, { variable, as }) => product * (as === 'vectorized' ? 1 : extentOf(variable)), 1);
  const unrolled = loops.reduce((product, { variable, as }) => product * (as === 'unrolled' ? extentOf(variable) : 1), 1);
  total.statements += unrolled;
  if (planned.stage.reduce) total.multiplyAdds += iterations * loops.reduce((product, { variable, as }) => product * (as === 'vectorized' ? extentOf(variable) : 1), 1);
  const vector = loops.find(({ as }) => as === 'vectorized')?.variable ?? null;
  /** Accesses of memory there, for every time that the vector is moved. */
  const moved = (at: Index): number => {
    if (vector === null || !variablesOf(at).has(vector.name)) return 1;
    const lanes = extentOf(vector);
    return isTogether(at, vector.name, lanes) ? accesses(lanes) : lanes;
  };
  const stored = storedAt(planned);
  if (stored !== null) total.stores += iterations * moved(stored);
  else total.accumulators = Math.max(total.accumulators, planned.layout.reduce((product, { size }) => product * size, 1));
  if (planned.scope === 'shared') {
    const own = new Set(planned.loops.map(({ variable }) => variable.name));
    total.barriers += 2 * loops.filter(({ variable }) => !own.has(variable.name)).reduce((product, { variable }) => product * extentOf(variable), 1);
  }
  for (const { dtype, scope, at } of loadedFrom(plan, planned)) {
    const names = variablesOf(at);
    // a value that an unrolled loop does not change is loaded once for all of its copies
    const times = loops.reduce((product, { variable, as }) => product * (as === 'vectorized' || (as === 'unrolled' && !names.has(variable.name)) ? 1 : extentOf(variable)), 1);
    if (scope === 'shared') total.sharedLoads += times * moved(at);
    else { total.globalLoads += times * moved(at); total.globalBytes += times * (vector !== null && names.has(vector.name) ? extentOf(vector) : 1) * bytesOf[dtype]; }
  }
};

const launchOfPlan = (plan: Plan, root: PlannedStage): Launch => {
  const blocks: [number, number, number] = [1, 1, 1], threads: [number, number, number] = [1, 1, 1];
  let sharedBytes = 0;
  for (const planned of plan.stages.values()) {
    if (planned !== root && !isUnder(plan, planned, root.stage.name)) continue;
    if (planned.scope === 'shared') sharedBytes += Math.ceil(planned.layout.reduce((product, { size }) => product * size, bytesOf[planned.stage.dtype]) / 16) * 16;
    for (const { as, variable } of planned.loops) {
      if (!isBound(as)) continue;
      const extents = (as satisfies HardwareIndex).bound === 'block' ? blocks : threads, at = 'xyz'.indexOf(as.dimension);
      extents[at] = Math.max(extents[at]!, extentOf(variable));
    }
  }
  return { blocks, threads, sharedBytes };
};

export const draftGpuPlan = (plan: Plan, target: Target): Draft => {
  const limits = gpuOf(target);
  let seconds = 0, kernels = 0, refused: string | null = null;
  const all: Count = { multiplyAdds: 0, globalLoads: 0, sharedLoads: 0, stores: 0, barriers: 0, accumulators: 0, statements: 0, globalBytes: 0 };
  let threads = 0, blocks = 0, warps = 0, sharedBytes = 0, bytes = 0;
  for (const root of plan.stages.values()) {
    if (root.place.kind !== 'root') continue;
    kernels++;
    const launch = launchOfPlan(plan, root), before = { ...all };
    refused ??= launchRefusal(launch, limits);
    for (const planned of plan.stages.values()) if (planned === root || isUnder(plan, planned, root.stage.name)) countStage(plan, planned, all);
    const spent = (name: keyof Count): number => all[name] - before[name];
    const perBlock = launch.threads.reduce((a, b) => a * b), count = launch.blocks.reduce((a, b) => a * b), ofBlock = Math.ceil(perBlock / limits.warp);
    const cycles =
      spent('multiplyAdds') +
      globalLoadCycles * spent('globalLoads') +
      sharedLoadCycles * spent('sharedLoads') +
      spent('stores') +
      (barrierCycles * spent('barriers')) / Math.max(1, ofBlock);
    // warps that a unit starts per cycle, and what one warp alone waits for
    const rate = Math.max(1, limits.lanesPerUnit / limits.warp), rounds = Math.ceil(count / limits.units);
    const busy = rounds * ofBlock * cycles / rate, alone = cycles * 4 * Math.ceil(count / (limits.units * Math.max(1, Math.floor(32 / ofBlock))));
    const moved = spent('globalBytes') * perBlock * count;
    seconds += Math.max(busy, alone) / target.clock + moved / 16 / target.bandwidths.memory + launchSeconds;
    threads = Math.max(threads, perBlock);
    blocks = Math.max(blocks, count);
    warps = Math.max(warps, ofBlock * count);
    sharedBytes = Math.max(sharedBytes, launch.sharedBytes);
    bytes += moved;
  }
  if (all.accumulators > limits.registersPerThread) refused ??= `${all.accumulators} accumulators in ${limits.registersPerThread} registers`;
  if (all.statements > 2000) refused ??= `${all.statements} unrolled statements; a kernel of that size costs more to build than it gains`;
  const milliseconds = seconds * 1e3;
  const values: Record<(typeof gpuFeatureNames)[number], number> = {
    milliseconds,
    multiplyAdds: all.multiplyAdds,
    globalLoads: all.globalLoads,
    sharedLoads: all.sharedLoads,
    stores: all.stores,
    barriers: all.barriers,
    threads,
    blocks,
    warps,
    sharedBytes,
    accumulators: all.accumulators,
    kernels,
    bytes,
    unrolledStatements: all.statements,
  };
  return { milliseconds, refused, features: Float64Array.from(gpuFeatureNames, (name) => Math.log2(1 + values[name])) };
};
