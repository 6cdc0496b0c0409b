// Holds three lists together: what a package imports, what its package.json declares, and what its tsconfig.json references.
// The imports are the truth: `npm run sync` rewrites the other two for workspace packages. It also finds import cycles.
// About external packages it only complains, because choosing a version is a person's decision.
import { readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { LAYERS } from './lint/layers.mjs';
import { workspaceFolders } from './workspaces.mjs';

/** What is wrong in the workspace below `root`, a sentence each; with `fix`, what can be mended is, and those files are named in its place. */
export function sync(root, fix) {
  const complaints = [];
  const changed = new Set();

  const rootPackage = readJson('package.json');
  const lock = readJson('package-lock.json');
  const packages = new Map(workspaceFolders(root).map((folder) => [readJson(join(folder, 'package.json')).name, readPackage(folder)]));
  for (const one of packages.values()) {
    syncDependencies(one);
    syncReferences(one);
    checkExternals(one);
    checkTags(one);
    checkLock(one);
    findCycles(one);
  }
  syncRootReferences();
  checkVersions();
  return { changed: [...changed], complaints, packages: packages.size };

  function readPackage(folder) {
    const files = sources(join(root, folder)).map((path) => {
      const text = readFileSync(path, 'utf8');
      const imports = ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
      return { path, isSpec: path.endsWith('.spec.ts') || folder === 'test', imports };
    });
    return {
      folder,
      files,
      manifest: readJson(join(folder, 'package.json')),
      tsconfig: readJson(join(folder, 'tsconfig.json')),
    };
  }

  /** Imported packages: those that ship, and those only specs use. */
  function imported({ files, manifest }) {
    const of = (wanted) => new Set(files.filter((file) => file.isSpec === wanted).flatMap((file) => file.imports.map(packageOf)));
    const ship = of(false);
    const spec = of(true);
    for (const name of ship) spec.delete(name);
    for (const set of [ship, spec]) for (const name of [undefined, manifest.name]) set.delete(name);
    return { ship, spec };
  }

  function syncDependencies(one) {
    const { ship, spec } = imported(one);
    for (const [list, names] of [['dependencies', ship], ['devDependencies', spec]]) {
      const declared = Object.keys(one.manifest[list] ?? {}).filter((name) => packages.has(name));
      const wanted = [...names].filter((name) => packages.has(name));
      const missing = wanted.filter((name) => !declared.includes(name));
      const extra = declared.filter((name) => !wanted.includes(name));
      if (missing.length + extra.length === 0) continue;
      const file = join(one.folder, 'package.json');
      mend(file, `${list} should ${[...missing.map((name) => `have ${name}`), ...extra.map((name) => `not have ${name}`)].join(', ')}`, () => {
        const entries = { ...one.manifest[list] };
        for (const name of missing) entries[name] = '*';
        for (const name of extra) delete entries[name];
        one.manifest[list] = entries;
        if (list === 'devDependencies' && Object.keys(entries).length === 0) delete one.manifest[list];
        writeJson(file, one.manifest);
      });
    }
  }

  function syncReferences(one) {
    const declared = { ...one.manifest.dependencies, ...one.manifest.devDependencies };
    const wanted = Object.keys(declared).filter((name) => packages.has(name)).map((name) => packages.get(name).folder);
    const present = (one.tsconfig.references ?? []).map((reference) => join(one.folder, reference.path));
    if (sameSet(wanted, present)) return;
    const file = join(one.folder, 'tsconfig.json');
    mend(file, `references should be the workspace packages of package.json: ${wanted.join(', ') || 'none'}`, () => {
      const order = inOrder(present, wanted);
      one.tsconfig.references = order.map((path) => ({ path: relative(one.folder, path) }));
      writeJson(file, one.tsconfig);
    });
  }

  function syncRootReferences() {
    const config = readJson('tsconfig.json');
    const wanted = [...packages.values()].map((one) => one.folder);
    const present = config.references.map((reference) => join(reference.path));
    if (sameSet(wanted, present)) return;
    mend('tsconfig.json', `references should be all packages: ${wanted.join(', ')}`, () => {
      const order = inOrder(present, wanted);
      config.references = order.map((path) => ({ path: `./${path}` }));
      writeJson('tsconfig.json', config);
    });
  }

  /** What ships is declared by the package itself; what specs use may also come from the root's devDependencies. */
  function checkExternals(one) {
    const file = join(one.folder, 'package.json');
    const { ship, spec } = imported(one);
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {}, peerDependencies = {} } = one.manifest;
    const shipped = { ...dependencies, ...optionalDependencies, ...peerDependencies };
    for (const name of ship) {
      if (!packages.has(name) && !(name in shipped)) complain(file, `imports ${name} without declaring it: npm install --save-exact -w ${one.folder} ${name}`);
    }
    for (const name of spec) {
      const known = name in shipped || name in devDependencies || name in rootPackage.devDependencies;
      if (!packages.has(name) && !known) complain(file, `its specs import ${name} without declaring it: npm install --save-dev --save-exact ${name}`);
    }
    for (const name of Object.keys({ ...shipped, ...devDependencies })) {
      if (!packages.has(name) && !ship.has(name) && !spec.has(name)) complain(file, `declares ${name} and never imports it: npm uninstall -w ${one.folder} ${name}`);
    }
  }

  function checkTags(one) {
    const tags = one.manifest.nx?.tags ?? [];
    const file = join(one.folder, 'package.json');
    const known = (tag) => LAYERS.some((layer) => layer.sourceTag === tag);
    const layers = tags.filter((tag) => tag.startsWith('layer:'));
    const kinds = tags.filter((tag) => tag.startsWith('kind:'));
    if (layers.length !== 1) complain(file, `nx.tags needs exactly one layer:*, it has ${layers.length}`);
    if (layers[0] === 'layer:plugin' && kinds.length === 0) complain(file, 'a plugin needs a kind:* tag');
    for (const tag of [...layers, ...kinds]) if (!known(tag)) complain(file, `nobody has said what ${tag} may import; add it to tools/lint/layers.mjs`);
  }

  /** npm ci believes the lock file; so it must know what package.json says. */
  function checkLock(one) {
    const locked = lock.packages[one.folder];
    const lists = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
    const same = locked !== undefined && lists.every((list) => sameEntries(locked[list], one.manifest[list]));
    if (same) return;
    const external = (entries) => Object.fromEntries(Object.entries(entries ?? {}).filter(([name]) => !packages.has(name)));
    const mendable = locked !== undefined && lists.every((list) => sameEntries(external(locked[list]), external(one.manifest[list])));
    if (!mendable) return complain('package-lock.json', `does not know ${one.folder}/package.json as it is: npm install --ignore-scripts`);
    mend('package-lock.json', `does not know the workspace packages of ${one.folder}/package.json`, () => {
      for (const list of lists) {
        if (Object.keys(one.manifest[list] ?? {}).length === 0) delete locked[list];
        else locked[list] = Object.fromEntries(Object.entries(one.manifest[list]).sort(([a], [b]) => (a < b ? -1 : 1)));
      }
      writeJson('package-lock.json', lock);
    });
  }

  /** One version of an external package in the whole workspace, pinned. */
  function checkVersions() {
    const seen = new Map();
    const all = [['package.json', rootPackage], ...[...packages.values()].map((one) => [join(one.folder, 'package.json'), one.manifest])];
    for (const [file, manifest] of all) {
      for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
        if (packages.has(name)) continue;
        // an alias names the package first, as `npm:typescript@7.0.2`
        if (!/^(?:npm:.+@)?\d/.test(version)) complain(file, `${name} must be pinned to one exact version, not ${version}`);
        if ((seen.get(name) ?? version) !== version) complain(file, `${name} is ${version} here and ${seen.get(name)} elsewhere`);
        seen.set(name, version);
      }
    }
  }

  /** Depth first through the relative imports of one package; type imports count, since they tie files together just as much. */
  function findCycles({ files }) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const state = new Map();
    const visit = (file, trail) => {
      state.set(file, 'open');
      for (const name of file.imports.filter((one) => one.startsWith('.'))) {
        const next = byPath.get(resolve(dirname(file.path), name.replace(/\.(m?)js$/, '.$1ts')));
        if (next === undefined || state.get(next) === 'done') continue;
        const path = [...trail, file];
        if (state.get(next) === 'open') {
          const names = [...path.slice(path.indexOf(next)), next].map((one) => relative(root, one.path));
          complain(names[0], `import cycle: ${names.join(' -> ')}`);
        } else visit(next, path);
      }
      state.set(file, 'done');
    };
    for (const file of files) if (!state.has(file)) visit(file, []);
  }

  function mend(file, text, repair) {
    if (!fix) return complain(file, `${text}; "npm run sync" mends it`);
    repair();
    changed.add(file);
  }

  function complain(file, text) {
    complaints.push(`${file}: ${text}`);
  }

  function readJson(path) {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  }

  function writeJson(path, value) {
    writeFileSync(join(root, path), `${JSON.stringify(value, undefined, 2)}\n`);
  }
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['dist', 'node_modules'].includes(entry.name) ? [] : sources(path);
    return /\.m?ts$/.test(entry.name) ? [path] : [];
  });
}

/** The package a module name belongs to; undefined for relative names and what Node brings. */
function packageOf(name) {
  if (name.startsWith('.') || name.startsWith('node:') || builtinModules.includes(name)) return undefined;
  return name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
}

/** What is wanted, in the order in which it stands already; a merge can leave a path twice. */
function inOrder(present, wanted) {
  return [...new Set([...present.filter((path) => wanted.includes(path)), ...wanted])];
}

function sameSet(one, other) {
  return one.length === other.length && one.every((item) => other.includes(item));
}

function sameEntries(one = {}, other = {}) {
  const text = (entries) => JSON.stringify(Object.entries(entries).sort());
  return text(one) === text(other);
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2), root = args.includes('--root') ? args[args.indexOf('--root') + 1] : join(import.meta.dirname, '..');
  const { changed, complaints, packages } = sync(resolve(root), args.includes('--fix'));
  for (const file of changed) process.stdout.write(`sync: wrote ${file}\n`);
  for (const complaint of complaints) process.stdout.write(`sync: ${complaint}\n`);
  if (complaints.length === 0) process.stdout.write(`sync: ${packages} packages agree\n`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}
