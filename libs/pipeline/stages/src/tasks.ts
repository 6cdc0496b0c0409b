/** The way from a network to its tasks, by itself: who only looks at a model loads no stages for it. */
export { extractTasks, taskKey } from './extract-tasks.js';
export { networkOptions } from './network-options.js';
