/** Stable content hashes. Names of tasks, artifacts and records come from here, so the text form must never change. */
import { hash } from 'node:crypto';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON with the keys of every object in code-unit order and no white space: one text per value. Refuses NaN and infinities. */
export const canonicalJson = (value: Json): string => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`canonicalJson: ${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  return `{${Object.keys(object).sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key]!)}`).join(',')}}`;
};

/** SHA-256 in lower-case hex. */
export const sha256 = (content: string | Uint8Array): string => hash('sha256', content);

/** The first 16 hex digits of SHA-256: the length of every id that people see. */
export const shortHash = (content: string | Uint8Array): string => sha256(content).slice(0, 16);
