/**
 * The draft model of GPUs: how long a plan should take, from the Plan alone, before any text exists. It ranks points, refuses what
 * the device cannot hold and gives the untuned schedule. It claims no accuracy in milliseconds and measures nothing.
 *
 * Terms per kernel, of which the longest decides: what a unit issues for all of its blocks; how often it goes to its own memory, by what
 * a warp's addresses touch; what a warp alone waits for, as often as blocks take turns on a unit; and the bytes that all blocks read.
 */
import { bytesOf, extentOf, isBound, variablesOf, type HardwareIndex, type Index, type Launch, type Plan, type PlannedLoop, type PlannedStage } from '@loopsmith/ir';
import { isUnder, launchRefusal, loopsAround } from '@loopsmith/lowering';
import type { Draft, Target } from '@loopsmith/contracts';
import { gpuOf } from './lower.js';
import { firstWarp, ofLanes, sectorBytes, warpAccess, type Warp, type WarpAccess } from './warp-access.js';
import { loadedFrom, storedAt } from './wide.js';

export const gpuFeatureNames = [
  'milliseconds', 'multiplyAdds', 'globalLoads', 'sharedLoads', 'stores', 'barriers', 'threads', 'blocks', 'warps', 'sharedBytes', 'accumulators',
  'kernels', 'bytes', 'unrolledStatements', 'passes', 'waits', 'rounds',
] as const;

/**
 * Figures that order what an H100 measured (`test/data/benchmarks/cuda-h100.jsonl.gz`), for ranking only. Instructions beside a multiply-add of: an access of global
 * memory, of shared memory, a store, a turn of a loop; cycles of: a line loaded, of global memory and shared, a piece of 32 bytes stored, a wait for global memory, for
 * shared memory, for a barrier, an instruction that waits for the one before, a block's start; seconds of a kernel's.
 */
const instructions = { global: 5.8, shared: 0.62, store: 3.2, turn: 6.1 } as const;
const cyclesOf = { line: 0.78, sharedPass: 1, storedSector: 0.24, globalWait: 41, sharedWait: 12, barrier: 37, dependent: 2.3, block: 4300 } as const;
const launchSeconds = 2.3e-06;
/** What a unit holds at once, of every GPU here about alike: blocks, threads, registers, bytes of shared memory; registers of a thread beside its sums, and of each sum. */
const unit = { blocks: 32, threads: 2048, registers: 65536, sharedBytes: 228 << 10 } as const, ownRegisters = 36, registersOfSum = 1.6;
/** How much the longest of the terms decides: 1 adds all, infinity takes the longest alone. */
const sharpness = 1.8;
/** A level of caches gives so many times what memory does. */
const fromCache = 4.7;

/** Of one thread; of its warp what is said so. */
interface Count {
  multiplyAdds: number; globalLoads: number; sharedLoads: number; stored: number; barriers: number; accumulators: number; statements: number;
  /** Of the warp: times that it goes to global and to shared memory, and pieces of 32 bytes that it asks for and stores. */
  globalPasses: number; sharedPasses: number; sectors: number; storedSectors: number;
  /** Turns of the loops around a sum, and around loads, for which a thread waits each time. */
  turns: number; globalWaits: number; sharedWaits: number;
}
const nothing: Count = {
  multiplyAdds: 0, globalLoads: 0, sharedLoads: 0, stored: 0, barriers: 0, accumulators: 0, statements: 0,
  globalPasses: 0, sharedPasses: 0, sectors: 0, storedSectors: 0, turns: 0, globalWaits: 0, sharedWaits: 0,
};
const countNames = Object.keys(nothing) as readonly (keyof Count)[];

