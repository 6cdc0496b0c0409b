/** Devices whose times may not stand beside each other have different names. */
import { fakeEnvironment, fakeTarget } from '@loopsmith/stages/testing';
import { expect } from 'chai';
import { deviceFingerprint } from './device-fingerprint.js';

describe('the fingerprint of a device', () => {
  it('is another one where target, protocol or anything of the environment is', () => {
    const device = { target: fakeTarget, protocol: '1 none', environment: fakeEnvironment };
    const others = [
      device, { ...device, target: { ...fakeTarget, id: 'other' } }, { ...device, protocol: '2 none' }, { ...device, environment: { ...fakeEnvironment, threads: 2 } },
      ...(['cpu', 'isa', 'compiler', 'os', 'loopsmith'] as const).map((name) => ({ ...device, environment: { ...fakeEnvironment, [name]: 'other' } })),
    ];
    expect(new Set(others.map(deviceFingerprint)).size).to.equal(others.length);
    expect(deviceFingerprint(structuredClone(device))).to.equal(deviceFingerprint(device));
  });
});
