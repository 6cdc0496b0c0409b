/** What commands that look at a model do with operators that are not imported: they show the rest first, and end as the refusal that a compile would meet. */
import type { ImportOptions, UnsupportedOperator } from '@loopsmith/contracts';
import { refuse, type Failure } from '@loopsmith/util';

export interface MissingOperators {
  /** For the front end to tell. */
  readonly told: NonNullable<ImportOptions['onUnsupported']>;
  readonly rows: readonly (UnsupportedOperator & { readonly status: 'missing' })[];
  /** Refuses, if there are any. */
  refuse(): void;
}

export const missingOperators = (): MissingOperators => {
  let rows: MissingOperators['rows'] = [], refusal: Failure | undefined;
  return {
    told: (operators, failure) => { rows = operators.map((one) => ({ ...one, status: 'missing' })); refusal = failure; },
    get rows() { return rows; },
    refuse: () => { if (refusal) refuse(refusal); },
  };
};
