/** What a value that came from outside must look like: small checks that are put together and name the first field that is wrong. Converts nothing. */

/** Null when the value is a T, else what is wrong: `candidates[3].id: a text was expected`. */
export type Shape<T> = ((value: unknown, path: string) => string | null) & { readonly of?: T };

type Object_ = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Object_ => typeof value === 'object' && value !== null && !Array.isArray(value);
const wrong = (path: string, expected: string): string => `${path || 'the whole'}: ${expected} was expected`;

export const text: Shape<string> = (value, path) => (typeof value === 'string' ? null : wrong(path, 'a text'));
export const number: Shape<number> = (value, path) => (typeof value === 'number' && Number.isFinite(value) ? null : wrong(path, 'a number'));
export const flag: Shape<boolean> = (value, path) => (typeof value === 'boolean' ? null : wrong(path, 'true or false'));
/** SHA-256 in hex. */
export const digest: Shape<string> = (value, path) => (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? null : wrong(path, 'a SHA-256'));
export const literal =
  <T extends string | number | boolean>(...allowed: readonly T[]): Shape<T> =>
  (value, path) =>
    allowed.includes(value as T) ? null : wrong(path, allowed.map((one) => JSON.stringify(one)).join(' or '));
export const orNull = <T>(shape: Shape<T>): Shape<T | null> => (value, path) => (value === null ? null : shape(value, path));
/** For a field that may be left out. */
export const optional = <T>(shape: Shape<T>): Shape<T> => (value, path) => (value === undefined ? null : shape(value, path));
export const list = <T>(shape: Shape<T>): Shape<readonly T[]> => (value, path) => {
  if (!Array.isArray(value)) return wrong(path, 'a list');
  for (const [i, item] of value.entries()) {
    const fault = shape(item, `${path}[${i}]`);
    if (fault !== null) return fault;
  }
  return null;
};
/** Of at least one. */
export const filled =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value, path) =>
    Array.isArray(value) && value.length === 0 ? wrong(path, 'a list of at least one') : list(shape)(value, path);
/** An object whose keys are names chosen by others. */
export const map = <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> => (value, path) => {
  if (!isObject(value)) return wrong(path, 'an object');
  for (const [key, item] of Object.entries(value)) {
    const fault = shape(item, `${path}.${key}`);
    if (fault !== null) return fault;
  }
  return null;
};
/** Fields beyond these are let through, so that a newer minor version can add some. */
export const object = <T extends object>(fields: { readonly [K in keyof T]-?: Shape<Required<T>[K]> }): Shape<T> => (value, path) => {
  if (!isObject(value)) return wrong(path, 'an object');
  for (const [name, shape] of Object.entries<Shape<unknown>>(fields)) {
    const fault = shape(value[name], path === '' ? name : `${path}.${name}`);
    if (fault !== null) return fault;
  }
  return null;
};
/** One of several forms, told apart by the value of a field. */
export const variants = <T extends object>(field: keyof T & string, forms: Readonly<Record<string, Shape<never>>>): Shape<T> => (value, path) => {
  if (!isObject(value)) return wrong(path, 'an object');
  const form = Object.hasOwn(forms, String(value[field])) ? forms[String(value[field])] : undefined;
  return form ? (form as Shape<unknown>)(value, path) : wrong(path === '' ? field : `${path}.${field}`, Object.keys(forms).join(' or '));
};
