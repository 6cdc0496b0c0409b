/**
 * The draft model: how long a kernel should take, from its outline alone, before any text exists. It ranks points, prunes hopeless
 * ones and gives the untuned schedule. It claims no accuracy in milliseconds and measures nothing.
 *
 * Terms: multiply-adds against pipes, loads against load ports, the latency of the accumulator chains (after oneDNN's
 * `est_eff`), tails at their rounded size, and the bytes that each cache level must deliver, from the footprint of every
 * tensor below each loop.
 */
import type { Plan } from '@loopsmith/ir';
import type { Draft, Target } from '@loopsmith/contracts';
import { isWrittenOut, outlineOf, type LoopAround, type OutlinedKernel, type OutlinedStage, type Reads } from './outline.js';

export const featureNames = [
  'milliseconds', 'multiplyAddCycles', 'loadCycles', 'latencyCycles', 'overheadCycles', 'bytesFromL2', 'bytesFromL3', 'bytesFromMemory',
  'accumulators', 'liveRegisters', 'loadsPerMultiplyAdd', 'unrolledStatements', 'parallelIterations', 'parallelWaste', 'scratchBytes', 'pointsComputedPerPoint',
] as const;

interface Totals {
  multiplyAdd: number;
  load: number;
  latency: number;
  overhead: number;
  l2: number;
  l3: number;
  memory: number;
  accumulators: number;
  live: number;
  loadsPerMultiplyAdd: number;
  unrolled: number;
  computed: number;
}

/** Bytes of distinct cache lines an access touches while the loops from a depth on run. */
const footprint = ({ steps, bytes, size }: Reads, extents: readonly number[], depth: number): number => {
  let points = 1, span = 0, unit = false;
  for (let i = depth; i < extents.length; i++) {
    const step = steps[i]!;
    if (step === null) continue;
    points *= extents[i]!;
    span += step * (extents[i]! - 1);
    if (step === 1) unit = true;
  }
  const elements = Math.min(points, span + 1) || points;
  const lines = unit ? elements * bytes : Math.min(elements * 64, Math.max(64, span * bytes));
  return Math.min(Math.max(lines, 64), size);
};

/** Bytes that have to come into a cache while a kernel runs, by what that cache keeps. */
export type BytesBeyond = (capacity: number) => number;

/**
 * Those of one stage, whose loops these are, outermost first. The loops that fit are read once for every iteration of those outside that change an access,
 * or lie outside such a loop. The steps of a sum walk along lines, which the cache keeps from one to the next even where the whole sum does not fit:
 * such a loop is read as one run, again for each iteration of what lies outside of it.
 */
const trafficOf = (accesses: readonly Reads[], loops: readonly LoopAround[]): BytesBeyond => {
  // footprints of the loops from a depth on; caches ask for the same ones
  const footprints: (readonly number[])[] = [], extents = loops.map(({ extent }) => extent);
  const from = (depth: number): readonly number[] => footprints[depth] ??= accesses.map((access) => footprint(access, extents, depth));
  const times = (depth: number): number => extents.slice(0, depth).reduce((total, extent) => total * extent, 1);
  return (capacity) => {
    let depth = 0;
    while (depth < loops.length && from(depth).reduce((total, bytes) => total + bytes, 0) > capacity) depth++;
    const isSum = loops[depth - 1]?.reduces === true;
    let bytes = 0;
    accesses.forEach(({ steps }, i) => {
      // data stays while the loops right outside do not change it
      let last = depth - 1;
      while (last >= 0 && steps[last] === null) last--;
      bytes += isSum && last === depth - 1 ? from(last)[i]! * times(last) : from(depth)[i]! * times(last + 1);
    });
    return bytes;
  };
};

/**
 * Cycles of a step besides its arithmetic: the loop's counter and branch and what nothing hides of waiting for loads; an accumulator that no register is left for.
 * The first, the shares of caches and the bandwidths of x86 targets are what fits recorded times best (decision 129).
 */
const loopCycles = 1.4, spillCycles = 2;
/**
 * Cycles of one sum in memory that is read, added to and written again. Those of a kernel leave L1 for L2 where they are more than half of it, since the
 * rest is for what a sum reads (decision 255).
 */
export const cyclesInMemory = (scratch: number, { caches }: Target): number => (scratch > caches.l1 / 2 ? 6 : 2);
/** Cycles that a sum kept in memory waits for its last value, besides the multiply-add. */
export const latencyInMemory = 6;
/** Cycles of a function (an exponential, a tangent) of one element. */
const functionCycles = 20;
/** What of a cache a kernel's own data may fill: L1 is shared with the stack and what comes next, L2 is not missed before it is full. */
const usableL1 = 0.7, usableL2 = 0.95, usableL3 = 0.8;
/**
 * A compiler that is left no spare register puts an accumulator on the stack, in the middle of its chain; not where an operand in memory needs no
 * register: of 565 such kernels of ten networks gcc's hot loop used no stack in 462, and few places in most of the others.
 */
const spills = (live: number, target: Target): boolean => live >= target.registers && target.memoryOperands !== true;

