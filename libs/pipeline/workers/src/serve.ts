/**
 * One stage between two topics: receive, work, keep the answer, send it, acknowledge, in this order. Work is done on one message
 * at a time; the answers of those before are kept and sent meanwhile, together while others wait for their turn. What was answered
 * before is not worked on again, whoever answered. Work that fails here is delivered again; after a few tries it becomes a dead
 * letter and one last answer that says so. Knows no stage.
 */
import type { Delivery } from '@loopsmith/contracts';
import { FailureError, oneAtATime, type Failure } from '@loopsmith/util';
import type { Messages, Outgoing, StageName, TopicName, Transport } from '@loopsmith/wire';
import { deadLetter, failureOf, givenUp, TRIES } from './giving-up.js';
import type { Log } from './log.js';
import type { Outbox } from './outbox.js';

export interface ServeOptions<K extends TopicName> {
  readonly stage: StageName;
  readonly transport: Transport;
  readonly outbox: Outbox;
  readonly topic: K;
  /** Where answers go: read by this worker too, to know what is done. */
  readonly answers: TopicName;
  /** Messages that are here and not acknowledged, at most: one in work, the others before or after it. */
  readonly places: number;
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

/** What becomes of a delivery: answered with messages, settled without any (it is answered already, or asks for nothing), or passed on to whoever gets it next. */
type Answer = { readonly is: 'messages'; readonly messages: readonly Outgoing[] } | { readonly is: 'settled' } | { readonly is: 'passed-on' };
const settled: Answer = { is: 'settled' }, passedOn: Answer = { is: 'passed-on' };

/** How long an answer waits, at most, for those of the messages that are here too: one sync and one batch for all of them. */
const TOGETHER_MS = 30;

export interface Served { /** Finishes what is in work, then takes no more; what still waits for its turn is left to others. */ close(): Promise<void> }

export const serve = async <K extends TopicName>(options: ServeOptions<K>): Promise<Served> => {
  const { stage, transport, outbox, topic, answers, places, worker, log, idOf, jobOf, work, giveUp, counted, time } = options;
  const answered = new Set<string>();
  const following = await transport.follow(
    [answers],
    ({ message }) => {
      answered.add('id' in message && message.id !== null ? message.id : 'job' in message ? message.job : '');
    },
    { unhurried: true },
  );
  await following.caughtUp();
  /** Those of which the answers that others gave before are known. */
  const known = new WeakSet<object>();

  let turns = 0, idle = (): void => undefined, gathering: Promise<void> | null = null;
  /** Resolves when no message waits for its turn any more, or after a while. */
  const company = (): Promise<void> => gathering ??= new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, turns > 0 ? TOGETHER_MS : 0);
    idle = () => { clearTimeout(timer); setImmediate(resolve); };
  }).finally(() => { gathering = null; });
  const tell = async (id: string, messages: readonly Outgoing[]): Promise<void> => {
    await outbox.done(id, messages, company());
    await transport.send(messages);
    outbox.sent(id);
  };
  const dead = (id: string | null, text: string, attempts: number, reason: Failure): Outgoing => deadLetter({ topic, id, worker, attempts, reason, text, time: time() });
  let closing = false;
  const queue = oneAtATime();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    turns++;
    return queue(run).finally(() => { if (--turns === 0) idle(); });
  };
  /** `begin` counts a try. */
  const answerTo = async ({ value: message, revoked, tenure }: Delivery<Messages[K]>, begin: () => number): Promise<Answer> => {
    if (closing || revoked.aborted) return passedOn;
    const id = idOf(message), before = outbox.find(id);
    if (before) {
      counted('repeated');
      if (before.sent) return settled;
      begin();
      return { is: 'messages', messages: before.messages };
    }
    // another worker may have answered and died before it could say that it did; to ask the brokers costs more than most messages
    if (!known.has(tenure)) {
      await following.caughtUp();
      known.add(tenure);
    }
    if (answered.has(id)) { counted('repeated'); return settled; }
    const attempts = begin();
    if (attempts > TRIES)
      throw new FailureError({
        code: 'infrastructure',
        stage,
        message: `the worker ended ${attempts - 1} times in the middle of this; look at its log for why`,
      });
    const messages = await work(message, revoked);
    if (messages === null) {
      // nothing will be told of it: what is done is no try, however often it comes
      outbox.sent(id);
      return settled;
    }
    counted('answered');
    return { is: 'messages', messages };
  };
  /** True when the delivery is settled, false when it is to come again. */
  const take = async (delivery: Delivery<Messages[K]>): Promise<boolean> => {
    const { value: message, revoked } = delivery, id = idOf(message), fields = { stage, job: jobOf(message), request: id };
    let attempts = 0, failure: Failure;
    try {
      const answer = await inTurn(() => answerTo(delivery, () => attempts = outbox.begin(id)));
      if (answer.is === 'messages') await tell(id, answer.messages);
      return answer.is !== 'passed-on';
    } catch (error) {
      // the brokers could not be asked what is done
      if (attempts === 0) throw error;
      failure = failureOf(error, stage);
    }
    if (revoked.aborted) return false;
    counted('failed');
    log('warn', `${failure.message} (try ${Math.min(attempts, TRIES)} of ${TRIES})`, fields);
    if (attempts < TRIES) return false;
    const end = givenUp(failure, stage, worker);
    await tell(id, [dead(id, JSON.stringify(message), attempts, end), ...giveUp(message, end)]);
    counted('dead');
    log('error', `given up: ${end.message}`, fields);
    return true;
  };

  for (const id of outbox.unsent()) {
    try {
      if (!answered.has(id)) await transport.send(outbox.find(id)!.messages);
      outbox.sent(id);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      // its request comes again, and its tries are counted
      log('warn', error.message, { stage, request: id });
    }
  }
  const channel = transport.receive(topic, {
    group: stage, concurrency: places,
    onUnreadable: async (text, failure) => {
      log('error', failure.message, { stage });
      counted('dead');
      await transport.send([dead(null, text, 1, failure)]);
    },
  });
  const subscription = channel.deliveries$.subscribe((delivery) => {
    take(delivery).then((settled) => { if (settled) delivery.ack(); else delivery.nack('to be tried again'); }, (error: unknown) => {
      log('error', `this could not be asked or told: ${error instanceof Error ? error.message : String(error)}`, {
        stage,
        job: jobOf(delivery.value),
        request: idOf(delivery.value),
      });
      delivery.nack(error);
    });
  });
  return {
    close: async () => {
      closing = true;
      await channel.close();
      subscription.unsubscribe();
      await following.close();
    },
  };
};
