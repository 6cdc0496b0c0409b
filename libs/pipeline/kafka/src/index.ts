/** Apache Kafka as a transport: the only library that loads kafkajs. */
export { connectKafka, type Connection } from './connection.js';
export type { KafkaChannel } from './channel.js';
export type { KafkaConfig } from './client.js';
export type { Tail } from './tail.js';
export type { TopicSettings } from './topics.js';
export { openKafkaTransport } from './transport.js';
