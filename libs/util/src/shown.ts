/** A value of a JSON file in a few words, for messages. Never a walk into what may be nested without end. */

/** Texts are cut at 60 characters; lists are written out up to four entries and two levels. */
export const shown = (value: unknown, levels = 2): string => {
  if (Array.isArray(value)) return levels > 0 && value.length <= 4 ? `[${value.map((one) => shown(one, levels - 1)).join(',')}]` : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : value);
};
