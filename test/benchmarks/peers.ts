/** Engines of PyPI as peers beside ONNX Runtime: which are installed, in which Python. Installs none of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@loopsmith/testing';
import { zooInput, zooInputShape, type ZooName } from '@loopsmith/zoo';
import type { PeerSetup } from './engine-messages.js';

export const peerNames = ['openvino', 'ncnn'] as const;
export type PeerName = (typeof peerNames)[number];

/** What brings them, said where one is missing. */
export const installPeers = 'python3 -m venv build/peers && build/peers/bin/pip install openvino ncnn && build/peers/bin/pip install --no-deps pnnx';

export const peerProgram = repository('test', 'benchmarks', 'peers.py');
const own = repository('build', 'peers', 'bin', 'python');
export const peerPython = existsSync(own) ? own : 'python3';

/** Versions of the peers that a Python has; none of them where there is no such Python. */
export const installedPeers = (python: string): ReadonlyMap<PeerName, string> => {
  const { status, stdout } = spawnSync(python, [peerProgram], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const versions = status === 0 ? JSON.parse(stdout) as Readonly<Record<PeerName, string | null>> : undefined;
  return new Map(peerNames.flatMap((name) => { const version = versions?.[name]; return version ? [[name, version]] : []; }));
};

/** Leaves the zoo's inputs of `seeds` in `directory`, where a process that is not Node can read them. */
export const peerSetup = (engine: PeerName, network: ZooName, path: string, threads: number, seeds: readonly number[], directory: string): PeerSetup => ({
  engine, path, threads, shape: zooInputShape(network),
  inputs: Object.fromEntries(seeds.map((seed) => {
    const file = join(directory, `${network}-input-${seed}.f32`);
    writeFileSync(file, zooInput(network, seed));
    return [seed, file];
  })),
});
