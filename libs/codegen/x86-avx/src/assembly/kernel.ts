/**
 * A kernel as assembly for the assembler that comes with the compiler: what a search compiles is mostly straight arithmetic on floats whose registers the
 * schedule has counted, and a compiler of C takes a hundred times as long for it. Null for whatever it has no words for, which C says.
 */
import type { Assembly } from '@loopsmith/codegen-c-family';
import type { Target } from '@loopsmith/contracts';
import { stepsOf } from './statements.js';
import { functionText } from './text.js';
import { Unwritten } from './unwritten.js';

export const assemblyFor = (core: Pick<Target, 'vectorBytes' | 'registers'>): Assembly => (request) => {
  try {
    const steps = stepsOf(request, core.vectorBytes === 64);
    return functionText(steps, request, { count: core.registers, bytes: core.vectorBytes });
  } catch (error) {
    if (error instanceof Unwritten) return null;
    throw error;
  }
};
