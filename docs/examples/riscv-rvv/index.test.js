/** The conformance kit on this plugin: what every hardware plugin keeps. Builds nothing; answers of built code are `loopsmith verify`'s. */
import { hardwareChecks } from 'loopsmith/plugin';
import { test } from 'node:test';
import { riscvRvv } from './index.js';

for (const { name, run } of hardwareChecks(riscvRvv)) test(name, run);
