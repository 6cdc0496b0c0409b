/** Every interface that plugins, stages and apps share, with its symbol. */
export * from './target.js';
export * from './task.js';
export * from './place-failures.js';
export * from './space.js';
export * from './search.js';
export * from './session.js';
export * from './requirement.js';
export * from './hardware.js';
export * from './frontend.js';
export * from './records.js';
export * from './channel.js';
export * from './events.js';
