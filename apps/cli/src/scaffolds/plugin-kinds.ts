/** The kinds of plugins that can be begun with a folder that works as it is: one entry each, for `loopsmith new` and the generators of Nx. Writes nothing. */

export interface PluginKind {
  readonly name: string;
  readonly summary: string;
  /** Files by path inside the new folder, and the command lines to go on with. */
  files(name: string): Promise<Readonly<Record<string, string>>>;
  next(name: string): readonly string[];
}

export const pluginKinds: readonly PluginKind[] = [
  {
    name: 'search-strategy',
    summary: 'a search strategy, with a test that runs the conformance kit',
    files: async (name) => (await import('./search-strategy.js')).searchStrategyFiles(name),
    next: (name) => [
      `node --test ${name}/index.test.js`,
      `npx loopsmith compare-strategies --plugin ./${name}/index.js --pair annealing+gbt --pair ${name}+gbt`,
      `npx loopsmith tune model.onnx --plugin ./${name}/index.js --strategy ${name}`,
    ],
  },
  {
    name: 'cost-model',
    summary: 'a cost model, with a test that runs the conformance kit',
    files: async (name) => (await import('./cost-model.js')).costModelFiles(name),
    next: (name) => [
      `node --test ${name}/index.test.js`,
      `npx loopsmith compare-strategies --plugin ./${name}/index.js --pair best-first+gbt --pair best-first+${name}`,
      `npx loopsmith tune model.onnx --plugin ./${name}/index.js --model ${name}`,
    ],
  },
  {
    name: 'hardware-plugin',
    summary: 'a hardware plugin, with a test that runs the conformance kit',
    files: async (name) => (await import('./hardware-plugin.js')).hardwarePluginFiles(name),
    next: (name) => [
      `node --test ${name}/index.test.js`,
      `npx loopsmith targets --plugin ./${name}/index.js`,
      `npx loopsmith compile model.onnx --plugin ./${name}/index.js --target ${name}:plain --untuned -o model`,
    ],
  },
];

/** What a new folder holds, and what to say then. Refuses a name that cannot be one, and a folder that is `taken`. */
export const newPlugin = async (
  { files, next }: PluginKind,
  name: string,
  taken: (name: string) => boolean,
): Promise<{ readonly files: Readonly<Record<string, string>>; readonly message: string }> => {
  const { refuse } = await import('@loopsmith/util');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    refuse({
      code: 'name-invalid',
      stage: 'new',
      message: `"${name}" cannot name a plugin; give lower-case words with dashes between, such as hill-climbing`,
    });
  if (taken(name))
    refuse({ code: 'folder-exists', stage: 'new', message: `there is something called ${name} here already; choose another name or remove it` });
  const made = await files(name);
  return {
    files: made,
    message: `Wrote ${name}/: ${Object.keys(made).join(', ')}\nGo on with:\n${next(name)
      .map((line) => `  $ ${line}\n`)
      .join('')}`,
  };
};
