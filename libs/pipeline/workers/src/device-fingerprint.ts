/** Names a device by everything that can change its times: results of one fingerprint may stand beside each other. */
import { canonicalJson, shortHash } from '@loopsmith/util';
import type { DeviceDescription } from '@loopsmith/wire';

export const deviceFingerprint = ({ target, environment, protocol }: Pick<DeviceDescription, 'target' | 'environment' | 'protocol'>): string => {
  const { cpu, isa, compiler, os, threads, loopsmith } = environment;
  return shortHash(canonicalJson({ target: target.id, protocol, environment: { cpu, isa, compiler, os, threads, loopsmith } }));
};
