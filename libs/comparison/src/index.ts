/** Strategies and cost models compared on spaces that were measured whole: recorded spaces, searches in virtual time, statistics, plots. Measures nothing itself. */
export * from './recorded-space.js';
export * from './simulate.js';
export * from './compare.js';
export * from './ranks.js';
export * from './report.js';
export * from './drawing.js';
