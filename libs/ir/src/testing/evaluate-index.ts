/** What an index is at a point, by its definition alone: what its constructors and its ranges are compared with. */
import type { Index } from '../index/index-expression.js';

/** The number an index stands for, given its variables. Throws for a gather, whose memory is not here. */
export const evaluateIndex = (index: Index, valueOf: (name: string) => number): number =>
  index.terms.reduce((total, { coefficient, atom }) => {
    switch (atom.kind) {
      case 'variable': return total + coefficient * valueOf(atom.name);
      case 'floorDivision': return total + coefficient * Math.floor(evaluateIndex(atom.index, valueOf) / atom.divisor);
      case 'indirect': throw new Error(`no memory to gather ${atom.text} from`);
      default: return atom satisfies never;
    }
  }, index.constant);
