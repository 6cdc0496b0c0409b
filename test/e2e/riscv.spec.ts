/** The example plugin of the guide as its author uses it: loaded by path from another folder, through `loopsmith/plugin` alone. */
import { writeNpy } from '@loopsmith/npy';
import { command, needs, repository } from '@loopsmith/testing';
import { expect } from 'chai';
import { mkdirSync, readFileSync } from 'node:fs';
import { caseFile, inputShape, numbers, outputShape, residualAnswer, residualModel } from './models.js';
import { Workplace } from './program.js';

const plugin = repository('docs', 'examples', 'riscv-rvv', 'index.js');

describe('the RISC-V plugin of the guide', function () {
  this.timeout(300_000);
  const place = new Workplace();
  after(() => place.remove());
  const loopsmith = (...args: readonly string[]): ReturnType<Workplace['loopsmith']> => place.loopsmith(...args, '--plugin', plugin);

  it('is short, and passes the hardware kit', async () => {
    expect(readFileSync(plugin, 'utf8').split('\n').length).to.be.lessThan(300);
    const { code, out } = await place.start(process.execPath, ['--test', repository('docs', 'examples', 'riscv-rvv')]).ended;
    expect(code, out).to.equal(0);
    expect(out).to.match(/pass 7\b/);
  });

  it('compiles a network whose answers are right under qemu, and models what cannot be measured', async function () {
    needs(this, command('clang-19'), command('riscv64-linux-gnu-gcc'), command('qemu-riscv64'));
    const image = numbers(inputShape);
    place.write('residual.onnx', residualModel());
    place.write('x.npy', writeNpy({ dtype: 'f32', shape: inputShape, values: image }));
    mkdirSync(place.path('case', 'test_data_set_0'), { recursive: true });
    place.write('case/test_data_set_0/input_0.pb', caseFile('x', inputShape, image));
    place.write('case/test_data_set_0/output_0.pb', caseFile('y', outputShape, residualAnswer(image)));
    const target = ['--target', 'riscv-rvv:rv64gcv'];
    expect((await loopsmith('compile', 'residual.onnx', ...target, '--untuned', '-o', 'library')).err).to.equal('');
    expect((await loopsmith('verify', 'library', 'case')).out).to.match(/^agrees {2}case: y relative error \d\.\de-\d \(emulated: qemu-riscv64 \S+\)\n$/);
    expect((await loopsmith('tune', 'residual.onnx', ...target, '--trials', '4')).err).to.equal('loopsmith: nothing can be measured here: riscv-rvv:rv64gcv needs a RISC-V processor with vectors; add --modelled to check answers under qemu-riscv64 and rank by the draft model\n');
    const tuned = await loopsmith('tune', 'residual.onnx', ...target, '--trials', '4', '--modelled');
    expect(tuned.code, tuned.err).to.equal(0);
    expect(tuned.out).to.match(/^Sum of kernel times \(modelled\): /);
    expect((await loopsmith('compile', 'residual.onnx', ...target, '-o', 'none')).out).to.match(/^0 of \d tasks found tuned\n(?: {2}untuned: .*: none of its \d+ recorded candidates gave right answers in time: only emulated or modelled times are there\n)+/);
    expect((await loopsmith('compile', 'residual.onnx', ...target, '--modelled', '-o', 'modelled')).out).to.match(/^(\d) of \1 tasks found in modelled records, none measured\n/);
  });
});
