/** What every hardware plugin keeps. */
import { hardwareChecks } from 'loopsmith/plugin';
import { test } from 'node:test';
import { riscvRvv } from './index.js';

for (const { name, run } of hardwareChecks(riscvRvv)) test(name, run);
