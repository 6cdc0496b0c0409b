/** Channel: how a stage that runs as a worker receives and sends. In one process the stages are connected directly instead. */
import type { Observable } from 'rxjs';

export interface Delivery<T> {
  readonly value: T;
  /** The work is done and its results are sent. */
  ack(): void;
  /** The work could not be done here; the value is delivered again, elsewhere if possible. */
  nack(reason: unknown): void;
}
export interface Channel<T> {
  readonly deliveries$: Observable<Delivery<T>>;
  send(value: T): Promise<void>;
}
