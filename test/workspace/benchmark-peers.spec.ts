/** Peers in the networks benchmark: which a Python has, and how the table names those that are there and those that are not. Times nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import type { Block } from '../benchmarks/blocks.js';
import { installedPeers } from '../benchmarks/peers.js';
import { summaryOf } from '../benchmarks/summary.js';

const probe = { state: 'near', pingPongNs: 100, flops: 1e11, memoryBytesPerSecond: 1e10 } as const;
const block = (milliseconds: Block['milliseconds']): Block => ({ before: probe, after: probe, load: { others: 0, stolen: 0 }, milliseconds });
const usual = { 'loopsmith': [10], 'loopsmith untuned': [12.5], 'onnxruntime 1.30.0': [15] };
const pageOf = (networks: Readonly<Record<string, Block['milliseconds']>>): readonly string[] =>
  summaryOf(Object.fromEntries(Object.entries(networks).map(([name, times]) => [name, [{ threads: 1, blocks: [block(times)], errors: [], peakBytes: {} }]])), 'a CPU')!.page.split('\n').slice(4, -1);

describe('peers in the benchmark of networks', () => {
  it('stand beside ONNX Runtime, by ratios and means of ratios to it', () => {
    expect(pageOf({ one: { ...usual, 'openvino 2026.4.1': [12], 'ncnn 1.0': [30] }, two: { ...usual, 'openvino 2026.4.1': [20], 'ncnn 1.0': [7.5] } })).to.deep.equal([
      '| one | 1 | 10.00 | 15.00 | 1.50 x | 1.50 x | 1.50 x | 1.20 x | 1.25 x | 0.50 x | near, 1 blocks |',
      '| two | 1 | 10.00 | 15.00 | 1.50 x | 1.50 x | 1.50 x | 1.20 x | 0.75 x | 2.00 x | near, 1 blocks |',
      '| geometric mean | 1 |  |  | 1.50 x |  |  | 1.20 x | 0.97 x | 1.00 x | 2 networks |',
    ]);
  });
  it('are said to be missing where they are', () => {
    expect(pageOf({ one: { ...usual, 'ncnn 1.0': [30] } })).to.deep.equal([
      '| one | 1 | 10.00 | 15.00 | 1.50 x | 1.50 x | 1.50 x | 1.20 x | not installed | 0.50 x | near, 1 blocks |',
      '| geometric mean | 1 |  |  | 1.50 x |  |  | 1.20 x | not installed | 0.50 x | 1 networks |',
    ]);
  });
  it('stand in a picture with an axis, a key to what is there alone, and a description that is not cut off', () => {
    const about = `${'a long name of a processor '.repeat(5)}and a date`, times = { ...usual, 'ncnn 1.0': [30] };
    const { picture } = summaryOf({ one: [{ threads: 1, blocks: [block(times)], errors: [], peakBytes: {} }] }, about)!;
    const texts = [...picture.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text!);
    expect(texts.filter((text) => /^[\d.]+$/.test(text))).to.deep.equal(['0', '0.5', '1', '1.5', '2', '1.50']);
    expect(texts.slice(-5)).to.deep.equal(['tuned', 'range of the turns', 'untuned', 'ncnn', 'ONNX Runtime']);
    expect(texts.slice(1, 3).join(' ')).to.equal(about);
    for (const text of texts) expect(text.length, text).to.be.at.most(100);
  });
  it('are looked for in a Python, which need not be there', function () {
    expect(installedPeers('/no/such/python')).to.deep.equal(new Map());
    needs(this, command('python3'));
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-peers-')), python = join(folder, 'python');
    const install = (name: string): void => {
      mkdirSync(join(folder, `${name}-7.0.dist-info`));
      writeFileSync(join(folder, `${name}-7.0.dist-info`, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: 7.0\n`);
    };
    try {
      // without the packages of this machine's Python, but those of the folder
      writeFileSync(python, `#!/bin/sh\nPYTHONPATH='${folder}' exec python3 -S "$@"\n`, { mode: 0o755 });
      expect(installedPeers(python)).to.deep.equal(new Map());
      install('ncnn');
      expect(installedPeers(python), 'its converter is a package of its own').to.deep.equal(new Map());
      install('pnnx');
      expect(installedPeers(python)).to.deep.equal(new Map([['ncnn', '7.0']]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
