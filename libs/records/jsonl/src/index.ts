/** Plugin: records as JSON lines. The default export is its module. */
export { default } from './jsonl.module.js';
export { jsonlRecords } from './store.js';
