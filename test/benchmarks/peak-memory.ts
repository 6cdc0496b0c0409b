/** Loaded before a program with `--import`: when the program ends, its peak resident memory in bytes is in the file that LOOPSMITH_PEAK_FILE names. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => writeFileSync(process.env['LOOPSMITH_PEAK_FILE']!, String(process.resourceUsage().maxRSS * 1024)));
