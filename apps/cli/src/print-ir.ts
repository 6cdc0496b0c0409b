/** `--print-ir`: the text of the network between two graph passes, each headed by the pass. Runs no pass. */
import { graphPasses, networkPasses } from '@loopsmith/lowering';
import { didYouMean, refuse } from '@loopsmith/util';

/** Every pass, those that changed the text, or the ones named. */
export type PassChoice = 'all' | 'changed' | readonly string[];

/** Names in the order in which passes run; `import` and `defineCalls` are forms rather than passes, and can be shown as well. */
const passNames = (): readonly string[] => ['import', ...graphPasses.map(([name]) => name), 'defineCalls', ...networkPasses(1).map(([name]) => name)];

export const passPrinter = (choice: PassChoice, write: (text: string) => void): ((pass: string, text: string) => void) => {
  if (typeof choice !== 'string') {
    const unknown = choice.find((name) => !passNames().includes(name));
    if (unknown !== undefined)
      return refuse({
        code: 'pass-unknown',
        stage: 'graph',
        message: `there is no pass "${unknown}"${didYouMean(unknown, passNames())} to print after; there are ${passNames().join(', ')}`,
      });
  }
  let before = '';
  return (pass, text) => {
    const changed = text !== before;
    before = text;
    if (choice === 'all' || (choice === 'changed' ? changed : choice.includes(pass))) write(`// after ${pass}${changed ? '' : ' (unchanged)'}\n${text}\n`);
  };
};
