/** How front ends refuse: codes are of all formats, so that callers need not know which one a model is in. */
import { refuse } from '@loopsmith/util';

/**
 * `shape-needed`: an input's shape is open or was given wrongly · `value-needed`: a tensor that decides a shape is only known at run time ·
 * `model-input`: an input that does not fit the model · `model-invalid`: the graph contradicts itself · `node-refused`: one node ·
 * `unknown-operator`: all operators that are not imported · `cut-invalid`: --inputs or --outputs do not fit the model.
 */
type ImportCode = 'shape-needed' | 'value-needed' | 'model-input' | 'model-invalid' | 'node-refused' | 'unknown-operator' | 'cut-invalid';

export const refuseImport = (code: ImportCode, message: string): never =>
  refuse({ code, stage: 'import', message: message.replace(controls, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`) });

/** A name from a hostile file must not move the cursor of the terminal that shows it. */
const controls = /[\u0000-\u001f\u007f-\u009f]/g;
