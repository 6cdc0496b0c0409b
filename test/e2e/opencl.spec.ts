/** A network for OpenCL devices: compiled here, its answers checked through the driver at hand by the real program. */
import { file, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { Workplace } from './program.js';
import { writeZooCase } from './zoo-case.js';

describe('a network for OpenCL', function () {
  const place = new Workplace();
  before(() => writeZooCase(place, 'squeezenet1.1'));
  after(() => place.remove());

  // a device that is no Mali shows that the answers are right, and nothing of a Mali's time
  for (const [target, note] of [['opencl', ' \\(measured: OpenCL on .+\\)'], ['mali-opencl', ' \\(emulated: OpenCL on .+\\)']] as const) {
    it(`${target}: compiles squeezenet1.1, and its answer is ONNX Runtime's`, async function () {
      needs(this, file('/etc/OpenCL/vendors/pocl.icd'));
      const compiled = await place.command('compile', 'squeezenet1.1.onnx', '--untuned', '--target', target, '-o', target);
      expect(compiled).to.deep.include({ code: 0, err: '' });
      const verified = await place.loopsmith('verify', target, 'squeezenet1.1-case');
      expect(verified).to.deep.include({ code: 0, err: '' });
      expect(verified.out).to.match(new RegExp(`^agrees {2}squeezenet1\\.1-case: flatten1_out relative error \\d\\.\\de-\\d${note}\\n$`));
    });
  }
});
