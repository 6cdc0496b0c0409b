/** Apache Kafka as a transport: the only library that loads kafkajs. */
export { connectKafka, type Connection } from './connection.js';
export { kafkaFailure } from './failures.js';
export type { ChannelOptions, KafkaChannel } from './channel.js';
export type { ClientLog, KafkaConfig } from './client.js';
export type { Lane, OutgoingMessage } from './lane.js';
export type { Tail, TailMessage } from './tail.js';
export type { TopicSettings } from './topics.js';
export { openKafkaTransport, type KafkaTransportOptions } from './transport.js';
