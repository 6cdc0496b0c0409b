/** What becomes of a message whose work fails on a worker again and again: the failure in words, the dead letter. Counts no tries and sends nothing. */
import { FailureError, type Failure } from '@loopsmith/util';
import type { DeadLetter, Outgoing, StageName, TopicName } from '@loopsmith/wire';

/** Tries on one worker before a message is given up. */
export const TRIES = 3;

/** An error that is no failure of the work itself is the infrastructure's, or that of a plugin; its stack is the text. */
export const failureOf = (error: unknown, stage: StageName): Failure => {
  if (error instanceof FailureError) return error.failure;
  if (!(error instanceof Error)) return { code: 'infrastructure', stage, message: String(error) };
  return { code: 'infrastructure', stage, message: error.message, ...(error.stack === undefined ? {} : { text: error.stack }) };
};

/** The last word on it: of the stage, the worker, and why. */
export const givenUp = (failure: Failure, stage: StageName, worker: string): Failure =>
  ({ ...failure, code: 'infrastructure', message: `${stage} failed ${TRIES} times on ${worker}: ${failure.message}` });

/** `text`: the message as it came; shortened, for a letter has to fit into the log too. */
export const deadLetter = (letter: Omit<DeadLetter, 'v'> & { readonly topic: TopicName }): Outgoing => ({ topic: 'dead-letters', message: { v: 1, ...letter, text: letter.text.slice(0, 100_000) } });
