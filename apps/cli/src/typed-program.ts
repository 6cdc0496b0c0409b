/**
 * Commands in what is said, as the reader types them: messages say `loopsmith tune`, and whoever started `npx loopsmith`, or a file that is not on the
 * PATH, is told that. Knows no message and no command by name.
 */
import { basename, delimiter, dirname, relative, sep } from 'node:path';
import { quoted } from './command-line.js';
import type { World } from './world.js';

/** What every message calls the program. */
export const programName = 'loopsmith';

/** How `script`, which runs in `folder`, is started there again: by npm's variables with `npx`, from the PATH by its name, else by its path. */
export const typedProgram = (script: string, folder: string, environment: World['environment']): string => {
  // npx sets it, and npm for `npm start` and every other script; where these find the program, npx does
  if (environment['npm_config_user_agent'] !== undefined) return `npx ${programName}`;
  if (basename(script) === programName && (environment['PATH'] ?? '').split(delimiter).includes(dirname(script))) return programName;
  const near = relative(folder, script), path = near.includes(sep) ? near : `.${sep}${near}`;
  return quoted(path.length < script.length ? path : script);
};

/** `world` whose screens show command lines of `commands` as they are typed. What begins as JSON is for programs, and stays. */
export const asTyped = (world: World, commands: readonly string[]): World => {
  const { program = programName, out, err } = world;
  if (program === programName) return world;
  const line = new RegExp(`(?<!npx |[\\w./-])${programName} (?=(?:${commands.join('|')})\\b)`, 'g');
  const shown = (text: string): string => (/^[[{]/.test(text) ? text : text.replace(line, () => `${program} `));
  const typing = (screen: World['out']): World['out'] => ({ write: (text) => { screen.write(shown(text)); }, get columns() { return screen.columns; } });
  return { ...world, out: typing(out), err: typing(err) };
};
