/**
 * The generators of Nx for plugins of one's own: `nx g loopsmith:hardware-plugin NAME` writes what `loopsmith new` writes, through
 * Nx's view of the files, so that `--dry-run` holds. It knows no file of a plugin; Nx finds it by generators.json.
 */
import { posix } from 'node:path';
import { newPlugin, pluginKinds } from './scaffolds/plugin-kinds.js';

/** What is used of Nx's `Tree`, so that who runs `loopsmith` needs no Nx. Paths are relative to the root of the workspace. */
interface Tree {
  exists(path: string): boolean;
  write(path: string, content: string): void;
}
/** As generators.schema.json has them; `directory` is the current folder when not given. */
interface Options { readonly name: string; readonly directory?: string }
/** What it answers is called when the files are written. */
type Generator = (tree: Tree, options: Options) => Promise<() => void>;

const generatorOf = (kind: string): Generator => async (tree, { name, directory = '' }) => {
  const { files, message } = await newPlugin(pluginKinds.find((each) => each.name === kind)!, name, (folder) => tree.exists(posix.join(directory, folder)));
  for (const [file, text] of Object.entries(files)) tree.write(posix.join(directory, name, file), text);
  return () => { process.stdout.write(message); };
};

export const hardwarePlugin = generatorOf('hardware-plugin');
export const costModel = generatorOf('cost-model');
export const searchStrategy = generatorOf('search-strategy');
