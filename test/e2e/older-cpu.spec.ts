/** A compiled folder on a CPU older than it was compiled for, an emulated Nehalem or Haswell: a sentence instead of an illegal instruction. */
import { readNpy, writeNpy } from '@loopsmith/npy';
import { command, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { inputShape, numbers, pooledAnswer, pooledModel } from './models.js';
import { Workplace, type Ended } from './program.js';

describe('a compiled folder on an older CPU', function () {
  const place = new Workplace(), image = numbers(inputShape);
  // what the emulator has not of a Haswell, and would warn of
  const models = { Nehalem: 'Nehalem', Haswell: 'Haswell,-pcid,-x2apic,-tsc-deadline,-hle,-invpcid,-rtm' } as const;
  const onCpu = async (cpu: keyof typeof models, isa: string): Promise<Ended> => {
    expect((await place.command('compile', 'pooled.onnx', '--untuned', '--target', `x86-avx:${isa}`, '-o', isa)).code).to.equal(0);
    return place.start('qemu-x86_64', ['-cpu', models[cpu], place.path(isa, 'run'), '--input', 'x=x.npy', '--output-dir', 'answers']).ended;
  };
  before(function () {
    needs(this, command('gcc'), command('qemu-x86_64'));
    place.write('pooled.onnx', pooledModel());
    place.write('x.npy', writeNpy({ dtype: 'f32', shape: inputShape, values: image }));
  });
  after(() => place.remove());

  for (const [cpu, isa, feature] of [['Nehalem', 'avx2', 'avx2'], ['Nehalem', 'avx512', 'avx512f'], ['Haswell', 'avx512', 'avx512f']] as const)
    it(`says what ${cpu} lacks for ${isa}`, async () => {
      expect(await onCpu(cpu, isa)).to.deep.equal({ code: 1, out: '', err: `run: this library needs the CPU feature ${feature}, which this CPU does not have; compile the model for this machine\n` });
    });

  it('gives the right answer where it was compiled for the baseline', async () => {
    const { code, err } = await onCpu('Nehalem', 'sse2');
    expect(code, err).to.equal(0);
    const { values } = unwrap(readNpy(readFileSync(place.path('answers', 'y.npy')), 'y.npy'));
    pooledAnswer(image).forEach((value, i) => expect(values[i]).to.be.closeTo(value, 1e-5));
  });
});
