// Runs the tests part by part and closes with one plain line of counts. `npm test -- unit libs/ir` runs one part on one folder.
// The specs are found by their sources, so a compiled file whose source is gone never runs.
// Where there are two cores, three parts run at a time: most tests wait for one process, and those of a broker mostly for time to pass.
// It installs nothing: tools/setup.mjs has run before.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patience } from '../apps/cli/bin/v8-flags.js';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '..');
// Another root is for the spec of this file: the specs there run with the programs of this checkout.
const root = process.argv[2] === '--root' ? resolve(process.argv[3]) : home;
const inCI = process.env.CI === 'true';

/** Those of the program, read where it has them. ESLint has them too: 22 and 23 s of CPU with them, 23 and 25 without. */
const v8 = [...readFileSync(join(home, 'apps', 'cli', 'bin', 'loopsmith.js'), 'utf8').match(/--(?:min|max)-semi-space-size=\d+/g), ...patience(process.versions.v8)];
const node = (...args) => ({ program: process.execPath, args });
const bin = (name) => join(home, 'node_modules', ...name);
const tsc = bin(['@typescript', 'native', 'bin', 'tsc']);
const oxlint = bin(['oxlint', 'bin', 'oxlint']);
const eslint = bin(['eslint', 'bin', 'eslint.js']);
const mocha = bin(['mocha', 'bin', 'mocha.js']);
/** What passed of a long part, by file, for one tree of sources: a run that was cut off goes on there. */
const passedBefore = join(root, 'build', 'passed.json');

/**
 * The parts in the order they are listed. `specs` names folders; `commands` are checks that only pass or fail. Parts of one `lane` run one after the
 * other; the text of all but the first waits for the end of a part there. Specs run with the program's V8 flags: like it, they do many things a few times.
 */
const PARTS = {
  build: { commands: [node(tsc, '-b')] },
  lint: { commands: [node('tools/sync.mjs'), node('tools/tidy.mjs'), node(oxlint), node(...v8, eslint, '--max-warnings=0', '.')] },
  unit: { specs: ['libs', 'apps', 'test/workspace'], screen: 'Dot' },
  e2e: { specs: ['test/e2e'], screen: 'Spec', lane: 1 },
  // faults wait for time to pass, so they are there while most others run
  faults: { specs: ['test/faults'], screen: 'Spec', lane: 2 },
  conformance: { specs: ['test/conformance'], screen: 'Dot', lane: 2 },
  full: { specs: ['test/full'], screen: 'Spec', long: true },
};

const { names, folders } = readArguments(process.argv.slice(root === home ? 2 : 4));
const counts = mkdtempSync(join(tmpdir(), 'loopsmith-test-'));
const rows = [], held = [], began = Date.now();
/** Whether a live part is writing. */
let onScreen = false;
try {
  await runLane(names.filter((name) => name === 'build'), true);
  const lanes = new Map();
  for (const name of names.filter((name) => name !== 'build' && !PARTS[name].long)) {
    const lane = availableParallelism() > 1 ? PARTS[name].lane ?? 0 : 0;
    lanes.set(lane, [...lanes.get(lane) ?? [], name]);
  }
  await Promise.all([...lanes.values()].map((lane, i) => runLane(lane, i === 0)));
  // with nothing beside it: it starts as many processes as there are cores
  await runLane(names.filter((name) => PARTS[name].long), true);
} finally {
  tellHeld();
  rmSync(counts, { recursive: true, force: true });
}
report();

/** One part after the other. A lane that is not live keeps what its parts print until the live one is between two parts, or at its end. */
async function runLane(lane, live) {
  for (const name of lane) {
    const texts = [];
    if (live) onScreen = true;
    const say = live ? (text) => process.stdout.write(text) : (text) => texts.push(text);
    say(`\n== ${name}\n`);
    const started = Date.now();
    const result = await (PARTS[name].commands ? check(PARTS[name], say, live) : runSpecs(name, PARTS[name], say, live));
    rows.push({ name, minutes: (Date.now() - started) / 60_000, ...result });
    if (live) onScreen = false;
    held.push(texts.join(''));
    if (!onScreen) tellHeld();
  }
}

