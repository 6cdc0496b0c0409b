/** Lists by key, while they grow. A list that is copied for each item takes the square of its length, which a file of some megabytes can make hours. */

/** Adds a value behind the others of its key. */
export const listUnder = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
};
