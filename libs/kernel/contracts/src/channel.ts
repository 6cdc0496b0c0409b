/** Channel: how a stage that runs as a worker receives and sends. In one process the stages are connected directly instead. */
import type { Observable } from 'rxjs';

export interface Delivery<T> {
  readonly value: T;
  /** The work is done and its results are sent. */
  ack(): void;
  /** The work could not be done here; the value is delivered again, elsewhere if possible. */
  nack(reason: unknown): void;
  /** Aborted when the value was given to another receiver meanwhile: whatever is made of it here may be made elsewhere too. */
  readonly revoked: AbortSignal;
  /** The same object as long as nobody else can have been given what comes from where this came from. With another one, others may have worked on what comes. */
  readonly tenure: object;
}
/** Delivers at least once; values of one key in the order they were sent, as long as each is acknowledged. */
export interface Channel<T> {
  /** Begins to receive when subscribed to, once. */
  readonly deliveries$: Observable<Delivery<T>>;
  /** Resolves when the value cannot be lost any more. */
  send(value: T): Promise<void>;
  /** Takes no more deliveries, waits until those in work are settled, and lets go. */
  close(): Promise<void>;
}