function tellHeld() {
  process.stdout.write(held.splice(0).join(''));
}

function readArguments(args) {
  const long = args.includes('--full');
  const rest = args.filter((argument) => argument !== '--full');
  const wrong = rest.filter((argument) => !(argument in PARTS) && !existsSync(join(root, argument)));
  if (wrong.length > 0) {
    process.stderr.write(`There is no part or folder ${wrong.join(', ')}. The parts are ${Object.keys(PARTS).join(', ')}.\n`);
    process.exit(2);
  }
  const chosen = Object.keys(PARTS).filter((name) => rest.includes(name));
  const all = Object.keys(PARTS).filter((name) => long || !PARTS[name].long);
  return { names: chosen.length > 0 ? chosen : all, folders: rest.filter((argument) => !(argument in PARTS)) };
}

/** Runs every command, so that one run shows all complaints. A failing part counts as one failure. */
async function check({ commands }, say, live) {
  let failed = 0;
  for (const { program, args } of commands) if (!await succeeds(program, args, say, live)) failed++;
  return { passed: 0, failed: failed > 0 ? 1 : 0, skipped: 0, skips: [], failures: [], note: failed > 0 ? 'FAILED' : 'ok' };
}

async function runSpecs(name, { specs, screen, long }, say, live) {
  const none = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], note: 'no specs' };
  const files = specs.flatMap((folder) => specsUnder(join(root, folder))).filter(isChosen);
  // only a folder that was asked for may lie elsewhere: a part that lost its specs has not passed
  if (files.length === 0) return folders.length === 0 ? { ...none, failed: 1, note: 'FAILED: no specs found' } : none;
  const unbuilt = files.filter((file) => !existsSync(file.compiled));
  if (unbuilt.length > 0) {
    say(`not built: ${unbuilt.map((file) => relative(root, file.source)).join(', ')}\n`);
    return { ...none, failed: 1, note: 'FAILED: not built' };
  }
  return long ? runFileByFile(name, screen, files, say, live) : runMocha(name, screen, files, say, live);
}

/** A process for each file, so that what has passed stays passed. Counts are of all files, those of a former run too. */
async function runFileByFile(name, screen, files, say, live) {
  const tree = inCI ? undefined : treeOfSources();
  const kept = tree !== undefined && existsSync(passedBefore) ? JSON.parse(readFileSync(passedBefore, 'utf8')) : {};
  const passed = kept.tree === tree && kept.passed || {};
  const total = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], note: 'ok' };
  let former = 0;
  for (const file of files) {
    const path = relative(root, file.source);
    if (path in passed) {
      say(`passed in a former run of these sources: ${path}, ${passed[path]} tests (remove ${relative(root, passedBefore)} to run it again)\n`);
      total.passed += passed[path];
      former++;
      continue;
    }
    const result = await runMocha(name, screen, [file], say, live);
    for (const key of ['passed', 'failed', 'skipped', 'skips', 'failures']) total[key] = typeof total[key] === 'number' ? total[key] + result[key] : [...total[key], ...result[key]];
    if (result.note !== 'ok') total.note = result.note;
    if (result.note !== 'ok' || result.skipped > 0 || tree === undefined || treeOfSources() !== tree) continue;
    passed[path] = result.passed;
    mkdirSync(dirname(passedBefore), { recursive: true });
    writeFileSync(passedBefore, JSON.stringify({ tree, passed }));
  }
  return { ...total, note: former > 0 ? `${total.note}, ${former} of ${files.length} files in a former run` : total.note };
}

/** The name that git gives to all that is committed; none where something differs from it, or without git. */
function treeOfSources() {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  const changes = git('status', '--porcelain'), tree = git('rev-parse', 'HEAD^{tree}');
  return changes.status === 0 && changes.stdout === '' && tree.status === 0 ? tree.stdout.trim() : undefined;
}

