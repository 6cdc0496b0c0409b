/** Calls into plugins: what a plugin throws becomes a Failure with its stack, so that one bad candidate or plugin never ends a run. */
import { fail, FailureError, type Outcome } from '@loopsmith/util';

export const guard = async <T>(stage: string, what: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FailureError) return fail(error.failure);
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return fail({
      code: 'plugin-crashed',
      stage,
      message: `${what} threw an error instead of answering: ${message.split('\n')[0]}; this is a bug of the plugin`,
      text: stack ?? message,
    });
  }
};
