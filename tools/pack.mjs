// Makes the package `loopsmith` as it is published: `node tools/pack.mjs [folder]` writes loopsmith-VERSION.tgz there (default: build/).
// The libraries of this workspace travel inside it as bundled dependencies, compiled, without specs; what comes from the
// registry is a dependency with the version of this checkout. Builds nothing: run `npm run build` before.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspaceFolders } from './workspaces.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const app = join(root, 'apps', 'cli');
const [named, ...more] = process.argv.slice(2);
// a word that is meant for an option would become a folder of that name
if (named?.startsWith('-') || more.length > 0) {
  process.stderr.write('usage: node tools/pack.mjs [folder]\nWrites loopsmith-VERSION.tgz there (default: build/).\n');
  process.exit(2);
}
const target = resolve(named ?? join(root, 'build'));

const packages = new Map(workspaceFolders(root).map((folder) => [readJson(join(root, folder, 'package.json')).name, join(root, folder)]));
if (!existsSync(join(app, 'dist'))) {
  process.stderr.write('pack: this checkout is not built; run `npm start` or `npm run build` first\n');
  process.exit(1);
}
const stage = mkdtempSync(join(tmpdir(), 'loopsmith-pack-'));
try {
  const bundled = closure(readJson(join(app, 'package.json')));
  const external = {}, optional = {};
  for (const folder of [app, ...bundled.map((name) => packages.get(name))]) {
    const { dependencies = {}, optionalDependencies = {} } = readJson(join(folder, 'package.json'));
    for (const [name, version] of Object.entries(dependencies)) if (!packages.has(name)) external[name] = version;
    Object.assign(optional, optionalDependencies);
  }
  copyPackage(app, stage);
  for (const name of bundled) {
    const to = join(stage, 'node_modules', name);
    copyPackage(packages.get(name), to);
    // whoever installs it has no registry to ask about the others, and needs none
    const { version, type, license, exports } = readJson(join(to, 'package.json'));
    writeJson(join(to, 'package.json'), { name, version, type, license, exports });
  }
  cpSync(join(root, 'test', 'data', 'zoo', 'resnet18.json'), join(stage, 'data', 'zoo', 'resnet18.json'));
  const spaces = join(root, 'test', 'data', 'spaces');
  for (const file of readdirSync(spaces).filter((name) => name.endsWith('.jsonl.gz'))) cpSync(join(spaces, file), join(stage, 'data', 'spaces', file));
  // the README points into docs/, whose guides use the examples there
  for (const file of ['LICENSE', 'README.md', 'docs']) cpSync(join(root, file), join(stage, file), { recursive: true });
  const { name, version, type, license, bin, exports, generators } = readJson(join(app, 'package.json'));
  const { description, engines } = readJson(join(root, 'package.json'));
  writeJson(join(stage, 'package.json'), {
    name, version, description, license, type, bin, exports, generators, engines, os: ['linux'], cpu: ['x64', 'arm64'],
    dependencies: { ...sorted(external), ...Object.fromEntries(bundled.map((one) => [one, readJson(join(packages.get(one), 'package.json')).version])) },
    bundleDependencies: bundled,
    // what a plugin can do without until it is chosen
    peerDependencies: sorted(optional), peerDependenciesMeta: Object.fromEntries(Object.keys(optional).map((one) => [one, { optional: true }])),
  });
  mkdirSync(target, { recursive: true });
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], { cwd: stage, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  process.stdout.write(`${join(target, filename)}\n`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

/** Workspace packages that a package needs when it runs, with those that they need. */
function closure(manifest) {
  const found = new Set();
  const visit = ({ dependencies = {} }) => {
    for (const name of Object.keys(dependencies)) {
      if (!packages.has(name) || found.has(name)) continue;
      found.add(name);
      visit(readJson(join(packages.get(name), 'package.json')));
    }
  };
  visit(manifest);
  return [...found].sort();
}

/** Everything of a package but its sources, its specs and what only specs use. Data that it reads at run time lies beside dist. */
function copyPackage(from, to) {
  if (!existsSync(join(from, 'dist'))) throw new Error(`${relative(root, from)} is not built; run npm run build`);
  const left = new Set(['node_modules', 'src', 'tsconfig.json', 'testing']);
  cpSync(from, to, {
    recursive: true,
    filter: (path) => !left.has(relative(from, path).split('/').at(-1)) && !/\.(spec|fixture)\.|\.map$|\.tsbuildinfo$/.test(path),
  });
  // without their maps, compiled files should not name them
  for (const file of files(join(to, 'dist'))) if (/\.(js|d\.ts)$/.test(file)) writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  // `./testing` and its like lead nowhere now
  const path = join(to, 'package.json'), manifest = readJson(path);
  manifest.exports = Object.fromEntries(Object.entries(manifest.exports ?? {}).filter(([, entry]) => typeof entry === 'string' || existsSync(join(to, entry.default))));
  writeJson(path, manifest);
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
}

function sorted(entries) {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
