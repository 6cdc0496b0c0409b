/**
 * What a Kafka broker needs on this machine: Java, and the jars of Apache Kafka from Maven Central in a cache folder. Fetches
 * each once; says what is missing and how to get it. Starts no broker.
 */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.js';

/** The version in broker/pom.xml. */
export const kafkaVersion = '4.3.1';
export const brokerFile = (name: string): string => fileURLToPath(new URL(`../../broker/${name}`, import.meta.url));

export interface KafkaArtifacts {
  readonly java: string;
  /** Folder of the jars. */
  readonly jars: string;
  /** Class-data archive that halves the start; made by the first broker that is started without one. */
  readonly archive: string;
}

export interface ArtifactOptions {
  /** Such as `~/.cache/loopsmith`; jars lie in a folder of their version below. */
  readonly cache: string;
  /** Told before something takes seconds. */
  readonly say: (text: string) => void;
  /** Programs by their names or paths. */
  readonly java?: string;
  readonly maven?: string;
}

export const fetchArtifacts = async ({ cache, say, java = 'java', maven = 'mvn' }: ArtifactOptions): Promise<Outcome<KafkaArtifacts>> => {
  const version = javaVersion(java);
  if (version === null)
    return fail({
      code: 'java-missing',
      stage: 'broker',
      message: `there is no Java (${java}) on this machine, and a Kafka broker runs on it; install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless), or give the address of a broker that runs elsewhere with --brokers`,
    });
  if (version < 17)
    return fail({
      code: 'java-old',
      stage: 'broker',
      message: `${java} is Java ${version}, and Kafka ${kafkaVersion} needs 17 or newer; install one (Debian: apt-get install openjdk-17-jre-headless)`,
    });
  const folder = join(cache, `kafka-${kafkaVersion}`), jars = join(folder, 'lib');
  const artifacts = { java, jars, archive: join(folder, `java-${version}.jsa`) };
  if (existsSync(join(jars, '.complete'))) return succeed(artifacts);
  if (spawnSync(maven, ['-v'], { stdio: 'ignore' }).status !== 0)
    return fail({
      code: 'maven-missing',
      stage: 'broker',
      message: `the jars of Kafka ${kafkaVersion} are not in ${jars} yet, and there is no Maven (${maven}) to fetch them; install it (Debian: apt-get install maven)`,
    });
  say(`fetching Apache Kafka ${kafkaVersion} with Maven (43 MB, once)`);
  const fresh = `${jars}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  const fetched = await runProgram(maven, ['-q', '-B', '-f', brokerFile('pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}`]);
  if (fetched.code !== 0 || (await readdir(fresh)).length === 0) {
    await rm(fresh, { recursive: true, force: true });
    return fail({
      code: 'kafka-unfetched',
      stage: 'broker',
      message: `Maven could not fetch the jars of Kafka ${kafkaVersion}; check that it reaches a repository (its settings.xml may name one), then try again`,
      text: fetched.text,
    });
  }
  await writeFile(join(fresh, '.complete'), '');
  await rm(jars, { recursive: true, force: true });
  // another process may have been faster; its jars are the same
  await rename(fresh, jars).catch(() => rm(fresh, { recursive: true, force: true }));
  return succeed(artifacts);
};

const javaVersion = (java: string): number | null => {
  const ran = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(`${ran.stderr ?? ''}${ran.stdout ?? ''}`) ?? [];
  if (ran.status !== 0 || first === undefined) return null;
  return first === '1' ? Number(second) : Number(first);
};
