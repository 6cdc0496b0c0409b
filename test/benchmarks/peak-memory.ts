/**
 * Loaded before a program with `--import`: when the program ends, its peak resident memory in bytes and its CPU seconds are in the file
 * that LOOPSMITH_PEAK_FILE names. The peak is the address space's own (VmHWM): getrusage's begins with that of whoever started it.
 * Where whoever started it ends first, be it killed, the program is told to end too.
 */
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage(), peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  writeFileSync(process.env['LOOPSMITH_PEAK_FILE']!, JSON.stringify({ peakBytes: peak, cpuSeconds: (user + system) / 1e6 }));
});
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
