/**
 * TensorFlow.js on its plain JavaScript backend, loaded when a network is first taught: that takes longer than most commands do.
 * No other backend is offered: this one computes the same bits wherever JavaScript runs. Knows no model.
 */
import { createRequire } from 'node:module';
import { refuse } from '@loopsmith/util';
import type * as CpuBackend from '@tensorflow/tfjs-backend-cpu';
import type * as Tfjs from '@tensorflow/tfjs-core';

export type Tf = typeof Tfjs;

let loaded: Tf | undefined;

/** Refuses where it is not installed. */
export const tfjs = (): Tf => {
  if (loaded) return loaded;
  // fits are synchronous, so loading has to be
  const require = createRequire(import.meta.url), load = <T>(name: string): T => require(name) as T;
  try {
    const core = load<Tf>('@tensorflow/tfjs-core');
    // before the backend, which else greets on the console
    core.enableProdMode();
    load<typeof CpuBackend>('@tensorflow/tfjs-backend-cpu');
    return (loaded = core);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    return refuse({
      code: 'tfjs-missing',
      stage: 'fit',
      message:
        'the cost model neural needs TensorFlow.js, which is not installed with Loopsmith; add it with `npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0`, or take another --model',
    });
  }
};
