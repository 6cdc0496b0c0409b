/** What specs hold the forms against: definitions to try, programs run by plain arithmetic, and programs and graphs read from their texts. Nothing that ships needs it. */
export * from './definitions.js';
export { interpret } from './interpret.js';
export { parseGraph } from './parse-graph.js';
export { parseProgram } from './parse-program.js';
