/** `loopsmith explain-error`: what a failure code means and what helps. */
import { Command } from 'commander';
import { examples, jsonOption, type MakeCommand } from './command.js';

export const explainErrorCommand: MakeCommand = (world) =>
  new Command('explain-error')
    .description('Explains a failure code, as records, events and --verbose show it. Without a code, lists all.')
    .argument('[code]', 'such as wrong-answer')
    .addOption(jsonOption('one JSON object per code: code means remedy'))
    .addHelpText('after', examples('explain-error wrong-answer', 'explain-error', 'explain-error --json | jq -r .code'))
    .action(async (code: string | undefined, options: { readonly json: boolean }) => {
      const { failureCodes } = await import('../failure-codes.js');
      if (code !== undefined && !Object.hasOwn(failureCodes, code)) {
        const { didYouMean, refuse } = await import('@loopsmith/util');
        refuse({
          code: 'code-unknown',
          stage: 'explain',
          message: `there is no failure code "${code}"${didYouMean(code, Object.keys(failureCodes))}; \`loopsmith explain-error\` lists all ${Object.keys(failureCodes).length}`,
        });
      }
      const chosen = Object.entries(failureCodes).filter(([name]) => code === undefined || name === code).sort(([a], [b]) => (a < b ? -1 : 1));
      if (options.json) world.out.write(chosen.map(([name, explanation]) => `${JSON.stringify({ code: name, ...explanation })}\n`).join(''));
      else if (code === undefined) world.out.write(chosen.map(([name, { means }]) => `${name.padEnd(24)}${means}\n`).join(''));
      else world.out.write(chosen.map(([name, { means, remedy }]) => `${name}\n${means}\nWhat helps: ${remedy}\n`).join(''));
    });
