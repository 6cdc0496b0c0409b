/** A machine without Java, with an old one, or without Maven is told what to install. */
import { expect } from 'chai';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchArtifacts, kafkaVersion } from './artifacts.js';

describe('what a broker needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-java-')), nowhere = join(folder, 'nowhere'), java = join(folder, 'java');
  after(() => rmSync(folder, { recursive: true }));
  const isJava = (version: string): void => {
    writeFileSync(java, `#!/bin/sh\necho 'openjdk version "${version}" 2024-01-16' >&2\n`);
    chmodSync(java, 0o755);
  };
  const refusal = async (program: string): Promise<string> => {
    const fetched = await fetchArtifacts({ cache: folder, say: () => undefined, java: program, maven: nowhere });
    return fetched.ok ? 'it was not refused' : fetched.failure.message;
  };

  it('is Java', async () => {
    expect(await refusal(nowhere)).to.equal(`there is no Java (${nowhere}) on this machine, and a Kafka broker runs on it; install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless), or give the address of a broker that runs elsewhere with --brokers`);
  });

  it('is a Java that is not too old', async () => {
    isJava('1.8.0_402');
    expect(await refusal(java)).to.equal(`${java} is Java 8, and Kafka ${kafkaVersion} needs 17 or newer; install one (Debian: apt-get install openjdk-17-jre-headless)`);
  });

  it('is Maven, the first time', async () => {
    isJava('17.0.10');
    expect(await refusal(java)).to.equal(`the jars of Kafka ${kafkaVersion} are not in ${join(folder, `kafka-${kafkaVersion}`, 'lib')} yet, and there is no Maven (${nowhere}) to fetch them; install it (Debian: apt-get install maven)`);
  });
});
