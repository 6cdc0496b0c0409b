/** What workers say to each other: messages, their shapes and topics, and the store for what is too large for a message. */
export * from './messages.js';
export { decode, encode, largestMessage } from './codec.js';
export { fullName, topics, topicNames, topicTable, wireVersion, type Messages, type Topic, type TopicName } from './topics.js';
export { openArtifactStore, type ArtifactStore } from './artifact-store.js';
export { kernelText, readKernel, readTask, readTasks, taskText, tasksText, type WireExtractedTask, type WireKernel, type WireTask } from './task.js';
export type { Followed, Following, Outgoing, ReceiveOptions, Transport } from './transport.js';
