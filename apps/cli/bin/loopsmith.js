#!/usr/bin/env -S node --min-semi-space-size=4 --max-semi-space-size=64
// Room for young objects: a search makes many that die at once, and with 16 MB at most collecting them takes a fifth of its time; with 1 MB, as Node
// begins, as much of the time of a command that keeps the room as it begins.
// The committed entry point: npm links it before anything is built, so it can say what to do when nothing is.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { patience } from './v8-flags.js';

for (const flag of patience(process.versions.v8)) setFlagsFromString(flag);

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('loopsmith is not built yet. Run "npm start" or "npm run build" in the checkout first.\n');
  process.exit(2);
}
await import(main.href);
