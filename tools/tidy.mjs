// Reads every text of the repository and complains about what no compiler sees: a file that does not introduce itself,
// a file too long, a path or host of somebody's machine, work left for later, a test switched off.
// It changes nothing and needs nothing installed. Rules about code are Oxlint's and ESLint's.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const root = args.includes('--root') ? resolve(args[args.indexOf('--root') + 1]) : resolve(dirname(fileURLToPath(import.meta.url)), '..');

const IGNORED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.nx', '.loopsmith', 'tmp', 'build', '.kafka']);
const CODE = new Set(['.ts', '.mts', '.mjs', '.cjs', '.js', '.c', '.h', '.S', '.sh', '.py', '.css']);
const TEXT = new Set([...CODE, '.json', '.jsonl', '.md', '.txt', '.yml', '.yaml', '.html', '.svg', '.xml', '.properties', '.toml', '']);
const MOST_LINES = 800;

/** Written in pieces, so that this file does not complain about itself. */
const WORDS = {
  later: new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`),
  only: new RegExp(`\\b(?:describe|context|suite|it|specify|test)\\s*\\.\\s*only\\b`),
  skip: new RegExp(`\\b(?:describe|context|suite|it|specify|test|this)\\s*\\.\\s*skip\\b|\\bx(?:describe|context|it|specify)\\s*\\(`),
  machine: new RegExp(`(?<![\\w.@:/-])/(?:${['work', 'root', 'home', 'Users'].join('|')})/[\\w.-]`),
  disable: new RegExp('(?:es|ox)lint-' + 'disable(?!.* -- \\S.{10})'),
  registry: /\bregistry\s*=\s*\S|\/\/[^\s/"']*\b(?:registry|artifactory|nexus|verdaccio|mirror|proxy)\b[^\s/"']*\//i,
};

const complaints = [];
const paths = walk(root);
for (const path of paths) check(path);
for (const complaint of complaints) process.stdout.write(`tidy: ${complaint}\n`);
if (complaints.length === 0) process.stdout.write(`tidy: ${paths.length} files in order\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED_FOLDERS.has(entry.name) || isOtherCheckout(path) ? [] : walk(path);
    return entry.isFile() && TEXT.has(extname(entry.name)) ? [path] : [];
  });
}

/** A git worktree or clone someone keeps inside this one. */
function isOtherCheckout(folder) {
  return existsSync(join(folder, '.git'));
}

function check(path) {
  const name = relative(root, path);
  const text = readFileSync(path, 'utf8');
  if (text.includes('\0') || name === '.git') return;
  const lines = text.split('\n');
  const complain = (line, what) => complaints.push(`${name}:${line}: ${what}`);
  const eachLine = (pattern, what) => lines.forEach((line, index) => pattern.test(line) && complain(index + 1, what(pattern.exec(line)[0])));

  if (name === 'package-lock.json') return eachLine(/"resolved": "[a-z+]*:\/\/.*/, () => 'the lock file names a registry; keep omit-lockfile-registry-resolved in .npmrc');
  eachLine(WORDS.machine, (found) => `a path of one machine ("${found}...")`);
  eachLine(WORDS.registry, (found) => `the name of a package registry ("${found}")`);
  const isCode = CODE.has(extname(path)) || lines[0].startsWith('#!');
  if (!isCode) return;
  if (lines.length - 1 > MOST_LINES) complain(MOST_LINES + 1, `${lines.length - 1} lines; a file holds one idea in at most ${MOST_LINES}`);
  eachLine(WORDS.later, (found) => `"${found}": do it now, or write it into docs/roadmap.md`);
  eachLine(WORDS.disable, () => 'a rule is switched off without a reason; end the comment with " -- " and why');
  if (!opensWithComment(text)) complain(1, 'open the file with a comment that says what it is and what it refuses to do');
  if (!/\.spec\.m?[tj]s$/.test(name)) return;
  eachLine(WORDS.only, (found) => `"${found}" hides the other tests`);
  eachLine(WORDS.skip, (found) => `"${found}": a test skips through needs(), with a reason, or not at all`);
}

/** A sentence at least: thirty characters of comment before the first line of code. An index that is still empty may wait. */
function opensWithComment(text) {
  if (text.trim() === 'export {};') return true;
  const body = text.replace(/^\uFEFF?(#!.*\n)?/, '');
  const opening = /^\s*(?:\/\*[\s\S]*?\*\/|(?:\/\/.*(?:\n|$)\s*)+|(?:#(?!include|define|if|pragma).*(?:\n|$)\s*)+)/.exec(body)?.[0] ?? '';
  return opening.replace(/[^\p{L}]/gu, '').length >= 30;
}
