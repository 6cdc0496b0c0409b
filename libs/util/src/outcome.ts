/**
 * Failures as values. A mistake that a caller is expected to meet (an illegal schedule, a compiler error, a broken
 * model file) is an `Outcome`; a bug in Loopsmith is a thrown Error and is not described here.
 */

/** What went wrong, in words a user can act on. */
export interface Failure {
  /** Stable, kebab-case class of the failure, such as `schedule-illegal`, `build-failed` or `wrong-answer`. */
  readonly code: string;
  /** Where it happened: `import`, `graph`, `schedule`, `lower`, `build`, `measure`, `compile`, `run`, `records`. */
  readonly stage: string;
  /** One sentence that names the object, what was expected and the way out. */
  readonly message: string;
  /** The full text behind it (compiler output, stack, signal), never shortened. */
  readonly text?: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const succeed = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const fail = (failure: Failure): { readonly ok: false; readonly failure: Failure } => ({ ok: false, failure });

/** Carries a Failure through code that is easier to read with `throw`; caught by `attempt` at the edge of a module. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** Throws a Failure; to be used below an `attempt` of the same module. */
export const refuse = (failure: Failure): never => {
  throw new FailureError(failure);
};

/** Runs `work`; a thrown Failure becomes a value, every other error is a bug and goes on. */
export const attempt = <T>(work: () => T): Outcome<T> => {
  try {
    return succeed(work());
  } catch (error) {
    if (error instanceof FailureError) return fail(error.failure);
    throw error;
  }
};

/** The value, or a FailureError: for callers that cannot go on without it. */
export const unwrap = <T>(outcome: Outcome<T>): T => {
  if (outcome.ok) return outcome.value;
  throw new FailureError(outcome.failure);
};
