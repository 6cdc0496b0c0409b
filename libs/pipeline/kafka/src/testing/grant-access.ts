/** What users of a broker with access lists may do, for brokers that a test has started. Takes no right away. */
import kafkajs from 'kafkajs';
import { createClient, type KafkaConfig } from '../client.js';

const { AclOperationTypes: may, AclPermissionTypes: permission, AclResourceTypes: resource, ResourcePatternTypes: pattern } = kafkajs;

export interface Access {
  readonly user: string;
  /** Topics whose names begin so may be read, written, described and made. */
  readonly topics: string;
  /** Of these may not be written. */
  readonly unwritable?: true;
  /** Groups whose names begin so may be joined; none when absent. */
  readonly groups?: string;
}

/** `config` logs in as the admin. Throws what the client throws. */
export const grantAccess = async (config: KafkaConfig, given: readonly Access[]): Promise<void> => {
  const client = createClient(config, () => undefined, false), admin = client.kafka.admin();
  const acl = (user: string, resourceType: kafkajs.AclResourceTypes, resourceName: string) => (operation: kafkajs.AclOperationTypes) =>
    ({ resourceType, resourceName, resourcePatternType: pattern.PREFIXED, principal: `User:${user}`, host: '*', operation, permissionType: permission.ALLOW });
  try {
    await admin.connect();
    const rights = given.flatMap(({ user, topics, unwritable, groups }) => [
      ...[may.READ, ...(unwritable ? [] : [may.WRITE]), may.DESCRIBE, may.CREATE].map(acl(user, resource.TOPIC, topics)),
      ...(groups === undefined ? [] : [may.READ].map(acl(user, resource.GROUP, groups))),
    ]);
    await admin.createAcls({ acl: rights });
    // the controller has them now, and a broker a moment later: it lists what it acts on
    const inForce = async (): Promise<number> => {
      const { resources } = await admin.describeAcls({ resourceType: resource.ANY, resourcePatternType: pattern.ANY, operation: may.ANY, permissionType: permission.ANY });
      return resources.reduce((count, { acls }) => count + acls.length, 0);
    };
    while (await inForce() < rights.length) await new Promise((resolve) => { setTimeout(resolve, 20); });
  } finally {
    await admin.disconnect();
    client.close();
  }
};
