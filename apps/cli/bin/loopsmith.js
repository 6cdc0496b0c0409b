#!/usr/bin/env node
// The committed entry point: npm links it before anything is built, so it can say what to do when nothing is.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('loopsmith is not built yet. Run "npm start" or "npm run build" in the checkout first.\n');
  process.exit(2);
}
await import(main.href);
