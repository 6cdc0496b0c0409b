export * from './loops/expand.js';
