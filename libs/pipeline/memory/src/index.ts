/** Channels within one process: for specs, and for what needs no broker. */
export { memoryTopic, type MemoryTopic } from './channel.js';
export { memoryTransport } from './transport.js';
