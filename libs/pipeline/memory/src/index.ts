/** Channels within one process: for specs, and for what needs no broker. */
export { memoryTransport } from './transport.js';
