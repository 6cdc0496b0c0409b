/** What the compilers make of a tile, by disassembly of the built code: multiply-adds by lane, nothing on the stack; and how such code is checked and modelled where no Arm processor is. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockedLayout, flopsOf, outputOf, shapeOf } from '@loopsmith/ir';
import { convolution } from '@loopsmith/lowering/testing';
import { command, needs } from '@loopsmith/testing';
import type { Artifact, Builder, Point, Target, Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { armNeon } from './plugin.js';

const taskFor = (target: Target, size: number, channels: number): Task => {
  const definition = convolution({ channels, outputs: 96, size, kernel: 3, pad: 1 }), output = outputOf(definition);
  const runtime = [...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, shape] as const), [output.name, shapeOf(output)] as const];
  return { key: 'task', workload: '', label: 'conv2d 3x3', definition, inPlace: null, target, threads: 1, flops: flopsOf(definition), layouts: Object.fromEntries(runtime.map(([name, shape]) => [name, blockedLayout(shape, 0, 4)])) };
};
const direct = (pixels: number, vectors: number): Point => ({ algorithm: 'direct', vectors, pixels, rows: 1, outer: 'outputs', sums: 'one' });

interface Instruction { readonly address: number; readonly name: string; readonly operands: string }

/** The backward branch of the function whose span has the largest share of multiply-adds: its instructions. */
const hottest = (listing: string, symbol: string): readonly Instruction[] => {
  const start = listing.search(new RegExp(`^[0-9a-f]+ <${symbol}_body[^>]*>:$`, 'm')), end = listing.indexOf('\n\n', start);
  const instructions = listing.slice(start, end).split('\n').flatMap((line): readonly Instruction[] => {
    const [, address, name, operands] = /^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    return address === undefined ? [] : [{ address: parseInt(address, 16), name: name!, operands: operands! }];
  });
  const share = (span: readonly Instruction[]): number => span.filter(isMultiplyAdd).length / span.length;
  const loops = instructions.flatMap(({ name, operands }, to) => {
    const target = /([0-9a-f]+) </.exec(operands)?.[1];
    const from = target !== undefined && /^(?:b|cb|tb)/.test(name) ? instructions.findIndex(({ address }) => address === parseInt(target, 16)) : -1;
    return from >= 0 && from < to ? [instructions.slice(from, to + 1)] : [];
  });
  return loops.reduce((best, loop) => (best.length === 0 || share(loop) > share(best) ? loop : best), []);
};
const isMultiplyAdd = ({ name }: Instruction): boolean => /^(?:fmla|vmla)/.test(name);

