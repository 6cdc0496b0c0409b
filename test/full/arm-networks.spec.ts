/** The larger networks for Arm, as `test/e2e/arm.spec.ts` has the smallest: minutes of emulation each. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { Workplace } from '../e2e/program.js';
import { writeZooCase } from '../e2e/zoo-case.js';

describe('networks for Arm', function () {
  this.timeout(1_200_000);
  const place = new Workplace();
  after(() => place.remove());
  for (const name of ['resnet18', 'mobilenet_v2'] as const)
    for (const [isa, compiler, emulator] of [['aarch64', 'aarch64-linux-gnu-gcc', 'qemu-aarch64'], ['armv7', 'clang-19', 'qemu-arm']] as const)
      it(`${name} on ${isa} answers as ONNX Runtime does`, async function () {
        needs(this, command(compiler), command(emulator));
        writeZooCase(place, name);
        expect(await place.loopsmith('compile', `${name}.onnx`, '--untuned', '--target', `arm-neon:${isa}`, '-o', `${name}-${isa}`)).to.deep.include({ code: 0, err: '' });
        const { code, out } = await place.loopsmith('verify', `${name}-${isa}`, `${name}-case`);
        expect(code, out).to.equal(0);
        expect(out).to.include(`(emulated: ${emulator} `);
      });
});
