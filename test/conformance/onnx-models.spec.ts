/** Trained models and real architectures with their test vectors, compiled with untuned schedules and run for real; and those that must be refused. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { onnx } from '@loopsmith/frontend-onnx';
import { file, needs, shared } from '@loopsmith/testing';
import { modelCases, modelFolders } from './case-list.js';
import { conformanceSuite } from './suite.js';

conformanceSuite({ title: 'ONNX models', cases: modelCases(), folder: modelFolders[0], refusals: 'onnx-models.json', batch: 1, least: 1, limitMs: 900_000 });

describe('ONNX models that are no business of Loopsmith', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['fns-candy-experimental-ops', 'the model uses 3 operators that Loopsmith does not import: ImageScaler (node scalerPreprocessor), Crop (nodes crop, crop1, crop2 and 4 more), Affine (node activation11); export the model without them'],
    ['openseeface-mnv3-det-custom-domain', 'the model uses an operator that Loopsmith does not import: com.microsoft.FusedConv (nodes fused _108, fused _109, fused _110 and 20 more); export the model without it'],
  ];
  for (const [name, message] of refused) {
    it(`${name} is refused with every unknown operator and its domain`, function () {
      const path = shared('models', 'onnx', 'unsupported', name, 'model.onnx');
      needs(this, file(path));
      const outcome = onnx.import(readFileSync(path), { name, shapes: {} });
      expect(outcome).to.deep.equal({ ok: false, failure: { code: 'unknown-operator', stage: 'import', message } });
    });
  }
});