/** Work of one thread in one stage, and of its warp. */
const countStage = (plan: Plan, planned: PlannedStage, warp: Warp, total: Count): void => {
  const around = loopsAround(plan, planned), loops = around.filter(({ as }) => !isBound(as));
  const product = (of: (loop: PlannedLoop) => number): number => loops.reduce((so, loop) => so * of(loop), 1);
  const iterations = product(({ variable, as }) => (as === 'vectorized' ? 1 : extentOf(variable)));
  const turns = product(({ variable, as }) => (as === 'vectorized' || as === 'unrolled' ? 1 : extentOf(variable)));
  total.statements += product(({ variable, as }) => (as === 'unrolled' ? extentOf(variable) : 1));
  if (planned.stage.reduce) {
    total.multiplyAdds += product(({ variable }) => extentOf(variable));
    total.turns = Math.max(total.turns, turns);
  }
  const vector = loops.find(({ as }) => as === 'vectorized')?.variable ?? null;
  const directions = new Map(around.flatMap(({ as, variable }) => (isBound(as) && as.bound === 'thread' ? [[variable.name, { at: 'xyz'.indexOf(as.dimension), last: variable.last }] as const] : [])));
  const touched = (at: Index, width: number, bytes: number, shared: boolean): WarpAccess => warpAccess(ofLanes(at, warp, directions), width, bytes, shared);
  const widthOf = (at: Index): number => (vector !== null && variablesOf(at).has(vector.name) ? extentOf(vector) : 1);
  const stored = storedAt(planned);
  if (stored !== null) {
    const { sectors, passes } = touched(stored, widthOf(stored), bytesOf[planned.stage.dtype], planned.scope === 'shared');
    if (planned.scope === 'shared') { total.sharedLoads += iterations; total.sharedPasses += iterations * passes; }
    else { total.stored += iterations; total.storedSectors += iterations * sectors; }
  } else total.accumulators = Math.max(total.accumulators, planned.layout.reduce((so, { size }) => so * size, 1));
  if (planned.scope === 'shared') {
    const own = new Set(planned.loops.map(({ variable }) => variable.name));
    total.barriers += 2 * loops.filter(({ variable }) => !own.has(variable.name)).reduce((so, { variable }) => so * extentOf(variable), 1);
  }
  for (const { dtype, scope, at } of loadedFrom(plan, planned)) {
    const names = variablesOf(at);
    // a value that an unrolled loop does not change is loaded once for all of its copies
    const times = product(({ variable, as }) => (as === 'vectorized' || (as === 'unrolled' && !names.has(variable.name)) ? 1 : extentOf(variable)));
    const { sectors, passes } = touched(at, widthOf(at), bytesOf[dtype], scope === 'shared');
    if (scope === 'shared') {
      total.sharedLoads += times;
      total.sharedPasses += times * passes;
      total.sharedWaits = Math.max(total.sharedWaits, turns);
    } else {
      total.globalLoads += times;
      total.globalPasses += times * passes;
      total.sectors += times * sectors;
      total.globalWaits = Math.max(total.globalWaits, turns);
    }
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

/** Seconds of a kernel of which one thread does that. */
const secondsOf = (count: Count, { threads, blocks, sharedBytes }: Launch, target: Target): { readonly seconds: number; readonly rounds: number } => {
  const limits = gpuOf(target), perBlock = threads.reduce((a, b) => a * b), all = blocks.reduce((a, b) => a * b), warps = Math.ceil(perBlock / limits.warp);
  const registers = ownRegisters + registersOfSum * count.accumulators;
  const lanes = warps * limits.warp;
  const together = Math.max(1, Math.floor(Math.min(unit.blocks, unit.threads / lanes, unit.registers / (registers * lanes), unit.sharedBytes / (sharedBytes + 1024))));
  const ofUnit = Math.ceil(all / limits.units), rounds = Math.ceil(ofUnit / together);
  const { global, shared, store, turn } = instructions;
  const issued = count.multiplyAdds + global * count.globalLoads + shared * count.sharedLoads + store * count.stored + turn * count.turns;
  const cycles = [
    (ofUnit * lanes * issued) / limits.lanesPerUnit,
    ofUnit * warps * (cyclesOf.line * count.globalPasses + cyclesOf.sharedPass * count.sharedPasses + cyclesOf.storedSector * count.storedSectors),
    rounds * (cyclesOf.block + cyclesOf.globalWait * count.globalWaits + cyclesOf.sharedWait * count.sharedWaits + cyclesOf.barrier * count.barriers + cyclesOf.dependent * issued),
    ((count.sectors + count.storedSectors) * sectorBytes * warps * all * target.clock) / (fromCache * target.bandwidths.memory),
  ];
  return { seconds: cycles.reduce((sum, each) => sum + each ** sharpness, 0) ** (1 / sharpness) / target.clock + launchSeconds, rounds };
};

export const draftGpuPlan = (plan: Plan, target: Target): Draft => {
  const limits = gpuOf(target), all = { ...nothing };
  let seconds = 0, kernels = 0, refused: string | null = null;
  let threads = 0, blocks = 0, warps = 0, sharedBytes = 0, bytes = 0, rounds = 0;
  for (const root of plan.stages.values()) {
    if (root.place.kind !== 'root') continue;
    kernels++;
    const launch = launchOfPlan(plan, root), warp = firstWarp(launch, limits.warp), count = { ...nothing };
    refused ??= launchRefusal(launch, limits);
    for (const planned of plan.stages.values()) if (planned === root || isUnder(plan, planned, root.stage.name)) countStage(plan, planned, warp, count);
    const perBlock = launch.threads.reduce((a, b) => a * b), ofLaunch = launch.blocks.reduce((a, b) => a * b), ofBlock = Math.ceil(perBlock / limits.warp);
    const time = secondsOf(count, launch, target);
    seconds += time.seconds;
    rounds = Math.max(rounds, time.rounds);
    threads = Math.max(threads, perBlock);
    blocks = Math.max(blocks, ofLaunch);
    warps = Math.max(warps, ofBlock * ofLaunch);
    sharedBytes = Math.max(sharedBytes, launch.sharedBytes);
    bytes += (count.sectors + count.storedSectors) * sectorBytes * ofBlock * ofLaunch;
    for (const name of countNames) all[name] = name === 'accumulators' ? Math.max(all[name], count[name]) : all[name] + count[name];
  }
  if (all.accumulators > limits.registersPerThread) refused ??= `${all.accumulators} accumulators in ${limits.registersPerThread} registers`;
  if (all.statements > 2000) refused ??= `${all.statements} unrolled statements; a kernel of that size costs more to build than it gains`;
  const milliseconds = seconds * 1e3;
  const values: Record<(typeof gpuFeatureNames)[number], number> = {
    milliseconds,
    multiplyAdds: all.multiplyAdds,
    globalLoads: all.globalLoads,
    sharedLoads: all.sharedLoads,
    stores: all.stored,
    barriers: all.barriers,
    threads,
    blocks,
    warps,
    sharedBytes,
    accumulators: all.accumulators,
    kernels,
    bytes,
    unrolledStatements: all.statements,
    passes: all.globalPasses + all.sharedPasses,
    waits: all.globalWaits + all.sharedWaits,
    rounds,
  };
  return { milliseconds, refused, features: Float64Array.from(gpuFeatureNames, (name) => Math.log2(1 + values[name])) };
};
