/** The kit of what every hardware plugin keeps, run on this one; it adds no check of its own. */
import { hardwareChecks } from 'loopsmith/plugin';
import { test } from 'node:test';
import { riscvRvv } from './index.js';

for (const { name, run } of hardwareChecks(riscvRvv)) test(name, run);
