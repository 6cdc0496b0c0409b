// Makes a fresh Debian machine with Node ready: C compiler, node_modules, build. A second run finds all of it there
// and takes a blink. It needs nothing installed itself, and changes nothing outside the checkout except Debian packages,
// and those only as root or in CI; otherwise it names the command and stops with exit code 2.
// With `--tests` it also brings what only tests need, such as compilers and emulators for other processors; a user who is not
// root is told of those and goes on, because tests that lack them say so and are skipped. `--full` is the same for `npm run test:full`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const inCI = process.env.CI === 'true';
const isRoot = process.getuid?.() === 0;

/** What the machine must offer, how to see it, and the Debian packages that bring it. */
const REQUIREMENTS = [
  { what: 'a C compiler with the C library headers', packages: ['gcc', 'libc6-dev'], met: compilesC },
];
const TEST_REQUIREMENTS = [
  { what: 'a compiler for 64-bit Arm', packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'], met: () => runs('aarch64-linux-gnu-gcc') },
  { what: 'a linker and C library for 32-bit Arm', packages: ['gcc-arm-linux-gnueabihf', 'libc6-dev-armhf-cross'], met: () => runs('arm-linux-gnueabihf-gcc') },
  { what: 'clang', packages: ['clang-19'], met: () => runs('clang-19') },
  { what: 'LLVM\'s linker, for AMD\'s GPUs', packages: ['lld-19'], met: () => runs('ld.lld-19') },
  { what: 'llvm-mca', packages: ['llvm-19'], met: () => runs('llvm-mca-19') },
  { what: 'a linker and C library for RISC-V', packages: ['gcc-riscv64-linux-gnu', 'libc6-dev-riscv64-cross'], met: () => runs('riscv64-linux-gnu-gcc') },
  { what: 'an OpenCL device that is the CPU, and Oclgrind to check kernels', packages: ['ocl-icd-libopencl1', 'pocl-opencl-icd', 'oclgrind'], met: hasOpencl },
  { what: 'Java and Maven, for Apache Kafka', packages: ['openjdk-17-jre-headless', 'maven'], met: () => runs('java') && runs('mvn') },
  { what: 'a Kafka client to check ours by', packages: ['kcat'], met: () => spawnSync('kcat', ['-V'], { stdio: 'ignore' }).status === 0 },
  { what: 'OpenSSL, for certificates of a test broker', packages: ['openssl'], met: () => spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0 },
  { what: 'Python that makes virtual environments', packages: ['python3', 'python3-venv'], met: makesEnvironments },
  { what: 'emulators of other processors', packages: ['qemu-user'], met: () => runs('qemu-aarch64') },
];
/** What only the long form of the tests needs: exporters of other frameworks. */
const FULL_REQUIREMENTS = [
  { what: 'PyTorch, which exports networks', packages: ['python3-torch', 'python3-torchvision', 'python3-onnx'], met: () => spawnSync('/usr/bin/python3', ['-c', 'import torch, torchvision, onnx'], { stdio: 'ignore' }).status === 0 },
];

checkNode();
installDebianPackages(REQUIREMENTS, stop);
if (process.argv.includes('--tests')) installDebianPackages(TEST_REQUIREMENTS, inCI || isRoot ? stop : say);
if (process.argv.includes('--full')) installDebianPackages(FULL_REQUIREMENTS, inCI || isRoot ? stop : say);
installNodeModules();
build();
if (process.argv.includes('--tests')) {
  fetchKafka();
  await fetchNvrtc();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Loopsmith needs Node 20.19 or newer, this is ${process.versions.node}.`);
}

function compilesC() {
  const source = '#include <math.h>\n#include <pthread.h>\nint main(void) { return 0; }\n';
  return spawnSync('gcc', ['-x', 'c', '-o', '/dev/null', '-', '-lm', '-lpthread'], { input: source }).status === 0;
}

function makesEnvironments() {
  return spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
}

function runs(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** PoCL makes the CPU an OpenCL device; Oclgrind, an interpreter of kernels, sees races that it does not. */
function hasOpencl() {
  return existsSync('/etc/OpenCL/vendors/pocl.icd') && runs('oclgrind');
}

/** `without` says what is missing where it may not be installed. */
function installDebianPackages(requirements, without) {
  const missing = requirements.filter((requirement) => !requirement.met());
  if (missing.length === 0) return;
  const packages = missing.flatMap((requirement) => requirement.packages);
  const names = missing.map((requirement) => requirement.what).join(', ');
  const prefix = isRoot ? [] : ['sudo'];
  const command = [...prefix, 'apt-get', 'install', '-y', ...packages].join(' ');
  if (!isRoot && !inCI) return without(`Missing: ${names}. Install it with:\n  ${command}`);
  say(`installing ${packages.join(' ')} (missing: ${names})`);
  const apt = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
  const update = aptGet(apt, ['update', '-q']);
  if (!update || !aptGet(apt, ['install', '-y', '-q', '--no-install-recommends', ...packages])) {
    stop(`apt-get could not install it. Missing: ${names}. Install it with:\n  ${command}`);
  }
  const still = missing.filter((requirement) => !requirement.met());
  if (still.length > 0) stop(`${packages.join(' ')} is installed, but still missing: ${still.map((one) => one.what).join(', ')}.`);
}

function aptGet([program, ...before], rest) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(program, [...before, ...rest], { stdio: 'inherit', env: environment }).status === 0;
}

/** npm's own note of what it installed is compared with the lock file by age; by content where a checkout only touched the lock. */
function installNodeModules() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  const stamp = join(root, 'node_modules', '.loopsmith-lock');
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex');
  const known = existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
  if (existsSync(installed) && (known === hash || age(installed) >= age(lock))) {
    if (known !== hash) writeFileSync(stamp, hash);
    return;
  }
  say('installing node packages');
  // No package needs its install script, and some would download; native parts come prebuilt inside the packages.
  const done = spawnSync('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) stop('npm ci failed; its message is above.');
  writeFileSync(stamp, hash);
}

function build() {
  const outputs = packages().map((folder) => join(folder, 'dist', 'tsconfig.tsbuildinfo'));
  const stamp = join(root, 'node_modules', '.loopsmith-built');
  if (existsSync(stamp) && outputs.every((output) => existsSync(output))) {
    const built = age(stamp);
    const inputs = [join(root, 'tsconfig.json'), join(root, 'tsconfig.base.json'), join(root, 'node_modules', '.package-lock.json')];
    if (inputs.every((path) => age(path) <= built) && packages().every((folder) => newest(folder) <= built)) return;
  }
  const began = new Date();
  say(`building ${outputs.length} packages`);
  const built = spawnSync(process.execPath, [join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc'), '-b'], { cwd: root, stdio: ['ignore', 2, 'inherit'] });
  if (built.status !== 0) stop('the build failed; the compiler\'s message is above.', 1);
  say(`built in ${Math.round((Date.now() - began) / 1000)} s`);
  writeFileSync(stamp, `${began.toISOString()}\n`);
}

/** The jars of a broker, once per machine. Tests that need them say so themselves where they could not be had. */
function fetchKafka() {
  const fetched = spawnSync(process.execPath, [join(root, 'apps', 'cli', 'bin', 'loopsmith.js'), 'broker', '--fetch-only'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (fetched.status !== 0) say('Apache Kafka could not be fetched; the reason is above');
}

/** NVIDIA's compiler as a library, and its disassembler, from Python's package index, once per machine. Tests that need it say so where it could not be had. */
async function fetchNvrtc() {
  const { installNvrtc, nvrtcLibraries } = await import('../libs/codegen/cuda/dist/compiler.js');
  if (!nvrtcLibraries().some((library) => existsSync(library))) {
    say('installing NVRTC');
    const installed = spawnSync('sh', ['-c', installNvrtc], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (installed.status !== 0) say(`NVRTC could not be installed; the reason is above. The command is:\n  ${installNvrtc}`);
  }
  // beside it, by which tests see the instructions that it makes
  const [environment, inside] = nvrtcLibraries()[0].split(/(?=\/lib\/python)/);
  if (inside === undefined || existsSync(join(nvrtcLibraries()[0], '..', '..', '..', 'cu13', 'bin', 'nvdisasm'))) return;
  const disassembler = spawnSync(join(environment, 'bin', 'pip'), ['install', 'nvidia-cuda-nvdisasm==13.5.37'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (disassembler.status !== 0) say('NVIDIA\'s disassembler could not be installed; the reason is above');
}

/** The folders that hold a tsconfig.json, as the root tsconfig.json lists them. */
function packages() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.map((reference) => resolve(root, reference.path));
}

/** Folders count too: removing a file changes only its folder. */
function newest(folder) {
  let latest = age(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (/\.(ts|json)$/.test(entry.name)) latest = Math.max(latest, age(path));
  }
  return latest;
}

function age(path) {
  return statSync(path).mtimeMs;
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function stop(text, code = 2) {
  process.stderr.write(`setup: ${text}\n`);
  process.exit(code);
}
