/**
 * What every hardware plugin keeps: targets by name, an untuned schedule for every task, sound programs, text that is a function
 * of its input, requirements with a way out. Builds nothing and runs no kernel, so
 * that it passes on any machine; answers of built code are `loopsmith verify`'s.
 */
import type { HardwarePlugin, Point, Space, Target, Task } from '@loopsmith/contracts';
import { blockedLayout, build as b, flopsOf, outputOf, parseDefinition, shapeOf, verifyProgram, type Definition } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { demand, demandSame, type Check } from './check.js';

/** A convolution with padding and a clip, and sums of two tensors in rows that no vector divides, and that vectors do. */
const definitions = (): readonly Definition[] => {
  const convolution = unwrap(parseDefinition(
    'tensor conv2d(X: f32[8,6,6], W: f32[8,8,3,3] compile, bias: f32[8] compile)\n'
    + '  P[c<8, y<8, x<8] = select y-1 >= 0 & -y+6 >= 0 & x-1 >= 0 & -x+6 >= 0 then X[c, y-1, x-1] else 0\n'
    + '  A[k<8, y<6, x<6] = sum[c<8, r<3, s<3] P[c, y+r, x+s] * W[k, c, r, s]\n'
    + '  Y[k<8, y<6, x<6] = max(A[k, y, x] + bias[k], 0)\n'));
  const sum = (width: number): Definition => {
    const x = b.input('X', 'f32', [8, width]), z = b.input('Z', 'f32', [8, width]), [{ i, j }, axes] = b.axesOf({ i: 8, j: width });
    return { name: `add ${width}`, inputs: [x, z], tables: [], stages: [b.stage('Y', 'f32', axes, b.binary('add', b.load(x, i, j), b.load(z, i, j)))] };
  };
  return [convolution, sum(5), sum(16)];
};

const taskOf = (definition: Definition, target: Target, block: number): Task => {
  const output = outputOf(definition);
  const runtime = [...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, shape] as const), [output.name, shapeOf(output)] as const];
  return {
    key: definition.name,
    workload: '',
    label: definition.name,
    definition,
    inPlace: null,
    target,
    threads: 1,
    flops: flopsOf(definition),
    layouts: Object.fromEntries(runtime.map(([name, shape]) => [name, blockedLayout(shape, 0, block)])),
  };
};

interface Offered { readonly task: Task; readonly space: Space; readonly untuned: Point }

export const hardwareChecks = (plugin: HardwarePlugin): readonly Check[] => {
  const targets = (): Promise<readonly Target[]> => Promise.all(plugin.isas.map(async (isa) => unwrap(await plugin.resolve(isa))));
  let made: Promise<readonly Offered[]> | undefined;
  /** Made once: the untuned point of a space may take thousands of drafts. */
  const tasks = (): Promise<readonly Offered[]> => made ??= targets().then((each) => each.flatMap((target) => definitions().map((definition) => {
    const task = taskOf(definition, target, plugin.channelBlock(target)), space = plugin.space(task);
    return { task, space, untuned: space.untuned() };
  })));
  return [
    {
      name: 'makes a target of every ISA it names, and its id starts with the plugin\'s',
      run: async () => {
        demand(plugin.isas.length > 0, `${plugin.id} names no ISA; name at least one`);
        for (const { id, isa, vectorBytes } of await targets()) {
          demandSame(id, `${plugin.id}:${isa}`, `the id of target ${isa}`);
          demand(vectorBytes >= 4, `${id} has vectors of ${vectorBytes} bytes; one float of 4 is the least`);
        }
      },
    },
    {
      name: 'refuses an ISA it does not have, and names those it has',
      run: async () => {
        const refused = await plugin.resolve('no-such-isa');
        demand(!refused.ok, `${plugin.id} made a target of the ISA no-such-isa; refuse it with those there are`);
        for (const isa of plugin.isas) demand(refused.failure.message.includes(isa), `the refusal "${refused.failure.message}" does not name ${isa}`);
      },
    },
    {
      name: 'has an untuned schedule for every task, legal and lowered to a sound program',
      run: async () => {
        for (const { task, space, untuned } of await tasks()) {
          const schedule = unwrap(space.schedule(untuned));
          demandSame(space.draft(untuned).refused, null, `the refusal of the untuned point of ${task.label} on ${task.target.id}`);
          demandSame(verifyProgram(unwrap(plugin.lower(task, schedule)).program), [], `faults of the program of ${task.label} on ${task.target.id}`);
        }
      },
    },
    {
      name: 'lowers every value of every choice beside the untuned ones to a sound program, or its draft refuses it',
      run: async () => {
        // ISAs of one plugin share their spaces, so the first speaks for all
        for (const { task, space, untuned } of (await tasks()).filter(({ task: { target } }) => target.isa === plugin.isas[0])) {
          for (const { name, values } of space.choices) for (const value of values) {
            const point = { ...untuned, [name]: value }, what = `${task.label} on ${task.target.id} with ${name} ${value}`;
            if (space.draft(point).refused !== null) continue;
            const lowered = plugin.lower(task, unwrap(space.schedule(point)));
            demand(lowered.ok, `${what} cannot be lowered, and its draft refuses it not: ${lowered.ok ? '' : lowered.failure.message}`);
            demandSame(verifyProgram(lowered.value.program), [], `faults of the program of ${what}`);
          }
        }
      },
    },
    {
      name: 'says of an illegal schedule what is wrong with it',
      run: async () => {
        const [first] = await tasks();
        const refused = plugin.lower(first!.task, [{ step: 'inline', stage: 'A' }]);
        demand(!refused.ok && refused.failure.message.includes('A'), 'inlining a sum was lowered; a step that is illegal is a failure that names it');
      },
    },
    {
      name: 'emits the same text for the same program, with every symbol in it and every buffer of the definition',
      run: async () => {
        for (const { task, space, untuned } of await tasks()) {
          const lowered = unwrap(plugin.lower(task, unwrap(space.schedule(untuned))));
          const first = plugin.emit(task, lowered, 'kernel_kit'), second = plugin.emit(task, lowered, 'kernel_kit');
          demandSame(second, first, `the kernel of ${task.label}, emitted twice`);
          for (const symbol of first.symbols) demand(first.source.includes(symbol), `symbol ${symbol} of ${task.label} is not in its source`);
          demandSame(first.buffers.filter(({ role }) => role === 'output').map(({ tensor }) => tensor), [outputOf(task.definition).name], `output buffers of ${task.label}`);
        }
      },
    },
    {
      name: 'says how everything that it needs comes here',
      run: async () => {
        for (const { what, install, isas } of await plugin.requirements()) {
          demand(what !== '' && install !== '', `requirement "${what}" has no way out; name the command that installs it`);
          for (const isa of isas ?? []) demand(plugin.isas.includes(isa), `requirement "${what}" is for the ISA ${isa}, which ${plugin.id} does not name`);
        }
      },
    },
    {
      name: 'refuses to run a folder that holds nothing, by name',
      run: async () => {
        const refused = await plugin.session('/no/such/folder', 1);
        demand(!refused.ok && refused.failure.message.includes('/no/such/folder'), 'a session of /no/such/folder was opened, or refused without its name');
      },
    },
  ];
};
