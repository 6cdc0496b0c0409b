import type { ImportOptions } from '@loopsmith/contracts';
import { refuseImport } from '@loopsmith/frontend-shared';
import type { Graph } from '@loopsmith/ir';
import type { TfjsModel } from '@loopsmith/tensorflow-file';

export const importLayers = (model: Extract<TfjsModel, { readonly kind: 'layers' }>, options: ImportOptions): Graph => refuseImport('model-invalid', `${options.name} layers ${model.weights.size}`);
