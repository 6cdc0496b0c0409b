/** The first stage: a network to its tasks. What a task is stands in `extract-tasks`; this only makes a stage of it. */
import type { ExtractedTask } from '@loopsmith/contracts';
import type { Network } from '@loopsmith/ir';
import { map } from 'rxjs';
import { extractTasks, type ExtractOptions } from './extract-tasks.js';
import type { Stage } from './stage.js';

export const extract = (options: ExtractOptions): Stage<Network, readonly ExtractedTask[]> => map((network) => extractTasks(network, options));
