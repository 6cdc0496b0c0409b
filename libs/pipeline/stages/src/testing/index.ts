/** What specs of other libraries use of this one's tests: hardware, records and clock that are not real. */
export * from './fake-hardware.js';
export * from './memory-records.js';
export * from './tune-once.js';
