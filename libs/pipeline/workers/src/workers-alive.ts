/** Who is there: the last word of every worker, as long as it is fresh. */
import type { Presence, Transport } from '@loopsmith/wire';

/** A worker speaks every three seconds; one that was silent for five times as long is gone. */
const FRESH_MS = 15_000;

export interface WorkersAlive { list(): readonly Presence[]; close(): Promise<void> }

export const followWorkers = async (transport: Transport, now: () => number): Promise<WorkersAlive> => {
  const last = new Map<string, Presence>();
  const following = await transport.follow(['workers'], ({ topic, message }) => {
    if (topic === 'workers' && (last.get(message.worker)?.at ?? 0) <= message.at) last.set(message.worker, message);
  });
  await following.caughtUp();
  return { list: () => [...last.values()].filter(({ at, leaving }) => !leaving && now() - at < FRESH_MS), close: () => following.close() };
};