async function runMocha(name, screen, files, say, live) {
  const none = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] };
  const written = join(counts, `${name}.json`);
  rmSync(written, { force: true });
  const flags = v8.flatMap((flag) => ['-n', flag.slice(2)]);
  const options = [...flags, '--reporter', join(home, 'tools', 'reporter.mjs'), '--reporter-option', `screen=${screen},counts=${written}`];
  const green = await succeeds(process.execPath, [mocha, ...options, ...files.map((file) => file.compiled)], say, live);
  if (!existsSync(written)) return { ...none, failed: 1, note: 'FAILED: mocha stopped before its end' };
  const result = JSON.parse(readFileSync(written, 'utf8'));
  if (!green && result.failed === 0) return { ...result, failed: 1, note: 'FAILED: mocha stopped with an error' };
  return { ...result, note: green ? 'ok' : 'FAILED' };
}

function isChosen(file) {
  return folders.length === 0 || folders.some((folder) => `${file.source}${sep}`.startsWith(`${resolve(root, folder)}${sep}`));
}

/** The sources of specs below a folder, with the place each one compiles to. */
function specsUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'dist' || entry.name === 'node_modules' ? [] : specsUnder(path);
      return entry.name.endsWith('.spec.ts') ? [{ source: path, compiled: compiledPath(path) }] : [];
    });
}

function compiledPath(source) {
  let home = dirname(source);
  while (!existsSync(join(home, 'tsconfig.json'))) home = dirname(home);
  const inside = relative(home, source).split(sep);
  if (inside[0] === 'src') inside.shift();
  return join(home, 'dist', ...inside).replace(/\.ts$/, '.js');
}

/** On this screen where the lane is live, so that lines are rewritten and colours stay; else as text to `say`. */
function succeeds(program, args, say, live) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'], env: { ...process.env, NX_DAEMON: 'false' } });
    for (const stream of live ? [] : [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
    child.on('error', (error) => { say(`${program}: ${error.message}\n`); resolve(false); });
    child.on('close', (code) => resolve(code === 0));
  });
}

function report() {
  rows.sort((a, b) => Object.keys(PARTS).indexOf(a.name) - Object.keys(PARTS).indexOf(b.name));
  const total = { name: 'total', note: '', minutes: (Date.now() - began) / 60_000 };
  for (const key of ['passed', 'failed', 'skipped']) total[key] = rows.reduce((sum, row) => sum + row[key], 0);
  const skips = rows.flatMap((row) => row.skips.map((title) => `skipped: ${title}`));
  if (skips.length > 0) print('', ...skips);
  // Again here, because the parts that follow a failure push it far up.
  for (const { part, title, error } of rows.flatMap((row) => row.failures.map((failure) => ({ part: row.name, ...failure })))) {
    print('', `FAILED in ${part}: ${title}`, ...cut(error).split('\n').map((line) => `  ${line}`));
  }
  print('', 'part         minutes  passed  failed  skipped');
  for (const row of [...rows, total]) {
    const cells = [row.name.padEnd(11), row.minutes.toFixed(2).padStart(9), ...['passed', 'failed'].map((key) => String(row[key]).padStart(8))];
    print(`${cells.join('')}${String(row.skipped).padStart(9)}  ${row.note}`.trimEnd());
  }
  const idle = folders.length > 0 && rows.some(({ note }) => note === 'no specs') && total.passed + total.failed + total.skipped === 0;
  if (idle) print('', `No spec lies below ${folders.join(', ')} in what was run; name a folder that has some.`);
  const forbidden = inCI && total.skipped > 0;
  if (forbidden) print('', 'In CI nothing may be skipped; the reasons are listed above.');
  print('', `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 || forbidden || idle ? 1 : 0;
}

/** The beginning and the end of a text: the message of a failure can hold all that a program printed. */
function cut(text) {
  return text.length <= 6000 ? text : `${text.slice(0, 3000)}\n[...]\n${text.slice(-3000)}`;
}

function print(...lines) {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
