/** How cold the weights of a kernel are when a network calls it, from how many there are between two calls of it. Measures nothing. */
import type { Target } from '@loopsmith/contracts';
import type { WeightTemperature } from './protocol.js';

/**
 * `memory` where the weights exceed half of L3: one run then pushes out most of what the run before left there, since
 * activations and other programs share it. `l3` otherwise: no weight of a network of several layers is still in L2.
 */
export const temperatureOf = (weightBytes: number, target: Pick<Target, 'caches'>): WeightTemperature => (weightBytes > target.caches.l3 / 2 ? 'memory' : 'l3');
