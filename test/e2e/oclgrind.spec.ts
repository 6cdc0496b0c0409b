/**
 * Kernels under Oclgrind, which interprets every work-item and sees what a CPU device cannot: races, barriers that part of a group
 * comes to, accesses outside of buffers. The schedules are those that use shared memory and split sums.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { maliOpencl, opencl } from '@loopsmith/codegen-opencl';
import type { HardwarePlugin, Point, Task } from '@loopsmith/contracts';
import { onnx } from '@loopsmith/frontend-onnx';
import { planMemory, toNetwork } from '@loopsmith/lowering';
import { evaluateNetwork } from '@loopsmith/lowering/testing';
import { toNumbers } from '@loopsmith/ir';
import { readNpy, writeNpy } from '@loopsmith/npy';
import { extractTasks, networkOptions } from '@loopsmith/stages';
import { command, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { channelsModel, numbers } from './models.js';
import { Workplace, type Ended } from './program.js';

describe('kernels under Oclgrind', function () {
  const place = new Workplace();
  after(() => place.remove());
  const graph = unwrap(onnx.import(channelsModel(), { name: 'channels', shapes: {}, values: {} }));
  const x = { dtype: 'f32', shape: [1, 32, 6, 6], values: numbers([1, 32, 6, 6]) } as const;

  /** A folder whose every task takes the first legal point that has the wanted values. */
  const packaged = async (plugin: HardwarePlugin, name: string, wanted: Point): Promise<string> => {
    const target = unwrap(await plugin.resolve('host'));
    const network = unwrap(toNetwork(graph, networkOptions(plugin, target)));
    const chosen = (task: Task): Point => {
      const space = plugin.space(task);
      let point = space.untuned();
      for (const [choice, value] of Object.entries(wanted)) {
        const changed = { ...point, [choice]: value };
        if (space.choices.find((each) => each.name === choice)?.values.includes(value) && space.draft(changed).refused === null) point = changed;
      }
      return point;
    };
    const tasks = extractTasks(network, { target, threads: 1 });
    const kernels = network.calls.map((call) => {
      const { task } = tasks.find(({ calls }) => calls.includes(call.name))!;
      return { task, schedule: unwrap(plugin.space(task).schedule(chosen(task))), record: null };
    });
    unwrap(await plugin.package({ network, memory: planMemory(network), target, threads: 1, kernels, directory: place.path(name), modelHash: 'none' }));
    return name;
  };
  const interpreted = (folder: string): Promise<Ended> => {
    mkdirSync(place.path('vendors'), { recursive: true });
    const library = execFileSync('dpkg', ['-L', 'oclgrind'], { encoding: 'utf8' }).split('\n').find((file) => file.includes('rt-icd.so'))!;
    place.write('vendors/oclgrind.icd', `${library}\n`);
    place.write('x.npy', writeNpy(x));
    return place.start(place.path(folder, 'run'), ['--input', `x=${place.path('x.npy')}`, '--output-dir', place.path(`${folder}-out`)],
      { ...process.env, OCL_ICD_VENDORS: place.path('vendors'), OCLGRIND_DATA_RACES: '1', OCLGRIND_CHECK_API: '1' }).ended;
  };
  const expected = (): Float64Array => {
    const network = unwrap(toNetwork(graph, { channelBlock: 1 }));
    return toNumbers(evaluateNetwork(network, new Map([['x', x]])).get('y')!);
  };
  const found = (folder: string): Float64Array => {
    const { shape, values } = unwrap(readNpy(readFileSync(place.path(`${folder}-out`, 'y.npy')), 'y.npy'));
    return toNumbers({ dtype: 'f32', shape, values });
  };

  for (const [name, plugin, point] of [['staged', opencl, { staged: 4 }], ['parts', opencl, { parts: 2 }], ['mali', maliOpencl, { outputs: 2, pixels: 2 }]] as const) {
    it(`finds nothing in kernels of ${name}, and their answer is right`, async function () {
      needs(this, command('oclgrind'));
      const { code, err } = await interpreted(await packaged(plugin, name, point));
      expect({ code, err }).to.deep.equal({ code: 0, err: '' });
      const answer = found(name);
      expect(Math.max(...expected().map((value, i) => Math.abs(value - answer[i]!)))).to.be.lessThan(1e-4);
    });
  }

  it('finds the race that a barrier taken out leaves', async function () {
    needs(this, command('oclgrind'));
    const folder = await packaged(opencl, 'planted', { staged: 4 }), library = place.path(folder, 'network.so');
    const bytes = readFileSync(library), barrier = 'barrier(CLK_LOCAL_MEM_FENCE);';
    expect(bytes.includes(barrier)).to.equal(true);
    for (let at = bytes.indexOf(barrier); at >= 0; at = bytes.indexOf(barrier)) bytes.fill(' ', at, at + barrier.length);
    writeFileSync(library, bytes);
    const { err } = await interpreted(folder);
    expect(err).to.match(/data race at local memory address/);
  });
});
