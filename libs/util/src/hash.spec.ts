/** Hashes name tasks and records for ever: their text form is pinned here. */
import { expect } from 'chai';
import { canonicalJson, sha256, shortHash } from './hash.js';

describe('canonicalJson', () => {
  it('is one text per value: sorted keys, no white space', () => {
    expect(canonicalJson({ b: [1, 'x', null], a: { d: true, c: 1.5 } })).to.equal('{"a":{"c":1.5,"d":true},"b":[1,"x",null]}');
  });

  it('refuses numbers that JSON has no text for', () => {
    expect(() => canonicalJson({ time: Infinity })).to.throw('canonicalJson: Infinity has no JSON form');
    expect(() => canonicalJson([NaN])).to.throw('canonicalJson: NaN has no JSON form');
  });
});

describe('hashes', () => {
  it('are SHA-256, and its first 16 digits', () => {
    expect(sha256('')).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(shortHash('')).to.equal('e3b0c44298fc1c14');
    expect(sha256(new Uint8Array([97]))).to.equal(sha256('a'));
  });
});
