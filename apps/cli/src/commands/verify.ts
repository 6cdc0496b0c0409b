/** `loopsmith verify`: runs test cases with known answers and compares. */
import { Command, Option } from 'commander';
import type { CompilerOptions } from '../compiler.js';
import { exitCodes } from '../exit-codes.js';
import { distance } from '../option-values.js';
import { examples, jsonOption, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

interface VerifyOptions extends CompilerOptions { readonly json: boolean; readonly records?: string; readonly atol?: number }

export const verifyCommand: MakeCommand = (world, result) =>
  withCompilerOptions(new Command('verify'))
    .description([
      'Runs test cases (the layout of ONNX\'s backend tests: test_data_set_K/{input,output}_N.pb) and compares the answers.',
      'A model is compiled first, untuned unless records are named; a folder that `compile` wrote is run as it is.',
      'Inputs that decide shapes become constants, with the values of the first case.',
      'Floats agree when |out - ref| <= 1e-4 |ref| + 1e-6 sqrt(n) in Euclidean norms, or with --atol when no element is off by more;',
      'integers and booleans are equal.',
      'Exit code: 0 all agree, 1 one differs, 3 refused, with the reason.',
    ].join('\n'))
    .argument('<model|folder>', 'a model (its file or its folder), or what `compile` wrote')
    .argument('<case...>', 'folders of test cases')
    .addOption(new Option('--records <file>', 'compile with the best schedules of these measurements'))
    .addOption(new Option('--atol <difference>', 'the most that any element of a float may be off, for references that are themselves no closer').argParser(distance))
    .addOption(jsonOption('one JSON object per case'))
    .addOption(verboseOption())
    .addHelpText('after', examples('verify model.onnx cases/one cases/two', 'verify model cases/*', 'verify test_add/model.onnx test_add', 'verify half.onnx case --atol 2e-3'))
    .action(async (model: string, caseFolders: readonly string[], options: VerifyOptions) => {
      const { resolve } = await import('node:path');
      const { verifyCase, withSessionOf } = await import('../verifying.js');
      const { readCases } = await import('../cases.js');
      const cases = caseFolders.flatMap((folder) => readCases(resolve(world.folder, folder), folder));
      const tolerance = options.atol === undefined ? undefined : { absolute: options.atol };
      await withSessionOf(world, model, options, cases, async (session, constants) => {
        for (const one of cases) {
          const verdict = await verifyCase(session, constants, one, tolerance);
          if (!verdict.agrees) result.code = exitCodes.differs;
          const { kind, how } = session;
          const here = how === 'this CPU';
          world.out.write(
            options.json
              ? `${JSON.stringify(here ? verdict : { ...verdict, kind, how })}\n`
              : `${verdict.agrees ? 'agrees ' : 'DIFFERS'} ${verdict.case}: ${verdict.outputs.map(({ name, summary }) => `${name} ${summary}`).join('; ')}${here ? '' : ` (${kind}: ${how})`}\n`,
          );
        }
        if (result.code === exitCodes.differs && tolerance === undefined && !options.json)
          world.err.write('If the references are themselves no closer, as those of a model in half precision or quantised: --atol 2e-3, say, is the most that any element may be off\n');
      });
    });
