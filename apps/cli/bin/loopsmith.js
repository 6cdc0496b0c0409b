#!/usr/bin/env -S node --max-semi-space-size=64
// Room for young objects: a search makes many that die at once, and with Node's 16 MB collecting them takes a fifth of its time.
// The committed entry point: npm links it before anything is built, so it can say what to do when nothing is.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('loopsmith is not built yet. Run "npm start" or "npm run build" in the checkout first.\n');
  process.exit(2);
}
await import(main.href);
