/** What workers say to each other: messages, their shapes and topics, and the store for what is too large for a message. */
export * from './messages.js';
export { decode, encode } from './codec.js';
export { fullName, topics, topicNames, type Messages, type TopicName } from './topics.js';
export { openArtifactStore, type ArtifactStore } from './artifact-store.js';
export { kernelText, readKernel, readTask, readTasks, taskText, tasksText } from './task.js';
export type { Followed, Outgoing, Transport } from './transport.js';
