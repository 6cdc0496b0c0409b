/** Which device a driver finds on this machine: asked by a program of its own, which the driver may crash. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { buildNative, keptPrograms } from '@loopsmith/runtime';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { gpuNativeDirectory } from './host-toolchain.js';
import type { GpuHost } from './host.js';

/** The device's name. The failure is the driver's own sentence. `name`: of the place among this user's programs where the one that asks is kept. */
export const probeDevice = async ({ driver }: Pick<GpuHost, 'driver'>, name: string): Promise<Outcome<string>> => {
  const place = keptPrograms(name);
  if (!place.ok) return place;
  const program = await buildNative({
    name: 'probe', sources: ['probe.c', driver].map((file) => join(gpuNativeDirectory, file)), flags: ['-std=gnu11', '-O1', `-I${gpuNativeDirectory}`, '-ldl'],
  }, place.value);
  if (!program.ok) return program;
  return new Promise((resolve) => {
    execFile(program.value, [], { timeout: 30_000 }, (error, stdout, stderr) => {
      const said = stdout.trim();
      if (error === null) resolve(succeed(said));
      else
        resolve(
          fail({
            code: 'device-missing',
            stage: 'measure',
            message: said === '' ? 'the driver ended the program that asked it for its device; check it with nvidia-smi, rocminfo or clinfo' : said,
            text: stderr,
          }),
        );
    });
  });
};