/** An operand of one step of a stage: how many of it the unrolled loops tell apart, and whether they are vectors. */
export interface Operand { readonly reads: number; readonly isVector: boolean }

/** Loads of one step of `tile` results. A vector that only two results want becomes an operand in memory of each. */
const loadsOfStep = (tile: number, operands: readonly Operand[], target: Target): number =>
  operands.reduce((total, { reads, isVector }) => total + (target.memoryOperands === true && isVector && tile <= 2 * reads ? tile : reads), 0);

/** A window's pixels share what they load while it lives beside their sums. */
const windowCycles = (results: number, target: Target): number => 4 * Math.max(0, 2 * results - target.registers);

const product = (loops: readonly LoopAround[]): number => loops.reduce((total, { extent }) => total * extent, 1);

/** Adds what one stage costs over the whole kernel. */
const addStage = (stage: OutlinedStage, target: Target, totals: Totals): void => {
  const { around, own, reads, inRegisters } = stage, loops = [...around, ...own];
  const lanes = own.findIndex(({ as }) => as === 'vectorized'), lanesLoop = own[lanes], placeOfLanes = around.length + lanes;
  const unrolled = own.filter(({ as }) => as === 'unrolled');
  const tile = product(unrolled), iterations = product(loops.filter((loop) => loop !== lanesLoop)) / tile;
  // distinct loads of one step: those that the unrolled loops change
  const perStep = reads.map(({ steps }) => own.reduce((total, { as, extent }, i) => (as === 'unrolled' && steps[around.length + i] !== null ? total * extent : total), 1));
  const fromMemory = [...reads.keys()].filter((i) => !reads[i]!.inRegister);
  const loads = loadsOfStep(tile, fromMemory.map((i) => ({ reads: perStep[i]!, isVector: lanesLoop !== undefined && reads[i]!.steps[placeOfLanes] !== null })), target);
  totals.unrolled += tile * (1 + reads.length);
  totals.computed = Math.max(totals.computed, tile);
  if (isWrittenOut(stage)) {
    // no sum lives on from one iteration to the next; results that find no register go through the stack once
    const results = product(unrolled.filter((loop) => !loop.reduces));
    totals.multiplyAdd += iterations * tile * (stage.density ?? 1) / target.fmaPerCycle;
    totals.overhead += iterations * (loads / tile * results + 2 * Math.max(0, results - target.registers)) / target.loadsPerCycle;
    if (stage.density === null) totals.overhead += iterations * windowCycles(results, target);
  } else if (stage.reduces) {
    const scalarPenalty = lanesLoop ? 1 : 2;
    const multiplyAdd = tile / target.fmaPerCycle, load = loads / target.loadsPerCycle, latency = inRegisters ? target.fmaLatency : target.fmaLatency + latencyInMemory;
    totals.multiplyAdd += iterations * multiplyAdd * scalarPenalty;
    totals.load += iterations * Math.max(0, load - multiplyAdd) * scalarPenalty;
    totals.latency += iterations * Math.max(0, latency - Math.max(multiplyAdd, load));
    // the loop's own counter and branch, and what keeping the accumulators elsewhere than in registers costs
    totals.overhead += iterations * (inRegisters ? loopCycles : cyclesInMemory(stage.scratch, target) * tile);
    totals.overhead += iterations * stage.operations / target.fmaPerCycle;
    const smallest = Math.min(tile, ...fromMemory.map((i) => perStep[i]!));
    const live = inRegisters ? tile + smallest + 1 : 0;
    if (spills(live, target)) totals.overhead += iterations * spillCycles;
    if (live > totals.live) { totals.live = live; totals.accumulators = tile; totals.loadsPerMultiplyAdd = loads / Math.max(1, tile); }
  } else {
    const gathered = lanesLoop ? reads.reduce((total, { steps }) => total + lanesApart(steps[placeOfLanes] ?? 0, lanesLoop.extent), 0) : 0;
    totals.overhead += iterations * (tile * (1 + gathered + stage.operations * functionCycles) + loads / target.loadsPerCycle);
  }
  const traffic = trafficOf(fromMemory.map((i) => reads[i]!), loops);
  totals.l2 += traffic(target.caches.l1 * usableL1);
  totals.l3 += traffic(target.caches.l2 * usableL2);
  totals.memory += traffic(target.caches.l3 * usableL3);
};

/**
 * Instructions of a vector whose lanes are so far apart: up to four elements as many loads and one merge fewer (decision 227), beyond them one by one;
 * below a guard that a lane needs, where they are so too, it says too little.
 */
const lanesApart = (step: number, lanes: number): number => (step <= 1 ? 0 : step <= 4 ? 2 * step - 1 : lanes);

/** Cycles of one step of `sums` sums in registers, as `addStage` counts them, but for what formulas between its operands cost; infinite where the draft refuses so many. */
export const leastCycles = (sums: number, operands: readonly Operand[], target: Target): number => {
  const live = sums + Math.min(sums, ...operands.map(({ reads }) => reads)) + 1;
  if (live > target.registers) return Infinity;
  return Math.max(sums / target.fmaPerCycle, loadsOfStep(sums, operands, target) / target.loadsPerCycle, target.fmaLatency) + loopCycles + (spills(live, target) ? spillCycles : 0);
};

