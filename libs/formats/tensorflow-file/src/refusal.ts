/** How this library says no: one failure code per kind of fault, so that a test and a front end can tell them apart. */
import { refuse } from '@loopsmith/util';

/** `truncated`: ends too early. `damaged`: bytes that the format does not allow. `unsupported`: allowed, and not read here. `missing`: a file that belongs to it is not there. */
export type Fault = 'truncated' | 'damaged' | 'unsupported' | 'missing';

export const refuseFile = (fault: Fault, message: string): never => refuse({ code: `tensorflow-${fault}`, stage: 'import', message });
