/**
 * One stage between two topics: receive, work, keep the answer, send it, acknowledge, in this order. What was answered before is
 * not worked on again, whoever answered. Work that fails here is delivered again; after a few tries it becomes a dead letter and
 * one last answer that says so. Knows no stage.
 */
import type { Delivery } from '@loopsmith/contracts';
import { FailureError, type Failure } from '@loopsmith/util';
import type { Messages, Outgoing, StageName, TopicName, Transport } from '@loopsmith/wire';
import { Subscription } from 'rxjs';
import type { Log } from './log.js';
import type { Outbox } from './outbox.js';

/** Tries on one worker before a message is given up. */
export const TRIES = 3;

export interface ServeOptions<K extends TopicName> {
  readonly stage: StageName;
  readonly transport: Transport;
  readonly outbox: Outbox;
  readonly topic: K;
  /** Where answers go: read by this worker too, to know what is done. */
  readonly answers: TopicName;
  readonly concurrency: number;
  readonly worker: string;
  readonly log: Log;
  time(): string;
  idOf(message: Messages[K]): string;
  jobOf(message: Messages[K]): string;
  /** Null: nothing to do. What it throws is a failure of the infrastructure, for a candidate's own are answers. */
  work(message: Messages[K], revoked: AbortSignal): Promise<readonly Outgoing[] | null>;
  /** The answer after the last try. */
  giveUp(message: Messages[K], failure: Failure): readonly Outgoing[];
  /** Counts for /metrics. */
  counted(what: 'answered' | 'repeated' | 'failed' | 'dead'): void;
}

export interface Served { /** Finishes what is in work, then takes no more. */ close(): Promise<void> }

export const serve = async <K extends TopicName>(options: ServeOptions<K>): Promise<Served> => {
  const { stage, transport, outbox, topic, answers, concurrency, worker, log, idOf, jobOf, work, giveUp, counted, time } = options;
  const answered = new Set<string>();
  const following = await transport.follow([answers], ({ message }) => { answered.add('id' in message && message.id !== null ? message.id : 'job' in message ? message.job : ''); }, { unhurried: true });
  await following.caughtUp();
  /** Those of which the answers that others gave before are known. */
  const known = new WeakSet<object>();

  const tell = async (id: string, messages: readonly Outgoing[]): Promise<void> => {
    outbox.done(id, messages);
    await transport.send(messages);
    outbox.sent(id);
  };
  const dead = (id: string | null, text: string, attempts: number, reason: Failure): Outgoing =>
    ({ topic: 'dead-letters', message: { v: 1, topic, id, worker, attempts, reason, text: text.slice(0, 100_000), time: time() } });
  const take = async ({ value: message, revoked, tenure }: Delivery<Messages[K]>): Promise<boolean> => {
    const id = idOf(message), fields = { stage, job: jobOf(message), request: id };
    const before = outbox.find(id);
    if (before) {
      counted('repeated');
      if (!before.sent) { await transport.send(before.messages); outbox.sent(id); }
      return true;
    }
    // another worker may have answered and died before it could say that it did; to ask the brokers costs more than most messages
    if (!known.has(tenure)) {
      await following.caughtUp();
      known.add(tenure);
    }
    if (answered.has(id)) { counted('repeated'); return true; }
    const attempts = outbox.begin(id);
    let failure: Failure;
    try {
      if (attempts > TRIES) throw new FailureError({ code: 'infrastructure', stage, message: `the worker ended ${attempts - 1} times in the middle of this; look at its log for why` });
      const messages = await work(message, revoked);
      if (messages === null) return true;
      await tell(id, messages);
      counted('answered');
      return true;
    } catch (error) {
      failure = error instanceof FailureError ? error.failure : { code: 'infrastructure', stage, message: error instanceof Error ? error.message : String(error), ...(error instanceof Error && error.stack !== undefined ? { text: error.stack } : {}) };
    }
    if (revoked.aborted) return false;
    counted('failed');
    log('warn', `${failure.message} (try ${Math.min(attempts, TRIES)} of ${TRIES})`, fields);
    if (attempts < TRIES) return false;
    const last: Failure = { ...failure, code: 'infrastructure', message: `${stage} failed ${TRIES} times on ${worker}: ${failure.message}` };
    await tell(id, [dead(id, JSON.stringify(message), attempts, last), ...giveUp(message, last)]);
    counted('dead');
    log('error', `given up: ${last.message}`, fields);
    return true;
  };

  for (const id of outbox.unsent()) {
    const kept = outbox.find(id)!;
    if (!answered.has(id)) await transport.send(kept.messages);
    outbox.sent(id);
  }
  const channel = transport.receive(topic, {
    group: stage, concurrency,
    onUnreadable: async (text, failure) => {
      log('error', failure.message, { stage });
      counted('dead');
      await transport.send([dead(null, text, 1, failure)]);
    },
  });
  const subscription = new Subscription();
  subscription.add(channel.deliveries$.subscribe((delivery) => {
    take(delivery).then((settled) => { if (settled) delivery.ack(); else delivery.nack('to be tried again'); }, (error: unknown) => {
      log('error', `an answer could not be sent: ${error instanceof Error ? error.message : String(error)}`, { stage, job: jobOf(delivery.value), request: idOf(delivery.value) });
      delivery.nack(error);
    });
  }));
  return {
    close: async () => {
      await channel.close();
      subscription.unsubscribe();
      await following.close();
    },
  };
};
