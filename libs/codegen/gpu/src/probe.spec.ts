/** What is said of a driver that ends the program which asks it for its device. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { gpuNativeDirectory } from './host-toolchain.js';
import { probeDevice } from './probe.js';

describe('the question which device there is', () => {
  it('outlives a driver that crashes, and names the tool of each', async function () {
    needs(this, command('gcc'));
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-probe-')), driver = join(folder, 'crashing_driver.c');
    try {
      writeFileSync(driver, `#include "loopsmith_driver.h"
#include <stdlib.h>
int loopsmith_driver_open(loopsmith_driver **made, loopsmith_driver_error *error) { abort(); }
void loopsmith_driver_close(loopsmith_driver *driver) {}
const char *loopsmith_driver_device(const loopsmith_driver *driver) { return ""; }
`);
      const asked = await probeDevice({ driver: relative(gpuNativeDirectory, driver) }, 'probe-spec');
      expect(asked.ok ? '' : asked.failure.message).to.equal('the driver ended the program that asked it for its device; check it with nvidia-smi, rocminfo or clinfo');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
