/** A network for Arm from this machine: compiled by the cross compilers, its answers checked under the emulator by the real program. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { Workplace } from './program.js';
import { writeZooCase } from './zoo-case.js';

describe('a network for Arm', function () {
  const place = new Workplace();
  before(() => writeZooCase(place, 'squeezenet1.1'));
  after(() => place.remove());

  for (const [isa, compiler, emulator] of [['aarch64', 'aarch64-linux-gnu-gcc', 'qemu-aarch64'], ['armv7', 'clang-19', 'qemu-arm']] as const) {
    it(`${isa}: compiles squeezenet1.1, and its answer is ONNX Runtime's`, async function () {
      needs(this, command(compiler), command(emulator));
      const compiled = await place.command('compile', 'squeezenet1.1.onnx', '--untuned', '--target', `arm-neon:${isa}`, '-o', isa);
      expect(compiled).to.deep.include({ code: 0, err: '' });
      const verified = await place.loopsmith('verify', isa, 'squeezenet1.1-case');
      expect(verified).to.deep.include({ code: 0, err: '' });
      expect(verified.out).to.match(/^agrees {2}squeezenet1\.1-case: flatten1_out relative error \d\.\de-\d \(emulated: qemu-(?:aarch64|arm) \S+\)\n$/);
      // the program is for the board: 64-bit or 32-bit little-endian ELF of Arm
      const [, , , , bits] = readFileSync(place.path(isa, 'run')), machine = readFileSync(place.path(isa, 'run')).readUInt16LE(18);
      expect([bits, machine]).to.deep.equal(isa === 'aarch64' ? [2, 183] : [1, 40]);
    });
  }
});
