/**
 * Who gets which partition when members come and go: what a member works on stays with it, then what it had, then balance. So a
 * job that runs is not given to a second worker because a third one joined. Decides in the group's leader, from what each member says.
 */
import kafkajs, { type PartitionAssigner } from 'kafkajs';

/** What this member has and is busy with, as `topic:partition`, what it began with first; the channel keeps it up to date. */
export interface Holdings { readonly owned: ReadonlySet<string>; readonly busy: ReadonlySet<string> }

const NAME = 'LoopsmithSticky';

export const stickyAssigner = (holdings: () => Holdings): PartitionAssigner => ({ cluster }) => ({
  name: NAME, version: 1,
  protocol: ({ topics }) => {
    const { owned, busy } = holdings();
    return {
      name: NAME,
      metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
        version: 1,
        topics,
        userData: Buffer.from(JSON.stringify({ owned: [...owned], busy: [...busy] })),
      }),
    };
  },
  assign: async ({ members, topics }) => {
    const partitions = topics.flatMap((topic) => cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => `${topic}:${partitionId}`)).sort();
    const claims = members.map(({ memberId, memberMetadata }) => ({ id: memberId, ...claimOf(memberMetadata) }));
    return [...share(partitions, claims)].map(([memberId, shared]) => {
      const assignment: Record<string, number[]> = {};
      for (const one of shared) {
        const colon = one.lastIndexOf(':');
        (assignment[one.slice(0, colon)] ??= []).push(Number(one.slice(colon + 1)));
      }
      return { memberId, memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) }) };
    });
  },
});

interface Claim { readonly owned: readonly string[]; readonly busy: readonly string[] }

const claimOf = (metadata: Buffer): Claim => {
  try {
    const said = JSON.parse((kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.userData ?? Buffer.from('{}')).toString()) as Partial<Claim>;
    return { owned: said.owned ?? [], busy: said.busy ?? [] };
  } catch {
    return { owned: [], busy: [] };
  }
};

/** Every partition to exactly one member, the numbers apart by one at most. Pure; the same for the same claims. */
export const share = (partitions: readonly string[], claims: readonly (Claim & { readonly id: string })[]): ReadonlyMap<string, readonly string[]> => {
  const free = new Set(partitions), shares = new Map<string, string[]>();
  const least = Math.floor(partitions.length / claims.length);
  let extra = partitions.length % claims.length;
  const ordered = [...claims].sort((a, b) => b.busy.length - a.busy.length || b.owned.length - a.owned.length || (a.id < b.id ? -1 : 1));
  for (const { id, owned, busy } of ordered) {
    // what is waited for longest is in work or nearly, and kept before what only waits
    const claimed = [...new Set([...busy, ...owned.toSorted()])].filter((one) => free.has(one));
    const limit = claimed.length > least && extra > 0 ? (extra--, least + 1) : least;
    const kept = claimed.slice(0, limit);
    for (const one of kept) free.delete(one);
    shares.set(id, kept);
  }
  for (const one of free) [...shares.values()].reduce((fewest, list) => (list.length < fewest.length ? list : fewest)).push(one);
  return shares;
};
