/** How this library says no: one failure code per kind of fault, so that a test and a front end can tell them apart. */
import { refuse } from '@loopsmith/util';

/** `truncated`: ends too early. `damaged`: bytes that the format does not allow. `unsupported`: allowed, and not read here. `missing`: a file that belongs to it is not there. */
type Fault = 'truncated' | 'damaged' | 'unsupported' | 'missing';

/** Written out, so that a search for a code finds it. */
const codes = {
  truncated: { code: 'tensorflow-truncated' }, damaged: { code: 'tensorflow-damaged' }, unsupported: { code: 'tensorflow-unsupported' }, missing: { code: 'tensorflow-missing' },
} as const satisfies Readonly<Record<Fault, { readonly code: string }>>;

export const refuseFile = (fault: Fault, message: string): never => refuse({ ...codes[fault], stage: 'import', message });