describe('kernels for Arm', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-arm-'));
  after(() => rmSync(directory, { recursive: true }));
  const build = async (builder: Builder, task: Task, points: readonly Point[]): Promise<readonly Artifact[]> => {
    const space = armNeon.space(task);
    return (await builder.build(task, points.map((point, i) => ({ id: `c${i}`, task: task.key, point, schedule: unwrap(space.schedule(point)) })))).map(unwrap);
  };

  for (const [isa, compiler, objdump, tiles, byLane] of [
    ['aarch64', 'aarch64-linux-gnu-gcc', 'aarch64-linux-gnu-objdump', [[12, 2], [6, 4], [5, 4]], /^v\d+\.4s, v\d+\.4s, v\d+\.s\[\d\]$/],
    // 32-bit state broadcasts in the load, so that every lane of the operand is the pixel
    ['armv7', 'clang-19', 'arm-linux-gnueabihf-objdump', [[4, 2], [2, 4]], /^q\d+, q\d+, q\d+$/],
  ] as const) {
    it(`${isa}: accumulators stay in registers, operands are lanes`, async function () {
      needs(this, command(compiler), command(objdump), command('llvm-mca-19'));
      const target = unwrap(await armNeon.resolve(isa)), task = taskFor(target, 24, 64);
      const artifacts = await build(unwrap(await armNeon.builder(target, directory)), task, tiles.map(([pixels, vectors]) => direct(pixels, vectors)));
      artifacts.forEach(({ library, kernel, report }, i) => {
        const loop = hottest(execFileSync(objdump, ['-d', '--no-show-raw-insn', library], { encoding: 'utf8', maxBuffer: 64 << 20 }), kernel.symbols[0]!);
        const [pixels, vectors] = tiles[i]!, multiplyAdds = loop.filter(isMultiplyAdd);
        expect(multiplyAdds.length).to.equal(pixels * vectors);
        expect(multiplyAdds.filter(({ operands }) => byLane.test(operands)).length / multiplyAdds.length, 'by lane').to.be.at.least(0.75);
        expect(loop.filter(({ operands }) => /\bsp\b/.test(operands)), 'on the stack').to.deep.equal([]);
        expect(report).to.deep.include({ hotLoopInstructions: loop.length, hotLoopMultiplyAdds: pixels * vectors, hotLoopStackAccesses: 0 });
        expect(report.modelled!.by).to.equal(`llvm-mca-19 cortex-a${isa === 'aarch64' ? 53 : 9}`);
        expect(report.modelled!.hotLoopCycles).to.be.at.least(pixels * vectors);
        expect(report.modelled!.draftNs).to.be.greaterThan(0);
      });
    });
  }

  it('offers no tile of more accumulators than stay in registers', async () => {
    for (const [isa, most, pixels] of [['aarch64', 24, 28], ['armv7', 8, 12]] as const) {
      const space = armNeon.space(taskFor(unwrap(await armNeon.resolve(isa)), 28, 64));
      expect(space.draft(direct(most, 1)).refused).to.equal(null);
      expect(space.draft(direct(pixels, 1)).refused).to.equal(`${pixels} accumulators of ${most}`);
    }
  });

  it('are checked under the emulator, and their times are modelled', async function () {
    needs(this, command('aarch64-linux-gnu-gcc'), command('qemu-aarch64'));
    const target = unwrap(await armNeon.resolve('cortex-a53')), task = taskFor(target, 8, 8);
    const [good, other] = await build(unwrap(await armNeon.builder(target, directory)), task, [direct(4, 2), direct(8, 2)]);
    const device = unwrap(await armNeon.device(target, { threads: 1, directory, seed: 1, modelled: true }));
    try {
      expect(device.environment.cpu).to.equal('modelled cortex-a53');
      expect([device.protocol, device.cpus]).to.deep.equal(['1 modelled', undefined]);
      const bench = unwrap(await device.prepare(task));
      const right = unwrap((await bench.measure(good!, { purpose: 'search', repeat: 0, cutoffNs: null })).outcome);
      expect(right).to.deep.include({ kind: 'modelled', samplesNs: [good!.report.modelled!.draftNs] });
      expect(right.error).to.be.within(1e-4, 1);
      // weights packed for another tile: a wrong kernel is caught here as on a device
      const { outcome } = await bench.measure({ ...other!, kernel: { ...other!.kernel, buffers: other!.kernel.buffers.map((buffer) => (buffer.tensor === 'W' ? { ...buffer, layout: buffer.layout.toReversed() } : buffer)) } }, { purpose: 'search', repeat: 0, cutoffNs: null });
      expect(outcome.ok ? 'right' : outcome.failure.code).to.equal('wrong-answer');
      expect((await bench.compare([good!], 30))[0]!.outcome).to.deep.include({ ok: true });
      await bench.close();
    } finally {
      await device.close();
    }
  });

  it('cannot be measured on another machine, and say what can be done', async () => {
    // the plugin takes no machine for one in 32-bit state, so it says so on every one
    const refused = await armNeon.device(unwrap(await armNeon.resolve('armv7')), { threads: 1, directory, seed: 1 });
    expect(refused.ok ? '' : refused.failure.message).to.equal(`nothing can be measured here: arm-neon:armv7 needs an Arm processor and this machine is ${process.arch}; add --modelled to check answers under qemu-arm and rank by the draft model`);
  });
});
