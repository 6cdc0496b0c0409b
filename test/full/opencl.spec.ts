/** The longer networks for OpenCL devices: compiled here, answers checked through the driver at hand. A cold driver compiles for minutes. */
import { file, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { Workplace } from '../e2e/program.js';
import { writeZooCase } from '../e2e/zoo-case.js';

describe('longer networks for OpenCL', function () {
  this.timeout(900_000);
  const place = new Workplace();
  after(() => place.remove());

  for (const target of ['opencl', 'mali-opencl']) {
    for (const name of ['resnet18', 'mobilenet_v2'] as const) {
      it(`${target}: ${name} answers as ONNX Runtime does`, async function () {
        needs(this, file('/etc/OpenCL/vendors/pocl.icd'));
        writeZooCase(place, name);
        expect(await place.loopsmith('compile', `${name}.onnx`, '--untuned', '--target', target, '-o', `${target}-${name}`)).to.deep.include({ code: 0, err: '' });
        const verified = await place.loopsmith('verify', `${target}-${name}`, `${name}-case`);
        expect(verified).to.deep.include({ code: 0, err: '' });
        expect(verified.out).to.match(/^agrees /);
      });
    }
  }
});
