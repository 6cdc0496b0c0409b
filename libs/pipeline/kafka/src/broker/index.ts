/** Apache Kafka brokers on this machine. Loads no Kafka client. */
export { fetchArtifacts } from './artifacts.js';
export { freePorts } from './ports.js';
export { clusterConfiguration, startCluster, type Cluster, type ClusterOptions } from './start-cluster.js';
