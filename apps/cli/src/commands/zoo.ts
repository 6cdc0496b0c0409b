/** `loopsmith zoo`: writes one of the well-known networks, with seeded weights, as an ONNX file. */
import { Command } from 'commander';
import { examples, type MakeCommand } from './command.js';

/** Of the input: the first of those whose answers are kept. */
const INPUT_SEED = 1;

export const zooCommand: MakeCommand = (world) =>
  new Command('zoo')
    .description('Writes a well-known network with seeded weights as an ONNX file: the same bytes on every machine, trained for nothing.\nWithout a name, lists the names.')
    .argument('[name]', 'of the network')
    .option('-o, --output <file>', 'the file to write (default: NAME.onnx)')
    .option('--input <file>', 'also write an input for it there, seeded numbers as .npy')
    .addHelpText('after', examples('zoo', 'zoo resnet18 -o resnet18.onnx', 'zoo resnet18 -o resnet18.onnx --input x.npy'))
    .action(async (name: string | undefined, options: { readonly output?: string; readonly input?: string }) => {
      const { zooInput, zooInputShape, zooModel, zooNames } = await import('@loopsmith/zoo');
      if (name === undefined) {
        world.out.write(`${zooNames.join('\n')}\n`);
        return;
      }
      const { didYouMean, refuse } = await import('@loopsmith/util');
      const known =
        zooNames.find((one) => one === name) ??
        refuse({ code: 'zoo-unknown', stage: 'zoo', message: `the zoo has no network "${name}"${didYouMean(name, zooNames)}; it has ${zooNames.join(', ')}` });
      const { writeBytes } = await import('../files.js');
      const file = options.output ?? `${name}.onnx`, bytes = zooModel(known);
      writeBytes(world.folder, file, bytes);
      world.out.write(`Wrote ${file} (${(bytes.length / 2 ** 20).toFixed(1)} MiB)\n`);
      if (options.input === undefined) return;
      const { writeArray } = await import('../arrays.js');
      const shape = zooInputShape(known);
      writeArray(options.input, world.folder, { dtype: 'f32', shape, values: zooInput(known, INPUT_SEED) });
      world.out.write(`Wrote ${options.input}: f32 [${shape.join(',')}]\n`);
    });
