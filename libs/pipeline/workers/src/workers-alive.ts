/** Who is there: the last word of every worker, as long as it is fresh. By the broker's clock: those of workers and of this process may be wrong. */
import type { Presence, Transport } from '@loopsmith/wire';

/** How often a worker says that it is there. */
export const PRESENCE_MS = 3000;
/** One that was silent for five times as long is gone. */
const FRESH_MS = 5 * PRESENCE_MS;
/** For so long a worker that is there is not silent, on a machine that is busy. */
const LISTEN_MS = PRESENCE_MS + 1000;

export interface WorkersAlive { list(): readonly Presence[]; close(): Promise<void> }

/** `now`: of this process. Where by that clock everyone who has not said good-bye is long gone, it listens for some seconds before it believes so. */
export const followWorkers = async (transport: Transport, now: () => number, listenMs = LISTEN_MS): Promise<WorkersAlive> => {
  const last = new Map<string, { readonly presence: Presence; readonly at: number }>();
  let listening = false, heard = (): void => undefined;
  /** How far the broker's clock is ahead of this one, as far as that is known: a message is from its past, and one that comes now is from its present. */
  let ahead = -Infinity;
  const following = await transport.follow(['workers'], ({ topic, message, at }) => {
    if (topic !== 'workers') return;
    if ((last.get(message.worker)?.at ?? 0) <= at) last.set(message.worker, { presence: message, at });
    if (!listening && at <= now()) return;
    ahead = Math.max(ahead, at - now());
    heard();
  });
  await following.caughtUp();
  listening = true;
  const list = (): readonly Presence[] => {
    const brokerNow = now() + (ahead === -Infinity ? 0 : ahead);
    return [...last.values()].flatMap(({ presence, at }) => (!presence.leaving && brokerNow - at < FRESH_MS ? [presence] : []));
  };
  if (list().length === 0 && [...last.values()].some(({ presence }) => !presence.leaving)) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, listenMs);
      heard = () => { clearTimeout(timer); resolve(); };
    });
  }
  return { list, close: () => following.close() };
};
