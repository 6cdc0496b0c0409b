/** Apache Kafka brokers on this machine. Loads no Kafka client. */
export { fetchArtifacts, kafkaVersion, type ArtifactOptions, type KafkaArtifacts } from './artifacts.js';
export { brokerProperties, type BrokerOptions, type BrokerPlace, type BrokerSecurity, type User } from './properties.js';
export { startBroker, type Broker } from './start-broker.js';
export { freePorts } from './ports.js';
export { clusterConfiguration, startCluster, type Cluster, type ClusterOptions } from './start-cluster.js';
export { answers } from './ready.js';
