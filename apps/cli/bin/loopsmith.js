#!/usr/bin/env -S node --min-semi-space-size=4 --max-semi-space-size=64
// Room for young objects: a search makes many that die at once, and with 16 MB at most collecting them takes a fifth of its time; with 1 MB, as Node
// begins, as much of the time of a command that keeps the room as it begins.
// The committed entry point: npm links it before anything is built, so it can say what to do when nothing is.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// V8 optimises a function after a fraction of a millisecond in it. Most of what a command runs is done before that pays: optimising,
// and again after every new shape of object, took a third of the CPU time of `extract`. What runs for seconds is still optimised.
setFlagsFromString('--interrupt-budget=1000000');

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('loopsmith is not built yet. Run "npm start" or "npm run build" in the checkout first.\n');
  process.exit(2);
}
await import(main.href);
