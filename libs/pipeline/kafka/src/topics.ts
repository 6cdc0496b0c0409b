/** Topics made when they are missing, never changed when they are there: partitions of a topic in use must not change, for keys lead to them. */
import type { Admin } from 'kafkajs';

export interface TopicSettings {
  /** Without the prefix. */
  readonly name: string;
  readonly partitions: number;
  /** Milliseconds; -1 keeps for ever. */
  readonly retentionMs: number;
}

/** `replication` -1 takes the cluster's own. Resolves when every partition has a leader. */
export const ensureTopics = async (admin: Admin, topics: readonly TopicSettings[], replication = -1): Promise<void> => {
  const there = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !there.has(name));
  if (missing.length > 0)
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map(({ name, partitions, retentionMs }) => ({
        topic: name, numPartitions: partitions, replicationFactor: replication,
        // times are the broker's: the clocks of those who send are their own
        configEntries: [{ name: 'retention.ms', value: String(retentionMs) }, { name: 'message.timestamp.type', value: 'LogAppendTime' }],
      })),
    });
  await untilLed(admin, topics.map(({ name }) => name));
};

const untilLed = async (admin: Admin, topics: readonly string[]): Promise<void> => {
  for (let tries = 0; ; tries++) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [...topics] });
      if (found.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      const { type } = error as { readonly type?: string };
      if (tries > 500 || (type !== 'UNKNOWN_TOPIC_OR_PARTITION' && type !== 'LEADER_NOT_AVAILABLE')) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
};
