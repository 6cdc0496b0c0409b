/** Holds results against the list of cases that are known to be refused, so that a case that begins to pass or to fail is seen. Runs nothing. */
import type { CaseResult } from './run-cases.js';

/** By case name: the whole reason. */
export type KnownRefusals = Readonly<Record<string, string>>;

/** What is wrong with a result, or undefined. A pass must not be listed; a refusal must be, with the same words. */
export const faultOf = ({ name, verdict, reason }: CaseResult, known: KnownRefusals): string | undefined => {
  const listed = Object.hasOwn(known, name) ? known[name] : undefined;
  switch (verdict) {
    case 'pass': return listed === undefined ? undefined : 'passes now; take it out of the list of refusals';
    case 'refused': return listed === reason ? undefined : listed === undefined ? `is refused, which is not listed: ${reason}` : `is refused for another reason than listed: ${reason}`;
    case 'wrong': case 'crashed': return `${verdict}: ${reason}`;
    default: return verdict satisfies never;
  }
};

/** The list as it is stored: sorted by name, one a line. */
export const refusalsText = (results: readonly CaseResult[]): string => {
  const refused = results.filter(({ verdict }) => verdict === 'refused').map(({ name, reason }): [string, string] => [name, reason]).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(refused), null, 2)}\n`;
};