/** Cycles of a sum of `terms` that is written out for each of `sums` results, as `addStage` counts them. */
export const leastWrittenOut = (sums: number, terms: number, operands: readonly Operand[], target: Target): number =>
  sums * terms / target.fmaPerCycle + (loadsOfStep(sums, operands, target) + 2 * Math.max(0, sums - target.registers)) / target.loadsPerCycle + windowCycles(sums, target);

/**
 * Milliseconds of a kernel that takes `cycles`, as `draftPlan` counts them, and has bytes come into each cache; threads share its `parallel` iterations, where that is known.
 * A hair less, since the same numbers added in another order must not come out above the draft.
 */
export const leastMilliseconds = (cycles: number, beyond: BytesBeyond, { caches, bandwidths, clock }: Target, threads: number, parallel = threads): number => {
  const share = parallel / Math.ceil(parallel / threads);
  const cache = beyond(caches.l1 * usableL1) / bandwidths.l2 + beyond(caches.l2 * usableL2) / bandwidths.l3;
  const memory = beyond(caches.l3 * usableL3) / (bandwidths.memory * Math.min(threads, 2));
  return secondsOf(cycles / clock / share, cache / share, memory) * 1e3 * (1 - 1e-9);
};

/** Seconds of a kernel whose arithmetic and bytes overlap, but for two fifths of the shorter. */
const secondsOf = (compute: number, cache: number, memory: number): number => Math.max(compute, cache, memory) + 0.4 * Math.min(compute, cache + memory) + 3e-7;

/** Drafts a plan for one target and number of threads. */
export const draftPlan = (plan: Plan, target: Target, threads: number): Draft => draftKernels(outlineOf(plan), target, threads);

/** Drafts kernels that run one after the other. */
export const draftKernels = (kernels: readonly OutlinedKernel[], target: Target, threads: number): Draft => {
  const totals: Totals = { multiplyAdd: 0, load: 0, latency: 0, overhead: 0, l2: 0, l3: 0, memory: 0, accumulators: 0, live: 0, loadsPerMultiplyAdd: 0, unrolled: 0, computed: 1 };
  let scratch = 0, seconds = 0, parallelIterations = Infinity, waste = 1;
  for (const { stages, parallel } of kernels) {
    const before = { ...totals };
    for (const stage of stages) {
      scratch += stage.scratch;
      addStage(stage, target, totals);
    }
    const kernelWaste = (Math.ceil(parallel / threads) * threads) / parallel;
    const share = threads / kernelWaste;
    const spent = (name: keyof Totals): number => totals[name] - before[name];
    const compute = (spent('multiplyAdd') + spent('load') + spent('latency') + spent('overhead')) / target.clock / share;
    const cache = spent('l2') / target.bandwidths.l2 / share + spent('l3') / target.bandwidths.l3 / share;
    const memory = spent('memory') / (target.bandwidths.memory * Math.min(threads, 2));
    seconds += secondsOf(compute, cache, memory);
    parallelIterations = Math.min(parallelIterations, parallel);
    waste = Math.max(waste, kernelWaste);
  }
  const milliseconds = seconds * 1e3;
  const values: Record<(typeof featureNames)[number], number> = {
    milliseconds,
    multiplyAddCycles: totals.multiplyAdd,
    loadCycles: totals.load,
    latencyCycles: totals.latency,
    overheadCycles: totals.overhead,
    bytesFromL2: totals.l2,
    bytesFromL3: totals.l3,
    bytesFromMemory: totals.memory,
    accumulators: totals.accumulators,
    liveRegisters: totals.live,
    loadsPerMultiplyAdd: totals.loadsPerMultiplyAdd,
    unrolledStatements: totals.unrolled,
    parallelIterations,
    parallelWaste: waste,
    scratchBytes: scratch,
    pointsComputedPerPoint: totals.computed,
  };
  const features = new Float64Array(featureNames.length);
  featureNames.forEach((name, i) => { features[i] = Math.log2(1 + values[name]); });
  return { milliseconds, refused: refusal(totals, scratch, target), features };
};

/** What of a kernel's scratch is worth a draft, as a multiple of L2. */
const mostScratch = 4;

const refusal = (totals: Totals, scratch: number, target: Target): string | null => {
  if (totals.live > target.registers) return `${totals.live} live registers of ${target.registers}`;
  // what leaves the cache costs its traffic, drafted above: Winograd's 652 KB of 16 tiles of 256 channels beat 330 KB of 8 in an L2 of 512 KB
  if (scratch > mostScratch * target.caches.l2) return `${Math.ceil(scratch / 1024)} KB of scratch in an L2 of ${target.caches.l2 / 1024} KB`;
  if (totals.unrolled > 4000) return `${totals.unrolled} unrolled statements; a kernel of that size costs more to build and fetch than it gains`;
  return null;
};
