/**
 * The forms of a program: index, tensor (definition), schedule and plan, loops (program), graph and network. Build, print, verify; definitions and
 * schedules are parsed, definitions evaluated. Specs read and run the others by `./testing`.
 */
export * from './dtype.js';
export {
  add, alone, atomText, coefficientOf, constant, decideGuard, floorDivide, gathers, gcd, indexText, indirect, isConstant, loopVariable, modulo, negated, onlyVariable, plus,
  rangeOf, replaceGathers, sameIndex, scale, substitute, subtract, sum, tightened, variable, variablesOf, visitGathers, visitVariables, zero,
} from './index/index-expression.js';
export type { Atom, Guard, Index, LoopVariable } from './index/index-expression.js';
export { guardedRanges, type GuardedRanges } from './index/guarded-range.js';
export * from './tensor/tensor.js';
export { binaryOperators, mapOperation, unaryOperators } from './tensor/operation.js';
export type { BinaryOperator, Comparison, UnaryOperator } from './tensor/operation.js';
export { printDefinition, stageText } from './tensor/text.js';
export { parseDefinition } from './tensor/parse.js';
export { parseWorkload } from './tensor/parse-workload.js';
export { evaluate, evaluateAt } from './tensor/evaluate.js';
export { isWidening, operatorOfReduction } from './tensor/arithmetic.js';
export { compileTimeValues, partFor } from './tensor/compile-time.js';
export { verifyDefinition } from './tensor/verify.js';
export { canonicalDefinition, withoutSlice, workloadText } from './tensor/canonical.js';
export { bytesMoved, flopsOf } from './tensor/work.js';
export * as build from './tensor/build.js';
export { bytesOfData, dataOnDemand, fromNumbers, halfToNumber, roundTo, toNumbers, type NumericArray, type TensorData } from './tensor/data.js';
export { addressOf, blockedLayout, firstPlace, impliedSize, layoutFault, layoutSize, layoutText, pack, plainLayout, unpack, type Layout, type LayoutDim } from './tensor/layout.js';
export type { HardwareIndex, LayoutDimText, Schedule, Scope, Step, StepOf } from './schedule/step.js';
export type { LoopKind, Plan, PlannedLoop, PlannedStage } from './schedule/plan.js';
export * from './schedule/text.js';
export * from './loops/program.js';
export { loopKindText, printKernel, printProgram } from './loops/text.js';
export { dimensions, divergence, isBound, launchExtent, launchOf } from './loops/hardware.js';
export { sharedHazards, type Hazard, type Position } from './loops/barriers.js';
export { verifyProgram } from './loops/verify.js';
export * from './graph/graph.js';
export * from './graph/network.js';
export { constantBytes } from './graph/constant-bytes.js';
export { bufferOf, sliceBegin } from './graph/slices.js';
export { verifyGraph, verifyNetwork } from './graph/verify.js';
export { callLayout, joinedRows, layoutsOfCall } from './graph/call-layout.js';
export { memoryFaults } from './graph/in-place.js';
export { axisNames } from './graph/axis-names.js';
export { printGraph, printNetwork } from './graph/text.js';
export { numberText } from './text/tokens.js';
